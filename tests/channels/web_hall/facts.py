"""What might the graph answer? One ordinary customer, and how each state differs from it."""

from copy import deepcopy
from typing import Any

from graphql_schema.client import GraphError, Outcome
from graphql_schema.queries.cursor import make_cursor

GIB = 1024**3
AS_OF = "2026-11-21T00:32:00+00:00"
EARLIER = "2026-11-20T22:05:00+00:00"
CYCLE_START, CYCLE_END = "2026-10-31T16:00:00+00:00", "2026-11-30T16:00:00+00:00"
DATED = {"asOf": AS_OF, "stale": False}


def yuan(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def bucket(
    bucket_id: str, names: tuple[str, str], usage_type: str, total: int | None, used: int, **other: Any
) -> dict[str, Any]:
    ordinary = {
        "id": bucket_id,
        "name": {"zh": names[0], "en": names[1]},
        "usageType": usage_type,
        "scope": "GENERAL",
        "origin": "PLAN",
        "shared": False,
        "total": total,
        "used": used,
        "usedByLine": used,
        "remaining": None if total is None else total - used,
        "throttleAfter": None,
        "throttled": False,
        "validUntil": CYCLE_END,
    }
    return ordinary | DATED | other


BUCKETS = [
    bucket("K1", ("国内通用流量", "National data"), "DATA", 30 * GIB, 18 * GIB + GIB // 2),
    bucket("K2", ("上月结转流量", "Rolled-over data"), "DATA", 4 * GIB, 4 * GIB, origin="ROLLED_OVER"),
    bucket("K3", ("视频定向流量包", "Video data pack"), "DATA", 20 * GIB, 3 * GIB, scope="DEDICATED", origin="ADD_ON"),
    bucket("K4", ("国内语音", "National calls"), "VOICE", 500 * 60, 431 * 60),
    bucket("K5", ("国内短信", "National texts"), "SMS", 100, 12),
]
PACKAGES = [
    {
        "id": "P1",
        "name": {"zh": "畅享套餐 59 元", "en": "Easy plan 59"},
        "kind": "PLAN",
        "state": "ACTIVE",
        "monthlyFee": yuan("59"),
        "until": None,
        "contractUntil": "2027-07-31",
    }
    | DATED,
    {
        "id": "P2",
        "name": {"zh": "视频定向 20GB", "en": "Video 20GB"},
        "kind": "ADD_ON",
        "state": "ACTIVE",
        "monthlyFee": yuan("9.9"),
        "until": None,
        "contractUntil": None,
    }
    | DATED,
]
NO_FACTS: dict[str, Any] = {"amount": None, "on": None, "usageType": None, "shareUsed": None}
OWN = {"id": "S1", "kind": "OWN", "remaining": yuan("12.00"), "validUntil": None}
GRANTED = {"id": "S2", "kind": "GRANTED", "remaining": yuan("30.00"), "validUntil": "2027-01-31"}
FROZEN = {"id": "S3", "kind": "FROZEN", "remaining": yuan("200.00"), "validUntil": None}
ME = {
    "line": {"id": "L1", "maskedNumber": "138****8001", "kind": "MOBILE", "state": "ACTIVE", "familyRole": "NONE"}
    | DATED,
    "account": {"id": "A1", "kind": "POSTPAID", "state": "ACTIVE", "owed": yuan("86.50"), "dueOn": "2026-11-28"}
    | DATED,
    "balance": {"available": yuan("12.00"), "subBalances": [OWN]} | DATED,
    "buckets": BUCKETS,
    "pace": {
        "shareUsed": "0.661",
        "shareElapsed": "0.678",
        "state": "ON_TRACK",
        "cycleStart": CYCLE_START,
        "cycleEnd": CYCLE_END,
    }
    | DATED,
    "currentCharges": {"total": yuan("71.35"), "periodStart": "2026-11-01"} | DATED,
    "packages": PACKAGES,
    "preparedChanges": [],
    "points": {
        "available": 2680,
        "redeemable": True,
        "expiring": [{"on": "2026-11-30", "points": 180}, {"on": "2026-12-31", "points": 420}],
    }
    | DATED,
    "attention": [
        NO_FACTS | {"code": "ALLOWANCE_LOW", "usageType": "VOICE", "shareUsed": "0.862"},
        NO_FACTS | {"code": "BILL_DUE", "amount": yuan("86.50"), "on": "2026-11-28"},
    ],
}


def home(**changes: Any) -> Outcome:
    """The home page's answer, with parts of ``me`` exchanged."""
    return Outcome({"me": deepcopy(ME) | changes})


def without(outcome: Outcome, code_by_part: dict[str, str]) -> Outcome:
    """The same answer with parts of ``me`` failed: null, and an error that says why."""
    me = dict((outcome.data or {})["me"]) | dict.fromkeys(code_by_part)
    errors = tuple(GraphError(code, ("me", part)) for part, code in code_by_part.items())
    return Outcome({"me": me}, errors)


def paid_by(payer: str, outcome: Outcome) -> Outcome:
    """The same answer for a line that somebody else pays for: no money, and an error that says who does."""
    parts = ("account", "balance", "currentCharges")
    me = dict((outcome.data or {})["me"]) | dict.fromkeys(parts)
    return Outcome({"me": me}, tuple(GraphError("paid_by_other", ("me", part), {"payer": payer}) for part in parts))


def stale(value: Any) -> Any:
    """The same facts as the BSS gave them two hours earlier."""
    if isinstance(value, list):
        return [stale(item) for item in value]
    if isinstance(value, dict):
        return {
            key: EARLIER if key == "asOf" else True if key == "stale" else stale(item) for key, item in value.items()
        }
    return value


def bill_node(month: int, total: str, state: str = "SETTLED", remaining: str = "0.00") -> dict[str, Any]:
    year, issued = (2026, f"2026-{month + 1:02}-03") if month < 12 else (2025, "2026-01-03")
    return {
        "id": f"B{year}{month:02}",
        "number": f"{year}{month:02}0001",
        "category": "NORMAL",
        "refersTo": None,
        "periodStart": f"{year}-{month:02}-01",
        "issuedOn": issued,
        "dueOn": f"{issued[:8]}28",
        "state": state,
        "total": yuan(total),
        "remaining": yuan(remaining),
    }


NODES = [
    bill_node(10, "86.50", "SENT", "86.50"),
    bill_node(9, "71.35"),
    bill_node(8, "68.90"),
    bill_node(7, "102.40"),
    bill_node(6, "68.90"),
    bill_node(5, "73.10"),
]


RUNNING = {"total": yuan("71.35"), "periodStart": "2026-11-01"} | DATED


def bills(nodes: list[dict[str, Any]], *, total: int | None = None, more: bool = False, **me: Any) -> Outcome:
    connection = {
        "edges": [{"node": node} for node in nodes],
        "pageInfo": {"hasNextPage": more, "endCursor": make_cursor(nodes[-1]["id"]) if nodes else None},
        "totalCount": len(nodes) if total is None else total,
    }
    return Outcome(
        {"me": {"bills": connection | DATED, "currentCharges": RUNNING, "promises": [], "disputes": []} | me}
    )


def rated(
    line_id: str, zh: str, en: str, amount: str, number: str | None = "13800138001", **other: Any
) -> dict[str, Any]:
    kind = "MOBILE" if number and number.startswith("1") else None
    ordinary = {"id": line_id, "name": {"zh": zh, "en": en}, "amount": yuan(amount), "number": number}
    return ordinary | {"lineKind": kind, "kind": "USAGE", "roaming": False} | other


SUBJECTS = [
    {
        "code": "MONTHLY_FEE",
        "total": yuan("68.90"),
        "ratedLines": [
            rated("R1", "畅享套餐 59 元", "Easy plan 59", "59"),
            rated("R2", "视频定向 20GB", "Video 20GB", "9.9"),
        ],
    },
    {
        "code": "VOICE",
        "total": yuan("7.60"),
        "ratedLines": [
            rated("R3", "国内通话", "National calls", "5.6"),
            rated("R4", "国内长途", "Long distance", "2.002"),
        ],
    },
    {"code": "DATA", "total": yuan("10.00"), "ratedLines": [rated("R5", "套外流量", "Data outside the plan", "10")]},
    {"code": "VALUE_ADDED", "total": yuan("5.00"), "ratedLines": [rated("R6", "来电显示", "Caller display", "5")]},
    {
        "code": "DISCOUNT",
        "total": yuan("-5.00"),
        "ratedLines": [rated("R7", "老用户优惠", "Loyalty discount", "-5", None)],
    },
]
BUNDLE = [
    {
        "code": "MONTHLY_FEE",
        "total": yuan("120.00"),
        "ratedLines": [
            rated("R1", "固定电话20元套餐", "Fixed telephone 20", "20", "02088880009", lineKind="FIXED"),
            rated("R2", "500M家庭宽带", "Home broadband 500M", "80", "gz00880009", lineKind="BROADBAND"),
            rated("R3", "IPTV高清基础包", "IPTV basic", "20", "gziptv0009", lineKind="IPTV"),
        ],
    },
    {
        "code": "LATE_FEE",
        "total": yuan("3.20"),
        "ratedLines": [rated("R4", "202608账单违约金", "Late fee on bill 202608", "3.2", None, kind="PENALTY")],
    },
]


def cause(kind: str, amount: str, zh: str = "", en: str = "", **other: Any) -> dict[str, Any]:
    ordinary = {"kind": kind, "amount": yuan(amount), "name": {"zh": zh, "en": en} if zh else None}
    return ordinary | {"maskedNumber": None, "days": [], "firstDay": None, "lastDay": None, "places": []} | other


def differing(code: str, amount: str, *causes: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "difference": yuan(amount), "causes": list(causes)}


OUTSIDE = cause(
    "OUT_OF_BUCKET", "10", "套外流量", "Data outside the plan",
    maskedNumber="138****8001", days=["2026-10-11", "2026-10-12", "2026-10-28"],
    firstDay="2026-10-11", lastDay="2026-10-28",
)  # fmt: skip
DIFFERENCE: dict[str, Any] = {
    "basis": "LAST_MONTH", "months": 1, "this": yuan("86.50"), "that": yuan("71.35"), "difference": yuan("15.15"),
    "other": yuan("0.002"),
    "subjects": [
        differing("DATA", "10.00", OUTSIDE),
        differing(
            "VOICE", "5.15", cause("OUT_OF_BUCKET", "5.152", "国内通话", "National calls"), cause("OTHER", "-0.002")
        ),
        differing("SMS", "0.00"),
    ],
} | DATED  # fmt: skip


def bill(node: dict[str, Any] = NODES[0], **changes: Any) -> Outcome:
    """One bill's page; ``difference``, ``disputes`` and ``invoices`` stand beside the bill itself."""
    me = {
        "billDifference": changes.pop("difference", DIFFERENCE),
        "disputes": changes.pop("disputes", []),
        "invoiceRequests": changes.pop("invoices", []),
    }
    end = node["issuedOn"][:8] + "01"
    itemized: dict[str, Any] = {"bill": node | {"periodEnd": end}, "subjects": SUBJECTS, "payments": []} | DATED
    return Outcome({"me": {"bill": itemized | {"creditNotes": []} | changes} | me})


def used(day: int, usage_type: str, amount: int, fee: str = "0") -> dict[str, Any]:
    return {"day": f"2026-11-{day:02}", "usageType": usage_type, "used": amount, "fee": yuan(fee)}


DAYS = [used(day, "DATA", GIB * (day * 7 % 13) // 10, "1.5" if day in (11, 12) else "0") for day in range(1, 22)]
DAYS += [used(day, "VOICE", 60 * (day * 5 % 17), "0.39" if day == 9 else "0") for day in range(1, 22, 2)]
HISTORY = [
    {"month": month, "usageType": kind, "used": amount, "fee": yuan(fee)}
    for month, data, fee in (
        ("2026-11", 18, "3.00"), ("2026-10", 34, "10.00"), ("2026-09", 26, "0"), ("2026-08", 28, "0"),
        ("2026-07", 41, "32.10"), ("2026-06", 22, "0"),
    )
    for kind, amount in (("DATA", data * GIB), ("VOICE", data * 700))
]  # fmt: skip
BRAKE = {
    "paused": [], "pausedSince": None, "spent": yuan("3.39"), "mean": yuan("6.20"), "factor": "3", "offered": False,
} | DATED  # fmt: skip
USE = {
    "outOfBucket": {
        "total": yuan("3.39"), "data": yuan("3.00"), "voice": yuan("0.39"), "sms": yuan("0"), "roaming": yuan("0"),
    } | DATED,
    "chargeForecast": {
        "soFar": yuan("71.35"), "expected": yuan("91.20"), "least": yuan("86.02"), "most": yuan("96.40"),
        "ground": "TREND",
    } | DATED,
    "usageOfMonth": {"month": "2026-11", "days": DAYS} | DATED,
    "usageHistory": {"months": HISTORY} | DATED,
    "chargeBrake": BRAKE,
}  # fmt: skip


def usage(**changes: Any) -> Outcome:
    buckets = [{"members": []} | one for one in deepcopy(changes.pop("buckets", BUCKETS))]
    return Outcome({"me": {"buckets": buckets, "pace": ME["pace"]} | deepcopy(USE) | changes})


def refused(code: str, *path: str, **parameters: Any) -> Outcome:
    """An answer with a null at this path and the error that explains it."""
    answer: Any = None
    for name in reversed(path):
        answer = {name: answer}
    return Outcome(answer, (GraphError(code, path, parameters),))


ENDLESS = [
    bucket(
        "K9",
        ("不限量流量", "Unlimited data"),
        "DATA",
        None,
        43 * GIB + GIB // 5,
        throttleAfter=40 * GIB,
        throttled=True,
    ),
    BUCKETS[3],
]
FAMILY = [
    bucket("K8", ("家庭共享流量", "Family data"), "DATA", 60 * GIB, 38 * GIB, shared=True, usedByLine=6 * GIB),
    BUCKETS[3],
]
MEMBERS = [
    {"maskedNumber": "138****8002", "used": 32 * GIB, "own": False},
    {"maskedNumber": "138****8001", "used": 6 * GIB, "own": True},
]
SHARED = [
    FAMILY[0] | {"members": MEMBERS},
    bucket("K7", ("中秋赠送流量", "Holiday gift"), "DATA", 5 * GIB, GIB, origin="GIFT"),
    BUCKETS[3],
]
GONE = [bucket("K1", ("国内通用流量", "National data"), "DATA", 30 * GIB, 30 * GIB), BUCKETS[4]]
WITH_DISCOUNT = [
    PACKAGES[0],
    PACKAGES[0]
    | {
        "id": "P5",
        "kind": "ADD_ON",
        "name": {"zh": "自动缴费95折", "en": "Autopay 5 % off"},
        "monthlyFee": yuan("0.00"),
    }
    | {"contractUntil": None},
]
MESSAGES = [
    {
        "id": "12",
        "topic": "USAGE_THRESHOLD",
        "raisedAt": AS_OF,
        "usageType": "DATA",
        "percent": 100,
        "used": 34 * GIB,
        "total": 34 * GIB,
    },
    {
        "id": "11",
        "topic": "USAGE_THRESHOLD",
        "raisedAt": EARLIER,
        "usageType": "VOICE",
        "percent": 80,
        "used": 400 * 60,
        "total": 500 * 60,
    },
    {
        "id": "9",
        "topic": "USAGE_THRESHOLD",
        "raisedAt": "2026-11-12T03:20:00+00:00",
        "usageType": "DATA",
        "percent": 50,
        "used": 17 * GIB,
        "total": 34 * GIB,
    },
]


NO_MESSAGE = dict.fromkeys(("usageType", "percent", "used", "total", "billId", "amount", "dueOn", "periodStart"))
BILL_MESSAGE = {
    "id": "14", "topic": "BILL_ISSUED", "raisedAt": AS_OF, "billId": "B202610", "amount": yuan("86.50"),
    "dueOn": "2026-11-28", "periodStart": "2026-10-01",
}  # fmt: skip
SPENDING_MESSAGE = {"id": "13", "topic": "SPENDING_UNUSUAL", "raisedAt": AS_OF, "amount": yuan("61.20")}


def inbox(messages: list[dict[str, Any]]) -> Outcome:
    return Outcome({"me": {"inbox": [NO_MESSAGE | message for message in messages]}})


def helped() -> Outcome:
    """A home page as a helper gets it who may see the line and its usage alone."""
    line = ME["line"] | {"id": "L9", "maskedNumber": "138****8009"}
    shut = dict.fromkeys(("account", "balance", "currentCharges"), "field_not_declared")
    return without(home(line=line, attention=[]), shut)
