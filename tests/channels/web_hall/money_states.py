"""In which states do bills, disputes, invoices, links, promises, use and the charge brake have to be shown?"""

from typing import Any

from graphql_schema.client import Outcome
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall.facts import yuan
from tests.channels.web_hall.state import State

_CREDIT = facts.bill_node(10, "-10.00") | {
    "id": "N202610", "number": "N2026100001", "category": "CREDIT_NOTE", "refersTo": "B202610", "dueOn": None,
}  # fmt: skip
_DUPLICATE = facts.NODES[1] | {"id": "D202609", "category": "DUPLICATE", "refersTo": "B202609"}
_INTERIM = facts.bill_node(11, "30.00", "SENT", "30.00") | {"id": "I202611", "category": "INTERIM"}
DISPUTE: dict[str, Any] = {
    "id": "TT-2026-0071", "billId": "B202610", "ratedLineId": "R6", "amount": yuan("5.00"), "reason": "NOT_ORDERED",
    "state": "IN_PROGRESS", "openedAt": "2026-11-20T03:00:00+00:00", "changedAt": "2026-11-20T03:05:00+00:00",
    "answer": None,
}  # fmt: skip
_ANSWERED = DISPUTE | {
    "id": "TT-2026-0069", "ratedLineId": None, "amount": yuan("86.50"), "reason": "OTHER", "state": "RESOLVED",
    "answer": "已核实，退还 10.00 元。",
}  # fmt: skip
INVOICE: dict[str, Any] = {
    "id": "TT-2026-0072", "billId": "B202610", "title": "广州示例科技有限公司", "titleKind": "ORGANIZATION",
    "maskedTaxNumber": "**************6X3P", "amount": yuan("86.50"), "state": "RESOLVED",
    "askedAt": "2026-11-20T03:00:00+00:00", "changedAt": "2026-11-20T03:04:00+00:00",
    "invoiceNumber": "26442000000012345678", "documentUrl": "http://127.0.0.1:8082/invoice.pdf", "answer": None,
}  # fmt: skip
_CHECK = {
    "billId": "B202610", "periodStart": "2026-10-01", "verdict": "BROKEN", "charged": yuan("69.00"),
    "over": yuan("10.00"), "giftMissing": True, "ratedLineId": "R1",
}  # fmt: skip
_KEPT = _CHECK | {
    "billId": "B202609", "periodStart": "2026-09-01", "verdict": "KEPT", "charged": yuan("59.00"), "over": yuan("0"),
    "giftMissing": False, "ratedLineId": None,
}  # fmt: skip
PROMISE: dict[str, Any] = {
    "id": "V1", "name": {"zh": "畅享套餐 59 元", "en": "Easy plan 59"}, "monthlyPrice": yuan("59"),
    "gift": yuan("10.00"), "startsOn": "2026-08-01", "endsOn": "2027-08-01", "source": "SELLER",
    "madeAt": "2026-07-28T06:00:00+00:00", "note": "天河路营业厅", "checks": [_CHECK, _KEPT],
} | facts.DATED  # fmt: skip
_FRESH = PROMISE | {"id": "V2", "source": "CAMPAIGN", "gift": None, "note": "", "checks": []}
_SHARE = {
    "id": "H1", "billId": "B202610", "madeAt": "2026-11-20T03:00:00+00:00", "expiresAt": "2026-11-27T03:00:00+00:00",
    "opened": 2,
}  # fmt: skip
_HEAD = {key: facts.NODES[0][key] for key in ("id", "number", "periodStart", "total")}
_PAUSED = facts.BRAKE | {"paused": ["OUT_OF_BUCKET", "ROAMING"], "pausedSince": "2026-11-20T03:00:00+00:00"}
_OFFERED = facts.BRAKE | {"spent": yuan("61.20"), "offered": True}
_EVERY_CAUSE = [
    facts.differing(
        "MONTHLY_FEE", "21.00",
        facts.cause("NEW_PACKAGE", "30", "夜间流量包", "Night data pack"),
        facts.cause("ENDED_PACKAGE", "-20", "视频定向 20GB", "Video 20GB"),
        facts.cause("PRICE_CHANGED", "10", "畅享套餐 59 元", "Easy plan 59"),
        facts.cause("OTHER", "1"),
    ),
    facts.differing(
        "DATA", "48.00",
        facts.cause(
            "ROAMING", "48", "境外流量", "Data abroad", firstDay="2026-10-02", lastDay="2026-10-06",
            days=[f"2026-10-0{day}" for day in range(2, 7)], places=["曼谷", "普吉"],
        ),
    ),
    facts.differing(
        "VOICE", "13.00",
        facts.cause(
            "OUT_OF_BUCKET", "13", "国内通话", "National calls",
            days=[f"2026-10-{day:02}" for day in range(1, 30, 2)], firstDay="2026-10-01", lastDay="2026-10-29",
        ),
    ),
    facts.differing(
        "DISCOUNT", "-2.00",
        facts.cause("LAPSED_DISCOUNT", "5", "老用户优惠", "Loyalty discount"),
        facts.cause("NEW_DISCOUNT", "-8", "自动缴费优惠", "Autopay discount"),
        facts.cause("CHANGED_DISCOUNT", "1", "亲情优惠", "Family discount"),
    ),
    facts.differing(
        "OTHER_PARTY", "-4.00",
        facts.cause("THIRD_PARTY", "6", "掌上阅读", "Pocket reader"),
        facts.cause("MORE_BOUGHT", "2", "游戏点数", "Game credits"),
        facts.cause("ADJUSTMENT", "-15", "投诉退费", "Refund after a complaint"),
        facts.cause("ONE_TIME", "3", "补卡费", "New SIM card"),
    ),
    facts.differing("LATE_FEE", "2.15", facts.cause("LATE_FEE", "2.15", "202608账单违约金", "Late fee on bill 202608")),
]  # fmt: skip
_MEAN = facts.DIFFERENCE | {
    "basis": "MEAN", "months": 5, "that": yuan("8.35"), "difference": yuan("78.15"), "other": yuan("1"),
    "subjects": _EVERY_CAUSE,
}  # fmt: skip
_SAME = facts.DIFFERENCE | {"that": yuan("86.50"), "difference": yuan("0.00"), "other": yuan("0"), "subjects": []}


