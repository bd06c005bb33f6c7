"""What might the graph say of points, rewards, promotions and invitations? One ordinary customer's."""

from collections.abc import Sequence
from typing import Any

from graphql_schema.client import GraphError, Outcome
from tests.channels.web_hall import facts
from tests.channels.web_hall.facts import yuan
from tests.channels.web_hall.order_facts import text

Facts = dict[str, Any]
AT, LATER, UNTIL = "2026-11-21T00:32:00+00:00", "2026-11-22T02:10:00+00:00", "2026-12-11T16:00:00+00:00"
POINTS: Facts = {
    "available": 2680, "held": 800, "owed": 0, "stars": 3, "starsUntil": "2027-12-31", "factor": "2.5",
    "redeemable": True,
    "expiring": [{"on": "2026-11-30", "points": 180}, {"on": "2026-12-31", "points": 420}],
} | facts.DATED  # fmt: skip
_SHORT = ("available", "redeemable", "asOf", "stale")


def points(**changes: Any) -> Outcome:
    return Outcome({"me": {"points": POINTS | changes}})


def short_points(**changes: Any) -> Outcome:
    """As much of them as the form to give them asks for."""
    return Outcome({"me": {"points": _shorten(changes)}})


def _shorten(changes: Facts) -> Facts:
    return {name: fact for name, fact in (POINTS | changes).items() if name in _SHORT}


def entry(number: int, kind: str, moved: int, balance: int, name: Facts | None = None) -> Facts:
    return {
        "id": f"E{number}", "at": f"2026-11-{number:02}T02:15:00+00:00", "kind": kind, "points": moved,
        "balance": balance, "name": name,
    }  # fmt: skip


ENTRIES = [
    entry(3, "EARNED", 216, 3480),
    entry(5, "BONUS", 500, 3980, text("存费赠礼", "Recharge and win")),
    entry(9, "REDEEMED", -800, 3180, text("1GB流量包", "1 GB of data")),
    entry(12, "TRANSFERRED_OUT", -300, 2880),
    entry(20, "EXPIRED", -200, 2680),
]


def month(*entries: Facts, opening: int = 3264, unlisted: int = 0, **me: Any) -> Outcome:
    closing = opening + sum(each["points"] for each in entries) + unlisted
    told = {
        "month": "2026-11", "opening": opening, "closing": closing, "entries": list(entries), "unlisted": unlisted,
    }  # fmt: skip
    dated = {name: POINTS[name] for name in ("redeemable", "asOf", "stale")}
    return Outcome({"me": {"points": dated, "pointsMonth": told} | me})


def obstacle(code: str, **given: Any) -> Facts:
    return {"code": code, "missing": None, "most": None, "until": None} | given


def item(code: str, kind: str, price: int, zh: str, en: str, **other: Any) -> Facts:
    ordinary = {"left": None, "perMonth": None, "endsAt": None, "obstacles": []}
    return {"code": code, "kind": kind, "points": price, "name": text(zh, en)} | ordinary | other


ITEMS = [
    item("HF10", "BALANCE", 1000, "10元话费", "10 yuan of credit"),
    item(
        "HF50", "BALANCE", 5000, "50元话费", "50 yuan of credit", obstacles=[obstacle("TOO_FEW_POINTS", missing=2320)],
    ),
    item(
        "LL1G", "DATA", 800, "1GB流量包", "1 GB of data", perMonth=2,
        obstacles=[obstacle("LIMIT_REACHED", most=2, until="2026-11-30T16:00:00+00:00")],
    ),
    item("KF", "VOUCHER", 1500, "咖啡券", "A coffee", left=3, endsAt=UNTIL),
    item("BWB", "GOODS", 2500, "保温杯", "A thermos flask", left=12),
    item("ES", "GOODS", 9000, "蓝牙耳机", "Earphones", left=0, obstacles=[
        obstacle("OUT_OF_STOCK"), obstacle("TOO_FEW_POINTS", missing=6320),
    ]),
    item("AX", "DONATION", 100, "爱心捐赠", "A donation"),
]  # fmt: skip
EVERY_OBSTACLE = [
    obstacle("SUSPENDED"), obstacle("OWES"), obstacle("NOT_REAL_NAME"), obstacle("LINE_TOO_NEW", until=UNTIL),
    obstacle("NOT_YET", until=UNTIL), obstacle("OVER"), obstacle("OFF"), obstacle("TOO_FEW_POINTS"),
    obstacle("LINE_TOO_NEW"), obstacle("NOT_YET"), obstacle("LIMIT_REACHED"), obstacle("POINTS_ELSEWHERE"),
    obstacle("PAID_BY_ORGANIZATION"),
]  # fmt: skip
TERMS = text("兑换后不可退回。", "Can not be given back.")


def mall(*items: Facts, **changes: Any) -> Outcome:
    return Outcome({"me": {"points": _shorten(changes), "rewardItems": list(items)}})


