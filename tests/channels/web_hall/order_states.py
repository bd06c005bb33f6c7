"""In which states do packages, catalogue, changes, orders and services have to be shown?"""

from collections.abc import Mapping
from typing import Any

from graphql_schema.client import Outcome
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall import order_facts as deals
from tests.channels.web_hall.state import State

_STALE_CATALOGUE = Outcome(facts.stale(deals.catalogue(deals.OFFERING, deals.VIDEO).data))
_REST = [deals.notice("*", resting=True), deals.notice("startRecharge", resting=False)]
_OTHERS = [
    deals.notice("confirmChange", "prepareChange", resting=True, ends=None),
    deals.notice("disputeCharge", "startRecharge", resting=False, ends=None),
]


def _at(path: str, *, wish: str, **preview: Any) -> Mapping[str, Any]:
    return {"path": f"{path}?{wish}", "answers": {"change_preview": deals.preview(**preview)}}


def _change(name: str, shown: dict[str, Any], wish: str) -> State:
    return State(f"change-{name}", f"/change?{wish}", {"change_preview": deals.preview(shown)})


def _prepare(name: str, word: str, status: int, **given: Any) -> State:
    answers = {
        "change_preview": deals.preview(deals.PLAN_PREVIEW),
        "prepare_change": known.said("prepareChange", word, **given),
    }
    form = {"action": "CHANGE_PLAN", "offering": "plan-129", "start": "NEXT_CYCLE", "deed": "prepare"}
    return State(f"change-{name}", "/change", answers, form=form, status=status)


def _answer(name: str, word: str, status: int, deed: str = "confirm", **given: Any) -> State:
    field = {"confirm": "confirmChange", "withdraw": "withdrawChange"}[deed]
    answers = {
        "prepared_change": deals.prepared(deals.PLAN_PREVIEW),
        f"{deed}_change": known.said(field, word, **given),
    }
    return State(f"prepared-{name}", "/change/C1", answers, form={"deed": deed}, status=status)


def _packages(name: str, outcome: Outcome, status: int = 200, query: str = "") -> State:
    return State(f"packages{name}", f"/packages{query}", {"packages": outcome}, status=status)


def _order(name: str, found: dict[str, Any], query: str = "") -> State:
    return State(f"order{name}", f"/orders/{found['id']}{query}", {"order": deals.order(found)})


def _services(name: str, **changes: Any) -> State:
    return State(f"services{name}", "/services", {"services": deals.services(**changes)})


