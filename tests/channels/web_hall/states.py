"""In which states does each page of the hall have to be shown?"""

from datetime import datetime
from typing import Any

from graphql_schema.client import GraphError, Outcome
from graphql_schema.door import Turned
from tests.channels.web_hall import facts
from tests.channels.web_hall.facts import yuan
from tests.channels.web_hall.identity_states import IDENTITY_STATES
from tests.channels.web_hall.money_states import MONEY_STATES
from tests.channels.web_hall.order_states import ORDER_STATES
from tests.channels.web_hall.record_states import RECORD_STATES
from tests.channels.web_hall.reward_states import REWARD_STATES
from tests.channels.web_hall.state import LOCAL, State, code_sent
from tests.channels.web_hall.till_states import TILL_STATES


def _home(name: str, outcome: Outcome, status: int = 200) -> State:
    brake = Outcome({"me": {"chargeBrake": facts.BRAKE}})
    return State(f"home-{name}", "/home", {"home": outcome, "charge_brake": brake}, status=status)


def _sign_in(name: str, door: Any, status: int, **form: str) -> State:
    typed = {"number": "13800138001", "by": "password", "deed": "check", "password": "000000", "next": "/bills"} | form
    return State(f"sign-in-{name}", "/sign-in", who="visitor", form=typed, door=door, status=status)


def _attention(code: str, **given: Any) -> dict[str, Any]:
    return facts.NO_FACTS | {"code": code} | given


_ARREARS = facts.home(
    line=facts.ME["line"] | {"state": "OUTGOING_BARRED"},
    account=facts.ME["account"] | {"state": "PAST_DUE", "owed": yuan("158.20"), "dueOn": "2026-10-28"},
    attention=[
        _attention("LINE_OUTGOING_BARRED", on="2026-11-05"),
        _attention("BILL_OVERDUE", amount=yuan("71.70"), on="2026-10-28"),
    ],
)
_PREPAID = facts.home(
    account=facts.ME["account"] | {"kind": "PREPAID", "owed": yuan("0"), "dueOn": None},
    balance={"available": yuan("3.20"), "subBalances": [facts.OWN | {"remaining": yuan("3.20")}]} | facts.DATED,
    attention=[_attention("BALANCE_LOW", amount=yuan("3.20"))],
)
_THROTTLED = facts.home(
    buckets=facts.ENDLESS,
    pace=facts.ME["pace"] | {"shareUsed": None},
    attention=[_attention("THROTTLED", usageType="DATA", on="2026-12-01")],
)
_FAMILY = facts.home(
    line=facts.ME["line"] | {"familyRole": "SECONDARY"},
    account=facts.ME["account"] | {"owed": yuan("0"), "dueOn": None},
    buckets=facts.FAMILY,
    pace=facts.ME["pace"] | {"shareUsed": "0.7916", "state": "AHEAD"},
    attention=[],
)
_GONE = facts.home(
    line=facts.ME["line"] | {"state": "SUSPENDED", "familyRole": "MAIN"},
    buckets=facts.GONE,
    pace=facts.ME["pace"] | {"shareUsed": "1", "state": "GONE"},
    packages=[
        facts.PACKAGES[0] | {"state": "SUSPENDED"},
        facts.PACKAGES[1] | {"state": "ENDING", "until": "2026-11-30"},
        facts.PACKAGES[1] | {"id": "P3", "state": "PENDING"},
        facts.PACKAGES[1] | {"id": "P4", "state": "ENDED"},
    ],
    attention=[
        _attention("LINE_SUSPENDED"),
        _attention("ALLOWANCE_GONE", usageType="DATA"),
        _attention("CONTRACT_ENDING", on="2026-12-31"),
    ],
)
_EMPTY = facts.home(
    account=facts.ME["account"] | {"owed": yuan("0.00"), "dueOn": None}, buckets=[], packages=[], attention=[]
)
_LEVEL = facts.home(
    pace=facts.ME["pace"] | {"shareUsed": "0.7951", "shareElapsed": "0.7123"}, packages=facts.WITH_DISCOUNT
)
_STALE = Outcome(facts.stale(facts.home().data))
(_STALE.data or {})["me"]["currentCharges"]["asOf"] = "2026-11-20T23:10:00+00:00"
_GRANTED = facts.home(
    balance={"available": yuan("42.00"), "subBalances": [facts.OWN, facts.GRANTED, facts.FROZEN]} | facts.DATED
)
_PAYMENT = {"id": "PAY1", "amount": yuan("71.35"), "paidAt": "2026-10-20T02:30:00+00:00"}
_PAID = facts.bill(facts.NODES[1], subjects=facts.SUBJECTS[:1], payments=[_PAYMENT])
_OVERDUE = facts.bill_node(9, "71.70", "SENT", "71.70") | {"dueOn": "2026-11-20"}
_BUNDLE_OVERDUE = facts.bill_node(10, "123.20", "SENT", "123.20") | {"dueOn": "2026-11-20"}
_DUE_TODAY = facts.NODES[0] | {"dueOn": "2026-11-21"}  # the day itself is in time
_NOTHING = facts.bill_node(5, "0.00")
_LOCKED = datetime(2026, 11, 22, 0, 0, tzinfo=LOCAL)