def preview(found: Facts, *, have: int = 2680, amount: str | None = None, **changes: Any) -> Outcome:
    left, goods = have - found["points"], found["kind"] == "GOODS"
    full = found | {"terms": TERMS, "amount": yuan(amount) if amount else None}
    told = {
        "item": full, "points": have, "pointsLeft": left if left >= 0 else None,
        "usableFrom": None if goods or found["kind"] == "DONATION" else AT, "usableUntil": None, "needsDelivery": goods,
    }  # fmt: skip
    return Outcome({"me": {"redemptionPreview": told | changes}})


REDEMPTION: Facts = {
    "id": "7f3a90c2", "code": "LL1G", "kind": "DATA", "name": text("1GB流量包", "1 GB of data"), "terms": TERMS,
    "points": 800, "state": "DONE", "beganAt": AT, "doneAt": AT, "usableUntil": None, "voucherCode": None,
    "tracking": None, "delivery": None, "returnableUntil": None, "late": False,
}  # fmt: skip
VOUCHER: Facts = REDEMPTION | {
    "id": "7f3a90c3", "code": "KF", "kind": "VOUCHER", "name": text("咖啡券", "A coffee"), "points": 1500,
    "voucherCode": "CAFE-2026-77", "usableUntil": "2027-02-20",
}  # fmt: skip
WORKING: Facts = REDEMPTION | {"state": "WORKING", "doneAt": None}
SENT: Facts = REDEMPTION | {
    "id": "7f3a90c4", "code": "BWB", "kind": "GOODS", "name": text("保温杯", "A thermos flask"), "points": 2500,
    "state": "SENT", "doneAt": None, "tracking": "SF1234567890",
    "delivery": {"person": "王*", "number": "138****8001", "address": "北京市****"},
}  # fmt: skip
ARRIVED: Facts = SENT | {"state": "DONE", "doneAt": LATER, "delivery": None, "returnableUntil": UNTIL}
_LISTED = ("id", "kind", "name", "points", "state", "beganAt", "late")


def redemption(found: Facts, **changes: Any) -> Outcome:
    return Outcome({"me": {"redemption": found | changes}})


def redemptions(*found: Facts) -> Outcome:
    return Outcome({"me": {"redemptions": [{name: each[name] for name in _LISTED} for each in found]}})


def prize(key: str, effect: str, zh: str, en: str, **other: Any) -> Facts:
    ordinary = {
        "amount": None, "months": 1, "leastSpend": None, "usableFor": [], "points": None, "left": None, "odds": [],
    }  # fmt: skip
    return {"key": key, "effect": effect, "name": text(zh, en)} | ordinary | other


FROZEN = prize(
    "back", "FROZEN_MONEY", "分月返还话费", "Credit, month by month", amount=yuan("100"), months=12,
    leastSpend=yuan("59"), usableFor=["MONTHLY_FEE", "VOICE"],
)  # fmt: skip
EVEN = prize("even", "FROZEN_MONEY", "分月返还话费", "Credit, month by month", amount=yuan("100"), months=10)
BONUS = prize("bonus", "POINTS", "奖励积分", "Bonus points", points=500)
FLASK = prize("flask", "GOODS", "保温杯", "A thermos flask", left=12)
GONE = prize("pot", "GOODS", "电饭煲", "A rice cooker", left=0)
CASH = prize("cash", "MONEY", "话费", "Credit", amount=yuan("10"))
PACK = prize("pack", "PACK", "1GB流量包", "1 GB of data")
COFFEE = prize("coffee", "CODE", "咖啡券", "A coffee")
DRAW = prize("draw", "LOTTERY", "抽奖", "A draw", odds=[
    {"name": text("一年话费", "A year free"), "inABillion": 10_000},
    {"name": text("10元话费", "10 yuan of credit"), "inABillion": 3_000_000},
    {"name": text("100积分", "100 points"), "inABillion": 300_000_000},
])  # fmt: skip


def rule(key: str, *names: Facts, **parameters: str) -> Facts:
    told = [{"name": name, "value": value} for name, value in parameters.items()]
    return {"key": key, "parameters": told, "names": list(names)}


OF_A_PLAN = rule("offering_is_one_of", text("5G畅享129元套餐", "5G Smart 129"), values="plan-129")


RULES = [
    rule("channel_is_one_of", values="app,web"),
    rule("tenure_months_between", least="12"),
    rule("hours_between", begins="08:00", ends="20:00"),
    rule("weekday_is_one_of", values="6,7"),
    rule("first_time"),
    rule("a_rule_of_tomorrow", what="x"),
]


def tier(amount: str, *rewards: Facts, choice: bool = False) -> Facts:
    return {"fromAmount": yuan(amount), "rewards": list(rewards), "isChoice": choice}