ORDER_STATES: tuple[State, ...] = (
    _packages("", deals.packages(deals.HELD, deals.WAITING)),
    _packages("-empty", deals.packages([]), query="?done=withdrawn"),
    _packages("-stale", Outcome(facts.stale(deals.packages(deals.HELD).data))),
    _packages(
        "-partial",
        facts.without(deals.packages(deals.HELD), {"preparedChanges": "internal_error", "packages": "line_timeout"}),
    ),
    _packages("-error", facts.refused("line_unavailable", "me", "subscribed"), 503),
    State(
        "packages-helper",
        "/packages",
        {"packages": facts.without(deals.packages(deals.HELD), {"preparedChanges": "field_not_declared"})},
        who="helper",
    ),
    State(
        "catalogue",
        "/catalogue?kind=PLAN&shelf=mobile-plan&most=200&text=5G",
        {"catalogue": deals.catalogue(deals.OFFERING, deals.ENDLESS, deals.VIDEO)},
    ),
    State("catalogue-visitor", "/catalogue", {"catalogue": deals.catalogue(deals.VIDEO)}, who="visitor"),
    State("catalogue-empty", "/catalogue?text=nothing", {"catalogue": deals.catalogue()}),
    State("catalogue-stale", "/catalogue", {"catalogue": _STALE_CATALOGUE}),
    State("catalogue-error", "/catalogue", {"catalogue": facts.refused("catalogue_timeout", "catalogue")}, status=503),
    State("catalogue-too-many", "/catalogue", {"catalogue": facts.refused("catalogue_overloaded", "catalogue")},
          who="visitor", status=503),
    State("offering", "/catalogue/plan-129", {"offering": deals.offering(deals.OFFERING)}),
    State("offering-endless", "/catalogue/plan-199", {"offering": deals.offering(deals.ENDLESS)}, who="visitor"),
    State("offering-elsewhere", "/catalogue/video-20", {"offering": deals.offering(deals.VIDEO)}),
    State("offering-gone", "/catalogue/plan-old", {"offering": deals.offering(deals.GONE)}),
    State(
        "offering-unknown",
        "/catalogue/none",
        {"offering": facts.refused("not_found", "catalogue", "offering")},
        status=404,
    ),
    State(
        "compare",
        "/catalogue/compare?ids[]=plan-129&ids[]=plan-199&ids=video-20",
        {"compare_offerings": deals.compared(deals.OFFERING, deals.ENDLESS, deals.VIDEO)},
    ),
    State("compare-one", "/catalogue/compare?ids=plan-129", status=422),
    State("advice", "/plan-advice", {"recommendations": deals.recommendations(*deals.ADVICE)}),
    State("advice-alone", "/plan-advice", {"recommendations": deals.recommendations(deals.ADVICE[0])}),
    State("advice-none", "/plan-advice", {"recommendations": deals.recommendations()}),
    State(
        "advice-error",
        "/plan-advice",
        {"recommendations": facts.refused("bill_timeout", "me", "recommendations")},
        status=503,
    ),
    State(
        "advice-paid-by-family",
        "/plan-advice",
        {"recommendations": facts.refused("paid_by_other", "me", "recommendations", payer="FAMILY")},
        status=403,
    ),
    _change("pack", deals.PREVIEW, "action=ADD&offering=pack-data-5"),
    _change("plan", deals.PLAN_PREVIEW, "action=CHANGE_PLAN&offering=plan-129&start=NEXT_CYCLE"),
    _change("close", deals.CLOSE_PREVIEW, "action=CLOSE"),
    _change("drop", deals.DROP_PREVIEW, "action=DROP&package=P2"),
    _change(
        "impossible",
        deals.PLAN_PREVIEW | deals.IMPOSSIBLE | {"obstacles": deals.EVERY_OBSTACLE},
        "action=CHANGE_PLAN&offering=plan-129",
    ),
    State(
        "change-open-line",
        "/change",
        {"change_preview": deals.preview(deals.OPEN_PREVIEW)},
        form={"action": "OPEN_LINE", "offering": "plan-129", "number": "13800008888", "deed": "preview"},
    ),
    State(
        "change-start",
        "/change",
        {
            "change_preview": deals.preview(
                deals.OPEN_PREVIEW | {"starts": ["AT_ONCE", "NEXT_CYCLE"], "allowed": False},
                obstacles=[deals.obstacle("START")],
            )
        },
        form={"action": "OPEN_LINE", "offering": "plan-129", "number": "13800008888", "deed": "preview"},
    ),
    State("change-bad", "/change?action=ADD", status=400),
    State(
        "change-unknown",
        "/change?action=DROP&package=P9",
        {"change_preview": facts.refused("not_found", "me", "changePreview")},
        status=404,
    ),
    State(
        "change-error",
        "/change?action=CLOSE",
        {"change_preview": facts.refused("qualification_timeout", "me", "changePreview")},
        status=503,
    ),
    _prepare("refused", "ChangeRefused", 422, obstacles=[deals.obstacle("UNDER_WAY", orderId="O-2026-1")]),
    _prepare("many", "TooMany", 422, most=5),
    _prepare(
        "off", "DeedOff", 503, offUntil="2026-11-21T22:00:00+00:00",
        offWhy=deals.text("计费系统升级。", "The billing system is being renewed."),
    ),
    _prepare("off-open", "DeedOff", 503, offUntil=None, offWhy=deals.text("系统检修。", "Repairs.")),
    State("prepared", "/change/C1", {"prepared_change": deals.prepared(deals.PLAN_PREVIEW)}),
    State("prepared-once", "/change/C1", {"prepared_change": deals.prepared(deals.CLOSE_PREVIEW, channel="APP")}),
    State("prepared-expired", "/change/C1", {"prepared_change": deals.prepared(state="EXPIRED")}),
    State("prepared-withdrawn", "/change/C1", {"prepared_change": deals.prepared(state="WITHDRAWN")}),
    State(
        "prepared-unknown",
        "/change/C9",
        {"prepared_change": facts.refused("not_found", "me", "preparedChange")},
        status=404,
    ),
    _answer("late", "ConfirmationExpired", 410),
    _answer("changed", "PreviewChanged", 409),
    _answer("refused", "ChangeRefused", 422, obstacles=[deals.obstacle("IN_ARREARS")]),
    _answer("confirmed-meanwhile", "ConfirmationExpired", 410, "withdraw"),
    State(
        "orders",
        "/orders",
        {
            "orders": deals.orders(
                deals.PLACING, deals.ORDER, deals.LATER, deals.OPENING, deals.PARTIAL, deals.FAILED,
                deals.ORDER | {"id": "O7", "state": "COMPLETED", "action": "SWITCH_ON", "price": None},
                deals.ORDER | {"id": "O8", "state": "CANCELLED", "repeats": False},
                waiting=[deals.WAITING | {"channel": "SMS"}],
            )
        },
    ),
    State("orders-empty", "/orders", {"orders": deals.orders()}),
    State("orders-stale", "/orders", {"orders": Outcome(facts.stale(deals.orders(deals.ORDER).data))}),
    State("orders-many", "/orders", {"orders": deals.orders(*[deals.ORDER | {"id": f"O{n}"} for n in range(50)])}),
    State("orders-error", "/orders", {"orders": facts.refused("order_unavailable", "me", "orders")}, status=503),
    State("orders-helper", "/orders",
          {"orders": facts.without(deals.orders(deals.ORDER), {"preparedChanges": "field_not_declared"})},
          who="helper"),
    _order("", deals.ORDER, "?done=placed"),
    _order("-placing", deals.PLACING),
    _order("-later", deals.LATER),
    _order("-opening", deals.OPENING),
    _order("-partial", deals.PARTIAL),
    _order("-failed", deals.FAILED),
    _order("-done", deals.ORDER | {"state": "COMPLETED", "cancellable": False, "completedAt": deals.AT}),
    _order("-checking", deals.ORDER | {"state": "ASSESSING_CANCELLATION", "cancellable": False},
           "?done=asked_to_cancel"),
    _order("-wait", deals.ORDER | {"state": "HELD", "nextStep": "WAIT"}),
    _order("-choose", deals.OPENING | {"state": "REJECTED", "nextStep": "CHOOSE", "cancellable": False}),
    _order("-stale", facts.stale(deals.ORDER)),
    State(
        "order-unknown", "/orders/O9", {"order": facts.refused("not_found", "me", "order")}, status=404
    ),
    State("order-cancel", "/orders/O-2026-5/cancel", {"order": deals.order(deals.LATER)}),
    State(
        "order-past",
        "/orders/O-2026-1/cancel",
        {
            "order": deals.order(state="COMPLETED", cancellable=False),
            "cancel_order": known.said("cancelOrder", "NotCancellable", state="COMPLETED"),
        },
        form={"deed": "cancel"},
        status=422,
    ),
    _services(""),
    _services("-lost", life=deals.LOST),
    _services("-closing", life=deals.CLOSING, serviceSwitches=[]),
    _services("-fixed", line=deals.MOBILE | {"kind": "FIXED"}),
    State(
        "services-partial",
        "/services",
        {"services": facts.without(deals.services(), {"serviceSwitches": "line_timeout", "life": "line_timeout"})},
    ),
    State("services-stale", "/services", {"services": Outcome(facts.stale(deals.services().data))}),
    State("services-error", "/services", {"services": facts.refused("line_overloaded", "me")}, status=503),
    State("puk", "/services/puk", {"puk": deals.puk()}),
    State("puk-none", "/services/puk", {"puk": deals.puk(None)}),
    State("puk-error", "/services/puk", {"puk": facts.refused("line_timeout", "me", "puk")}, status=503),
    State("new-line", "/services/new-line?ending=88",
          {"new_line": deals.new_line("13800008888", "13800001288", "13800003488")}),
    State("new-line-none", "/services/new-line?ending=4711", {"new_line": deals.new_line()}),
    State("new-line-unsold", "/services/new-line", {"new_line": deals.new_line("13800008888", plans=[])}),
    State("home-waiting", "/home", {"home": facts.home(preparedChanges=[deals.WAITING])}),
    State("settings-resting", "/settings", notices=_REST),
    State("welcome-resting", "/", who="visitor", notices=_OTHERS),
)  # fmt: skip