def _paid_by(payer: str, part: str) -> Outcome:
    return facts.refused("paid_by_other", "me", part, payer=payer)


_PLAIN: tuple[State, ...] = (
    State("welcome", "/", who="visitor"),
    State("welcome-done", "/?done=signed_out", who="visitor"),
    State("sign-in", "/sign-in", who="visitor"),
    State("sign-in-code", "/sign-in?by=code&next=/usage", who="visitor"),
    State("sign-in-ended", "/sign-in?next=/bills&why=session_ended", who="visitor"),
    _sign_in("wrong", Turned("wrong_credentials", {"tries_left": 2}), 422),
    _sign_in("locked", Turned("locked", {"until": _LOCKED}), 429),
    _sign_in("number", Turned("invalid_number"), 422, number="123"),
    _sign_in("missing", None, 422, password=""),
    _sign_in("unavailable", Turned("unavailable"), 503),
    _sign_in("code-sent", code_sent, 200, by="code", deed="send"),
    _sign_in("code-too-many", Turned("too_many_codes", {"retry_at": _LOCKED}), 429, by="code", deed="send"),
    _sign_in("code-expired", Turned("code_expired"), 422, by="code", code="123456"),
    _home("ordinary", facts.home()),
    _home("arrears", _ARREARS),
    _home("prepaid", _PREPAID),
    _home("throttled", _THROTTLED),
    _home("family", _FAMILY),
    _home("gone", _GONE),
    _home("level", _LEVEL),
    _home("granted", _GRANTED),
    _home("paid-by-family", facts.paid_by("FAMILY", _FAMILY)),
    _home("paid-by-organization", facts.paid_by("ORGANIZATION", facts.home(attention=[]))),
    _home("empty", _EMPTY),
    _home(
        "partial",
        facts.without(
            facts.home(attention=[]),
            {"buckets": "usage_timeout", "pace": "usage_timeout", "currentCharges": "bill_unavailable"},
        ),
    ),
    _home(
        "partial-money",
        facts.without(
            facts.home(), {"account": "account_garbled", "packages": "line_refused", "line": "line_overloaded"}
        ),
    ),
    _home("no-points", facts.without(facts.home(points=None), {"points": "unexpected"})),
    _home(
        "points-elsewhere",
        facts.home(points=facts.ME["points"] | {"available": 120, "redeemable": False, "expiring": []}),
    ),
    _home("stale", _STALE),
    _home("error", Outcome(None, (GraphError("deadline_exceeded"),)), 503),
    _home("too-many", facts.refused("line_overloaded", "me"), 503),
    State("bills", "/bills", {"bills": facts.bills(facts.NODES)}),
    State(
        "bills-many",
        "/bills?after=B202605",
        {
            "bills": facts.bills(
                [
                    facts.bill_node(4, "64.00"),
                    facts.bill_node(3, "81.00", "PARTIALLY_PAID", "21.00"),
                    facts.bill_node(2, "0.00", "NEW"),
                    facts.bill_node(1, "59.00", "ON_HOLD"),
                    facts.bill_node(12, "62.00", "VALIDATED"),
                ],
                total=24,
                more=True,
            )
        },
    ),
    State(
        "bills-overdue",
        "/bills",
        {"bills": facts.bills([_DUE_TODAY, _OVERDUE, *facts.NODES[2:]])},
    ),
    State("bills-paid-by-family", "/bills", {"bills": _paid_by("FAMILY", "bills")}, status=403),
    State("bills-paid-by-organization", "/bills", {"bills": _paid_by("ORGANIZATION", "bills")}, status=403),
    State("bills-too-many", "/bills", {"bills": facts.refused("bill_overloaded", "me", "bills")}, status=503),
    State("bills-empty", "/bills", {"bills": facts.bills([])}),
    State("bills-stale", "/bills", {"bills": Outcome(facts.stale(facts.bills(facts.NODES[:3]).data))}),
    State("bills-error", "/bills", {"bills": facts.refused("bill_unavailable", "me", "bills")}, status=503),
    State("bills-refused", "/bills?after=x", {"bills": facts.refused("bad_cursor", "me", "bills")}, status=400),
    State("bill", "/bills/B202610", {"bill": facts.bill()}),
    State("bill-paid", "/bills/B202609", {"bill": _PAID}),
    State("bill-overdue", "/bills/B202610", {"bill": facts.bill(_BUNDLE_OVERDUE, subjects=facts.BUNDLE)}),
    State(
        "bill-empty",
        "/bills/B202605",
        {"bill": facts.without(facts.bill(_NOTHING, subjects=[]), {"billDifference": "nothing_to_compare"})},
    ),
    State(
        "bill-partial",
        "/bills/B202610",
        {
            "bill": facts.without(
                facts.bill(),
                {
                    "billDifference": "bill_unavailable",
                    "disputes": "ticket_timeout",
                    "invoiceRequests": "ticket_timeout",
                },
            )
        },
    ),
    State("bill-paid-by-family", "/bills/B202610", {"bill": _paid_by("FAMILY", "bill")}, status=403),
    State(
        "bill-stale",
        "/bills/B202610",
        {"bill": Outcome(facts.stale(facts.bill().data))},
    ),
    State("bill-refused", "/bills/B777", {"bill": facts.refused("bill_not_found", "me", "bill")}, status=404),
    State("bill-error", "/bills/B202610", {"bill": facts.refused("bill_garbled", "me", "bill")}, status=503),
    State("usage", "/usage", {"usage": facts.usage()}),
    State("usage-family", "/usage", {"usage": facts.usage(buckets=facts.SHARED)}),
    State(
        "usage-throttled",
        "/usage",
        {"usage": facts.usage(buckets=facts.ENDLESS, pace=facts.ME["pace"] | {"shareUsed": None})},
    ),
    State("usage-level", "/usage", {"usage": facts.usage(pace=(_LEVEL.data or {})["me"]["pace"])}),
    State("usage-gone", "/usage", {"usage": facts.usage(buckets=facts.GONE, pace=(_GONE.data or {})["me"]["pace"])}),
    State("usage-too-many", "/usage", {"usage": facts.refused("usage_overloaded", "me", "buckets")}, status=503),
    State("usage-empty", "/usage", {"usage": facts.usage(buckets=[])}),
    State("usage-stale", "/usage", {"usage": Outcome(facts.stale(facts.usage().data))}),
    State(
        "usage-partial",
        "/usage",
        {
            "usage": facts.without(
                facts.usage(),
                {"pace": "usage_garbled", "outOfBucket": "usage_timeout", "chargeForecast": "bill_unavailable"}
                | {"usageOfMonth": "usage_timeout", "usageHistory": "usage_timeout", "chargeBrake": "line_timeout"},
            )
        },
    ),
    State("usage-error", "/usage", {"usage": facts.refused("usage_timeout", "me", "buckets")}, status=503),
    State("inbox", "/inbox", {"inbox": facts.inbox([facts.BILL_MESSAGE, facts.SPENDING_MESSAGE, *facts.MESSAGES])}),
    State("inbox-empty", "/inbox", {"inbox": facts.inbox([])}),
    State("inbox-too-many", "/inbox", {"inbox": facts.refused("usage_overloaded", "me", "inbox")}, status=503),
    State("inbox-error", "/inbox", {"inbox": facts.refused("unexpected", "me", "inbox")}, status=503),
    State("settings", "/settings", who="visitor"),
    State("settings-done", "/settings?saved"),
    State("refused-unknown", "/nowhere", who="visitor", status=404),
    State("refused-form", "/sign-in", who="visitor", form={"form": "not ours"}, status=403),
)
STATES = (*_PLAIN, *MONEY_STATES, *RECORD_STATES, *ORDER_STATES, *TILL_STATES, *REWARD_STATES, *IDENTITY_STATES)
STATE_BY_NAME = {state.name: state for state in STATES}