PROMOTION: Facts = {
    "id": "recharge-gift", "name": text("存费赠礼", "Recharge and win"), "trigger": "RECHARGE",
    "beginsAt": "2026-11-10T16:00:00+00:00", "endsAt": UNTIL, "takenBackWithinMonths": 12, "conditions": RULES,
    "onItsFace": [text("掌厅从11月1日开始", "In the app from 1 November on")],
    "tiers": [tier("100", BONUS, FLASK, choice=True), tier("200", FROZEN, DRAW)],
}  # fmt: skip
ON_TIME: Facts = PROMOTION | {
    "id": "on-time", "name": text("按时缴费有礼", "Paid in time"), "trigger": "BILL_PAID", "conditions": [],
    "onItsFace": [], "takenBackWithinMonths": 0, "tiers": [tier("0", CASH)],
}  # fmt: skip
FRIENDS: Facts = ON_TIME | {
    "id": "friends", "name": text("邀请有礼", "Bring a friend"), "trigger": "INVITEE_PAID", "tiers": [tier("0", BONUS)],
}  # fmt: skip
ORDERED: Facts = ON_TIME | {
    "id": "ordered", "name": text("办套餐有礼", "A plan and a gift"), "trigger": "ORDER_DONE",
    "conditions": [OF_A_PLAN], "tiers": [tier("59", PACK, GONE)],
}  # fmt: skip


def promotions(*found: Facts) -> Outcome:
    return Outcome({"me": {"promotions": list(found)}})


def expected(*rewards: Facts, choose: bool = False, scarce: bool = False, reasons: Any = ()) -> Facts:
    return {
        "promotionId": "recharge-gift", "name": PROMOTION["name"], "chooseOne": choose, "scarce": scarce,
        "reasons": list(reasons), "rewards": list(rewards),
    }  # fmt: skip


def forecast(amount: str, *found: Facts, more: str | None = None) -> Outcome:
    told = {"amount": yuan(amount), "moreFrom": yuan(more) if more else None, "rewards": list(found)}
    return Outcome({"me": {"rewardForecast": told}})


REACHED = expected(BONUS, FLASK, choose=True, scarce=True, reasons=[rule("amount_at_least", amount="10000")])


def part(month_of: str, state: str, amount: str = "10") -> Facts:
    return {"on": f"{month_of}-01", "amount": yuan(amount), "state": state}


GRANT: Facts = {
    "id": "G1", "promotion": PROMOTION["name"], "state": "RUNNING", "chooseUntil": None, "rechargeId": "R20261121003",
    "at": AT, "code": None, "late": False, "reward": EVEN, "options": [],
    "parts": [
        part("2026-11", "GIVEN"), part("2026-12", "MISSED"), part("2027-01", "WAITING"), part("2027-02", "WAITING"),
    ],
    "takenBack": None, "pointsTakenBack": None,
}  # fmt: skip
CHOOSING: Facts = GRANT | {
    "id": "G2", "state": "CHOOSING", "chooseUntil": UNTIL, "reward": None, "options": [BONUS, FLASK, CASH], "parts": [],
}  # fmt: skip
WITH_CODE: Facts = GRANT | {
    "id": "G3", "state": "GRANTED", "reward": COFFEE, "code": "CAFE-2026-99", "parts": [], "rechargeId": None,
}  # fmt: skip
TAKEN: Facts = GRANT | {
    "id": "G4", "state": "TAKEN_BACK", "parts": [part("2026-11", "GIVEN"), part("2026-12", "TAKEN_BACK")],
    "takenBack": yuan("90"),
}  # fmt: skip
GRANTING: Facts = WITH_CODE | {"id": "G5", "state": "GRANTING", "reward": PACK, "code": None, "late": True}
REFUSED: Facts = WITH_CODE | {"id": "G6", "state": "REFUSED", "reward": PACK, "code": None}
DRAWN: Facts = WITH_CODE | {"id": "G7", "state": "NOT_WON", "reward": DRAW, "code": None}


def grant(found: Facts) -> Outcome:
    return Outcome({"me": {"grant": found}})


def grants(*found: Facts) -> Outcome:
    return Outcome({"me": {"grants": list(found)}})


REFERRAL: Facts = {
    "code": "H7K4M9QX", "link": "http://localhost:8000/invited/H7K4M9QX", "most": 10, "rewards": [BONUS],
    "invitations": [
        {"maskedNumber": "138****8003", "state": "ACCEPTED", "at": LATER},
        {"maskedNumber": "139****0004", "state": "REWARDED", "at": AT},
        {"maskedNumber": "137****0005", "state": "REFUSED", "at": AT},
    ],
}  # fmt: skip


def referral(**changes: Any) -> Outcome:
    return Outcome({"me": {"referral": REFERRAL | changes}})


def invited(
    code: str | None = "H7K4M9QX", rewards: Sequence[Facts] | None = (BONUS,), error: GraphError | None = None
) -> Outcome:
    me = None if code is None else {"referral": {"code": code}}
    return Outcome({"invitationRewards": rewards, "me": me}, () if error is None else (error,))