def charge(disputes: list[dict[str, Any]] | None = None, *, category: str = "NORMAL") -> Outcome:
    """A bill's charges, with the disputes that are known of them."""
    known_ones = [{key: one[key] for key in ("id", "billId", "ratedLineId", "state")} for one in disputes or []]
    subjects = [
        {
            "code": subject["code"],
            "ratedLines": [
                {key: line[key] for key in ("id", "name", "amount", "number")} for line in subject["ratedLines"]
            ],
        }
        for subject in facts.SUBJECTS
    ]
    head = _HEAD | {"category": category}
    return Outcome({"me": {"bill": {"bill": head, "subjects": subjects}, "disputes": known_ones}})


def disputes(*found: dict[str, Any]) -> Outcome:
    """The disputes as their receipts ask for them."""
    return Outcome({"me": {"disputes": [one | facts.DATED for one in found]}})


def invoice(*found: dict[str, Any], category: str = "NORMAL") -> Outcome:
    """A bill and what was asked of its invoice."""
    head = _HEAD | {"category": category}
    return Outcome({"me": {"bill": {"bill": head}, "invoiceRequests": [one | facts.DATED for one in found]}})


def share(*found: dict[str, Any]) -> Outcome:
    """A bill and its links."""
    return Outcome({"me": {"bill": {"bill": _HEAD}, "billShares": list(found)}})


def brake(standing: dict[str, Any]) -> Outcome:
    """How the brake stands."""
    return Outcome({"me": {"chargeBrake": standing}})


def _dispute(name: str, status: int = 200, answers: dict[str, Outcome] | None = None, **typed: str) -> State:
    form = {"line": "R6", "reason": "NOT_ORDERED", "words": "没有订过\n来电显示", "deed": "check"} | typed
    return State(
        f"dispute-{name}", "/bills/B202610/dispute", {"charge": charge()} | (answers or {}), form=form, status=status
    )


def _invoice(name: str, status: int = 200, answers: dict[str, Outcome] | None = None, **typed: str) -> State:
    form = {
        "kind": "ORGANIZATION",
        "title": "广州示例科技有限公司",
        "tax_number": "9144 0101 ma59 6x3p xx",
        "deed": "check",
    }
    answers = {"invoice": invoice()} | (answers or {})
    return State(f"invoice-{name}", "/bills/B202610/invoice", answers, form=form | typed, status=status)


def _brake(name: str, word: str, status: int, /, **given: Any) -> State:
    answers = {"charge_brake": brake(_OFFERED), "pause_charges": known.said("pauseCharges", word, **given)}
    return State(
        f"brake-{name}", "/usage/brake", answers, form={"deed": "pause", "charge_ROAMING": "on"}, status=status
    )


_RUNNING = Outcome({"me": {"currentCharges": facts.RUNNING | {"periodEnd": "2026-12-01", "subjects": facts.SUBJECTS}}})
MONEY_STATES: tuple[State, ...] = (
    State(
        "bills-kinds",
        "/bills",
        {
            "bills": facts.bills(
                [_INTERIM, _CREDIT, facts.NODES[0], _DUPLICATE, *facts.NODES[1:]],
                promises=[PROMISE, _FRESH],
                disputes=[DISPUTE, _ANSWERED],
            )
        },
    ),
    State(
        "bills-partial",
        "/bills",
        {
            "bills": facts.without(
                facts.bills(facts.NODES),
                {"currentCharges": "bill_timeout", "promises": "internal_error", "disputes": "ticket_unavailable"},
            )
        },
    ),
    State("running", "/bills/running", {"running": _RUNNING}),
    State("running-stale", "/bills/running", {"running": Outcome(facts.stale(_RUNNING.data))}),
    State(
        "running-error",
        "/bills/running",
        {"running": facts.refused("bill_timeout", "me", "currentCharges")},
        status=503,
    ),
    State(
        "bill-disputed",
        "/bills/B202610",
        {
            "bill": facts.bill(
                disputes=[DISPUTE, _ANSWERED],
                invoices=[{key: INVOICE[key] for key in ("id", "billId", "state")}],
                creditNotes=[{key: _CREDIT[key] for key in ("id", "number", "issuedOn", "total")}],
            )
        },
    ),
    State("bill-causes", "/bills/B202610?against=mean", {"bill": facts.bill(difference=_MEAN)}),
    State("bill-same", "/bills/B202610", {"bill": facts.bill(difference=_SAME)}),
    State("bill-credit-note", "/bills/N202610", {"bill": facts.bill(_CREDIT, subjects=[])}),
    State("bill-duplicate", "/bills/D202609", {"bill": facts.bill(_DUPLICATE)}),
    State("bill-interim", "/bills/I202611", {"bill": facts.bill(_INTERIM | {"issuedOn": "2026-11-15"})}),
    State("dispute", "/bills/B202610/dispute?line=R6", {"charge": charge()}),
    State("dispute-bill", "/bills/B202610/dispute?reason=BROKEN_PROMISE", {"charge": charge()}),
    State("dispute-missing", "/bills/B202610/dispute?line=R99", {"charge": charge()}, status=404),
    State("dispute-interim", "/bills/I202611/dispute", {"charge": charge(category="INTERIM")}, status=404),
    _dispute("check"),
    _dispute("edit", deed="edit"),
    _dispute("unsaid", 422, reason=""),
    _dispute("long", 422, words="x" * 501),
    _dispute(
        "bad", 422, {"dispute_charge": known.said("disputeCharge", "BadInput", name="words")}, deed="send"
    ),
    _dispute("gone", 404, {"dispute_charge": known.said("disputeCharge", "BillNotFound")}, deed="send"),
    _dispute(
        "paid", 403, {"dispute_charge": known.said("disputeCharge", "PaidByOther", payer="FAMILY")}, deed="send"
    ),
    State("dispute-done", "/disputes/TT-2026-0071?done", {"disputes": disputes(DISPUTE), "charge": charge()}),
    State("dispute-answered", "/disputes/TT-2026-0069", {"disputes": disputes(_ANSWERED), "charge": charge()}),
    State(
        "dispute-alone",
        "/disputes/TT-2026-0071",
        {"disputes": disputes(DISPUTE), "charge": facts.refused("bill_timeout", "me", "bill")},
    ),
    State("dispute-unknown", "/disputes/TT-1", {"disputes": disputes()}, status=404),
    State(
        "dispute-error", "/disputes/TT-1", {"disputes": facts.refused("ticket_timeout", "me", "disputes")}, status=503
    ),
    State(
        "invoice",
        "/bills/B202610/invoice",
        {"invoice": invoice(INVOICE | {"state": "REJECTED", "answer": "税号有误。"})},
    ),
    State("invoice-issued", "/bills/B202610/invoice", {"invoice": invoice(INVOICE)}),
    State(
        "invoice-asked",
        "/bills/B202610/invoice?done",
        {"invoice": invoice(INVOICE | {"state": "ACKNOWLEDGED", "invoiceNumber": None, "documentUrl": None})},
    ),
    State("invoice-none", "/bills/B202610/invoice", {"invoice": invoice(category="INTERIM")}),
    State(
        "invoice-partial",
        "/bills/B202610/invoice",
        {"invoice": facts.without(invoice(), {"invoiceRequests": "ticket_unavailable"})},
    ),
    _invoice("check"),
    _invoice("untitled", 422, title=" "),
    _invoice("no-tax-number", 422, tax_number=""),
    _invoice(
        "tax-number", 422, {"request_invoice": known.said("requestInvoice", "BadInput", name="taxNumber")}, deed="send"
    ),
    State("share", "/bills/B202610/share", {"share": share(_SHARE)}),
    State("share-empty", "/bills/B202610/share?done=ended", {"share": share()}),
    State(
        "share-partial",
        "/bills/B202610/share",
        {"share": facts.without(share(), {"billShares": "internal_error"})},
    ),
    State(
        "share-made",
        "/bills/B202610/share",
        {
            "share": share(_SHARE),
            "share_bill": known.said(
                "shareBill", "BillShare", id="H1", url="https://hall.example/shared/a-secret-that-is-told-once",
                expiresAt=_SHARE["expiresAt"],
            ),
        },
        form={"deed": "share", "days": "7"},
    ),
    State(
        "share-many",
        "/bills/B202610/share",
        {"share": share(_SHARE), "share_bill": known.said("shareBill", "TooMany", most=10)},
        form={"deed": "share", "days": "7"},
        status=422,
    ),
    State("promises", "/promises", {"promises": Outcome({"me": {"promises": [PROMISE, _FRESH]}})}),
    State("promises-empty", "/promises", {"promises": Outcome({"me": {"promises": []}})}),
    State(
        "promises-paid-by-family",
        "/promises",
        {"promises": facts.refused("paid_by_other", "me", "promises", payer="FAMILY")},
        status=403,
    ),
    State("usage-voice", "/usage?month=2026-11&type=VOICE", {"usage": facts.usage(chargeBrake=_OFFERED)}),
    State(
        "usage-sms",
        "/usage?type=SMS",
        {"usage": facts.usage(chargeBrake=_PAUSED, usageHistory={"months": []} | facts.DATED)},
    ),
    State(
        "usage-month",
        "/usage?month=2020-01",
        {"usage": facts.without(facts.usage(), {"usageOfMonth": "month_not_kept"})},
    ),
    State(
        "usage-early",
        "/usage",
        {
            "usage": facts.usage(
                chargeForecast=facts.USE["chargeForecast"] | {"ground": "HISTORY", "least": yuan("71.00")},
                chargeBrake=_OFFERED | {"mean": None},
            )
        },
    ),
    State(
        "usage-paid-by-family",
        "/usage",
        {
            "usage": facts.without(
                facts.usage(chargeBrake=facts.BRAKE | {"mean": None}), {"chargeForecast": "paid_by_other"}
            )
        },
    ),
    State("brake", "/usage/brake", {"charge_brake": brake(_OFFERED)}),
    State("brake-calm", "/usage/brake?done=resumed", {"charge_brake": brake(facts.BRAKE)}),
    State("brake-paused", "/usage/brake?done=paused", {"charge_brake": brake(_PAUSED)}),
    State("brake-unknown", "/usage/brake", {"charge_brake": brake(facts.BRAKE | {"spent": None, "mean": None})}),
    State(
        "brake-error", "/usage/brake", {"charge_brake": facts.refused("line_timeout", "me", "chargeBrake")}, status=503
    ),
    State("brake-nothing", "/usage/brake", {"charge_brake": brake(_OFFERED)}, form={"deed": "pause"}, status=422),
    _brake("bad", "BadInput", 422, name="charges"),
    _brake("under-way", "StillUnderWay", 409),
)  # fmt: skip
