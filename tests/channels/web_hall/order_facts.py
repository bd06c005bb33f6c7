"""What might the graph say of offerings, changes, orders and services? One ordinary customer's."""

from typing import Any

from graphql_schema.client import Outcome
from tests.channels.web_hall import facts
from tests.channels.web_hall.facts import GIB, yuan

Facts = dict[str, Any]


def text(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


PACK, PLAN = text("5GB流量加油包", "5 GB pack"), text("5G畅享129元套餐", "5G Smart 129")


def allowance(usage_type: str, zh: str, en: str, total: int | None, **other: Any) -> Facts:
    ordinary = {"application": None, "shared": False, "throttleAfter": None, "rollsOver": False}
    return {"usageType": usage_type, "name": text(zh, en), "total": total} | ordinary | other


DATA = allowance("DATA", "国内通用流量", "National data", 40 * GIB, rollsOver=True)
OFFERING: Facts = {
    "id": "plan-129", "name": PLAN, "kind": "PLAN", "categoryId": "mobile-plan", "monthlyFee": yuan("129"),
    "onceFee": None, "discount": None, "discountPercent": None,
    "allowances": [DATA, allowance("VOICE", "国内通话", "National calls", 500 * 60)],
    "requires": [], "excludes": [], "starts": ["NEXT_CYCLE"], "contractMonths": 12, "earlyExitFee": yuan("30"),
    "terms": text("合约期内只能换成同价或更高价的套餐。", "Within the contract only an equal or dearer plan."),
    "onlyIn": [], "byText": True, "ofThirdParty": False, "onSale": True,
    "onSaleUntil": "2026-12-31",
} | facts.DATED  # fmt: skip
ENDLESS: Facts = OFFERING | {
    "id": "plan-199", "name": text("5G畅享199元套餐", "5G Smart 199"), "monthlyFee": yuan("199"), "onceFee": yuan("20"),
    "allowances": [
        allowance("DATA", "国内通用流量", "National data", None, throttleAfter=80 * GIB, shared=True),
        allowance("SMS", "国内短信", "National texts", 200),
    ],
    "starts": ["NEXT_CYCLE", "AT_ONCE"], "contractMonths": None, "earlyExitFee": None, "discountPercent": 20,
    "terms": None, "onSaleUntil": None, "excludes": [{"id": "pack-night", "name": text("夜间流量包", "Night pack")}],
}  # fmt: skip
VIDEO: Facts = OFFERING | {
    "id": "video-20", "name": text("视频会员定向20GB", "Video membership 20 GB"), "kind": "ADD_ON", "categoryId": "app",
    "monthlyFee": yuan("9.90"), "discount": yuan("2"),
    "allowances": [allowance("DATA", "视频定向流量", "Video data", 20 * GIB, application="影视通")],
    "starts": ["AT_ONCE", "NEXT_CYCLE"], "contractMonths": None, "earlyExitFee": None, "ofThirdParty": True,
    "onlyIn": ["SMS", "IVR"], "requires": [{"id": "plan-129", "name": PLAN}], "onSaleUntil": None, "terms": None,
}  # fmt: skip
GONE: Facts = OFFERING | {
    "id": "plan-old", "name": text("经典套餐", "Classic plan"), "monthlyFee": None, "onceFee": yuan("10"),
    "onSale": False, "allowances": [], "terms": None,
}  # fmt: skip
_CARD = (
    "id", "name", "kind", "categoryId", "monthlyFee", "onceFee", "discount", "discountPercent", "allowances", "starts",
    "contractMonths", "onlyIn", "ofThirdParty", "onSaleUntil", "asOf", "stale",
)  # fmt: skip
SHELVES = [
    {"id": "mobile-plan", "name": text("手机套餐", "Mobile plans"), "parentId": None},
    {"id": "pack", "name": text("加油包", "Packs"), "parentId": None},
    {"id": "app", "name": text("定向流量", "Data for one app"), "parentId": "pack"},
]


def catalogue(*offerings: Facts) -> Outcome:
    """The shelves, and cards of these offerings."""
    cards = [{key: each[key] for key in _CARD} for each in offerings]
    return Outcome({"catalogue": {"categories": SHELVES, "offerings": cards}})


def _full(offering: Facts) -> Facts:
    return {key: value for key, value in offering.items() if key != "categoryId"}


def offering(found: Facts) -> Outcome:
    return Outcome({"catalogue": {"offering": _full(found)}})


def compared(*found: Facts) -> Outcome:
    return Outcome({"catalogue": {"compare": [_full(each) for each in found]}})


def charge(kind: str, amount: str, since: str, zh: str = PLAN["zh"], en: str = PLAN["en"]) -> Facts:
    return {"kind": kind, "name": text(zh, en), "amount": yuan(amount), "since": since}


def loss(kind: str, zh: str, en: str, left: int | None = None, amount: str | None = None) -> Facts:
    return {
        "kind": kind, "name": text(zh, en), "left": left, "amount": yuan(amount) if amount else None,
        "on": "2026-12-01",
    }  # fmt: skip


def obstacle(code: str, **about: Any) -> Facts:
    return {"code": code, "offering": None, "until": None, "orderId": None} | about


PREVIEW: Facts = {
    "action": "ADD", "offeringId": "pack-data-5", "packageId": None, "service": None, "number": None, "name": PACK,
    "allowed": True, "obstacles": [], "start": "AT_ONCE", "starts": ["AT_ONCE", "NEXT_CYCLE"],
    "startsOn": "2026-11-21", "price": yuan("15"), "repeats": True,
    "charges": [charge("MONTHLY", "15", "2026-11-21", PACK["zh"], PACK["en"])], "losses": [], "takesAway": [],
    "monthlyBefore": yuan("68.90"), "monthlyAfter": yuan("83.90"), "contractUntil": None, "terms": None,
} | facts.DATED  # fmt: skip
PLAN_PREVIEW: Facts = PREVIEW | {
    "action": "CHANGE_PLAN", "offeringId": "plan-129", "name": PLAN, "start": "NEXT_CYCLE", "starts": ["NEXT_CYCLE"],
    "startsOn": "2026-12-01", "price": yuan("129"),
    "charges": [
        charge("MONTHLY", "129", "2026-12-01"),
        charge("ONCE", "20", "2026-12-01", "换套餐手续费", "Fee for the change"),
        charge("PENALTY", "240", "2026-12-01", "畅享套餐 59 元", "Easy plan 59"),
    ],
    "losses": [
        loss("ROLLED_OVER", "上月结转流量", "Rolled-over data", left=4 * GIB),
        loss("DISCOUNT", "老用户优惠", "Loyalty discount", amount="5"),
        loss("ALLOWANCE", "国内语音", "National calls", left=4140),
        loss("GIFT", "视频会员", "Video membership"),
    ],
    "takesAway": [text("畅享套餐 59 元", "Easy plan 59"), text("夜间流量包", "Night pack")],
    "monthlyAfter": yuan("138.90"), "contractUntil": "2027-11-30", "terms": OFFERING["terms"],
}  # fmt: skip
CLOSE_PREVIEW: Facts = PREVIEW | {
    "action": "CLOSE", "offeringId": None, "name": text("手机号码 138****8001", "Mobile line 138****8001"),
    "start": "NEXT_CYCLE", "starts": ["NEXT_CYCLE"], "startsOn": "2026-12-01", "price": None, "repeats": False,
    "charges": [
        charge("SETTLEMENT", "71.35", "2026-12-01", "本月费用", "This month’s charges"),
        charge("REFUND", "-12.00", "2026-12-01", "退还余额", "Balance given back"),
    ],
    "losses": [
        loss("NUMBER", "号码 138****8001", "The number 138****8001"),
        loss("GRANTED_MONEY", "存费赠礼", "Recharge gift", amount="200"),
    ],
    "monthlyAfter": yuan("0.00"),
}  # fmt: skip
OPEN_PREVIEW: Facts = PREVIEW | {
    "action": "OPEN_LINE", "offeringId": "plan-129", "number": "13800008888", "name": PLAN, "starts": ["AT_ONCE"],
    "price": yuan("129"), "charges": [charge("MONTHLY", "129", "2026-11-21")], "monthlyAfter": yuan("197.90"),
}  # fmt: skip
DROP_PREVIEW: Facts = PREVIEW | {
    "action": "DROP", "offeringId": None, "packageId": "P2", "name": text("视频定向 20GB", "Video 20GB"),
    "start": "NEXT_CYCLE", "starts": ["NEXT_CYCLE"], "startsOn": "2026-12-01", "price": None, "repeats": False,
    "charges": [], "monthlyAfter": yuan("59.00"),
}  # fmt: skip
EVERY_OBSTACLE = [
    obstacle("EXCLUDED", offering=text("夜间流量包", "Night pack")),
    obstacle("REQUIRED", offering=PLAN),
    obstacle("NOT_ON_SALE"),
    obstacle("NOT_IN_THIS_CHANNEL"),
    obstacle("ALREADY_HELD"),
    obstacle("NOT_HELD"),
    obstacle("CONTRACT", until="2027-07-31"),
    obstacle("ONCE_A_CYCLE"),
    obstacle("UNDER_WAY", orderId="O-2026-1"),
    obstacle("IN_ARREARS"),
    obstacle("SUSPENDED"),
    obstacle("LINE_CLOSED"),
    obstacle("START"),
    obstacle("NUMBER_TAKEN"),
    obstacle("NOT_OFFERED"),
    obstacle("MEMBERS"),
]
IMPOSSIBLE: Facts = {
    "allowed": False, "start": None, "starts": [], "startsOn": None, "charges": [], "losses": [], "price": None,
}  # fmt: skip


def preview(shown: Facts = PREVIEW, **changes: Any) -> Outcome:
    return Outcome({"me": {"changePreview": shown | changes}})


PREPARED: Facts = {
    "id": "C1", "state": "WAITING", "channel": "WEB", "preparedAt": "2026-11-21T00:32:00+00:00",
    "expiresAt": "2026-11-21T00:47:00+00:00", "orderId": None,
}  # fmt: skip


def prepared(shown: Facts = PREVIEW, **changes: Any) -> Outcome:
    return Outcome({"me": {"preparedChange": PREPARED | {"preview": shown} | changes}})


WAITING: Facts = {
    "id": "C1", "channel": "WEB", "expiresAt": PREPARED["expiresAt"],
    "preview": {key: PREVIEW[key] for key in ("action", "name", "price", "repeats")},
}  # fmt: skip


def milestone(system: str, zh: str, en: str, state: str, at: str | None = None) -> Facts:
    return {"name": text(zh, en), "system": system, "state": state, "at": at}


AT = "2026-11-21T00:30:00+00:00"
ORDER: Facts = {
    "id": "O-2026-1", "action": "ADD", "name": PACK, "price": yuan("15"), "repeats": True, "state": "IN_PROGRESS",
    "placedAt": AT, "startsOn": "2026-11-21", "completedAt": None, "channel": "WEB", "cancellable": True,
    "failure": None, "nextStep": None, "items": [{"name": PACK, "state": "IN_PROGRESS", "failure": None}],
    "milestones": [
        milestone("ORDER", "受理", "Accepted", "DONE", AT),
        milestone("ACTIVATION", "开通", "Activation", "ACTIVE", "2026-11-21T00:31:00+00:00"),
        milestone("BILLING", "计费生效", "Billing", "PLANNED", "2026-11-30T16:00:00+00:00"),
    ],
} | facts.DATED  # fmt: skip
OPENING: Facts = ORDER | {
    "id": "O-2026-2", "action": "OPEN_LINE", "name": PLAN, "price": yuan("129"), "state": "HELD", "startsOn": None,
    "channel": None, "failure": text("证件照片看不清", "The photo of the document is not clear"), "nextStep": "VISIT",
    "milestones": [
        milestone("ORDER", "受理", "Accepted", "DONE", AT),
        milestone("RESOURCE", "预留号码", "Number reserved", "DONE", AT),
        milestone("DOCUMENTS", "证件审核", "Documents", "FAILED", AT),
        milestone("FIELD", "送卡上门", "Card delivery", "SKIPPED"),
    ],
}  # fmt: skip
PARTIAL: Facts = ORDER | {
    "id": "O-2026-3", "state": "PARTIAL", "cancellable": False, "completedAt": AT, "nextStep": "CALL",
    "failure": text("有一项没有开通", "One part was not switched on"),
    "items": [
        {"name": PACK, "state": "COMPLETED", "failure": None},
        {"name": text("国际漫游", "Roaming"), "state": "FAILED", "failure": text("卡不支持", "The card can’t do it")},
    ],
}  # fmt: skip
PLACING: Facts = ORDER | {
    "id": "O-2026-4", "state": "PLACING", "cancellable": True, "items": [],
    "milestones": [milestone("HALL", "提交", "Being sent", "ACTIVE", AT)],
}  # fmt: skip
LATER: Facts = ORDER | {
    "id": "O-2026-5", "action": "CHANGE_PLAN", "name": PLAN, "price": yuan("129"), "state": "PENDING",
    "startsOn": "2026-12-01",
    "milestones": [
        milestone("ORDER", "受理", "Accepted", "DONE", AT), milestone("BILLING", "生效", "In effect", "PLANNED"),
    ],
}  # fmt: skip
FAILED: Facts = ORDER | {
    "id": "O-2026-6", "state": "FAILED", "cancellable": False, "nextStep": "PAY",
    "failure": text("账户欠费", "The account is in arrears"), "milestones": [],
}  # fmt: skip
_LISTED = ("id", "action", "name", "price", "repeats", "state", "placedAt", "startsOn", "asOf", "stale")


def orders(*found: Facts, waiting: list[Facts] | None = None) -> Outcome:
    listed = [{key: each[key] for key in _LISTED} for each in found]
    return Outcome({"me": {"orders": listed, "preparedChanges": waiting or []}})


def order(found: Facts = ORDER, **changes: Any) -> Outcome:
    return Outcome({"me": {"order": found | changes}})


def subscribed(position: int, zh: str, en: str, fee: str | None, **other: Any) -> Facts:
    return {
        "position": position, "packageId": f"P{position}", "offeringId": f"offering-{position}", "name": text(zh, en),
        "kind": "ADD_ON", "state": "ACTIVE", "monthlyFee": yuan(fee) if fee else None, "ofThirdParty": False,
        "droppable": True, "since": "2025-08-01", "until": None,
    } | facts.DATED | other  # fmt: skip


HELD = [
    subscribed(1, "畅享套餐 59 元", "Easy plan 59", "59", kind="PLAN", droppable=False),
    subscribed(2, "视频定向 20GB", "Video 20GB", "9.9"),
    subscribed(3, "掌上阅读", "Pocket reader", "6", ofThirdParty=True),
    subscribed(4, "来电显示", "Caller display", None, state="ENDING", droppable=False, until="2026-11-30"),
]


def packages(items: list[Facts], *waiting: Facts) -> Outcome:
    contracts = [
        {"id": each["packageId"], "contractUntil": "2027-07-31" if each["kind"] == "PLAN" else None} for each in items
    ]
    return Outcome({"me": {"subscribed": items, "preparedChanges": list(waiting), "packages": contracts}})


def service(id_: str, zh: str, en: str, **other: Any) -> Facts:
    off = {"on": False, "changingTo": None, "monthlyFee": None}
    return {"id": id_, "name": text(zh, en)} | off | facts.DATED | other


SERVICES = [
    service("roaming", "国际漫游", "Roaming"),
    service("caller-id", "来电显示", "Caller display", on=True, monthlyFee=yuan("5")),
    service("call-waiting", "呼叫等待", "Call waiting", changingTo=True),
    service("voicemail", "语音信箱", "Voicemail", on=True, changingTo=False),
]
USUAL: Facts = {"standing": "USUAL", "since": None, "closesOn": None} | facts.DATED
LOST: Facts = USUAL | {"standing": "LOST", "since": "2026-11-20T13:05:00+00:00"}
CLOSING: Facts = USUAL | {"standing": "CLOSING", "closesOn": "2027-02-19"}
MOBILE: Facts = {"id": "L1", "kind": "MOBILE", "state": "ACTIVE"} | facts.DATED


def services(**changes: Any) -> Outcome:
    return Outcome({"me": {"line": MOBILE, "life": USUAL, "serviceSwitches": SERVICES} | changes})


PUK: Facts = {"puk": "48210957", "triesOfCard": 10, "asOf": facts.AS_OF}


def puk(found: Facts | None = PUK) -> Outcome:
    return Outcome({"me": {"puk": found}})


def new_line(*numbers: str, plans: list[Facts] | None = None) -> Outcome:
    free = [{"number": each, "monthlyLeast": yuan("50") if each.endswith("8888") else None} for each in numbers]
    sold = [OFFERING, ENDLESS, GONE | {"onlyIn": ["DESK"]}] if plans is None else plans
    short = [{key: each[key] for key in ("id", "categoryId", "name", "monthlyFee", "onlyIn")} for each in sold]
    return Outcome({"me": {"freeNumbers": free}, "catalogue": {"categories": SHELVES, "offerings": short}})


def advice(plan: str, saving: str, *paid: tuple[str, str, str], fee: str = "59", used: str | None = "0.83") -> Facts:
    """One plan held against some months: what was paid, and what it would have asked."""
    own = plan == "plan-59"
    names = {"plan-59": text("畅享套餐 59 元", "Easy plan 59"), "plan-129": PLAN}
    return {
        "offeringId": plan, "name": names.get(plan, text(f"轻享{fee}元套餐", f"Light {fee}")), "monthlyFee": yuan(fee),
        "isOwn": own, "average": yuan(paid[0][2]), "saving": yuan(saving), "shareOfDataUsed": used,
        "months": [
            {"month": month, "paid": yuan(was), "wouldHavePaid": yuan(would)} for month, was, would in paid
        ],
    } | facts.DATED  # fmt: skip


_PAID = (("2026-10", "69.00"), ("2026-09", "59.00"), ("2026-08", "66.10"))
ADVICE = [
    advice("plan-59", "0.00", *((month, was, was) for month, was in _PAID)),
    advice("plan-39", "14.35", *((month, was, "50.35") for month, was in _PAID), fee="39", used=None),
    advice("plan-49", "0.00", *((month, was, was) for month, was in _PAID), fee="49"),
    advice("plan-129", "-64.30", *((month, was, "129.00") for month, was in _PAID), fee="129", used="0.31"),
]


def recommendations(*found: Facts) -> Outcome:
    return Outcome({"me": {"recommendations": list(found)}})


def notice(*deeds: str, resting: bool, ends: str | None = "2026-11-21T22:00:00+00:00") -> Facts:
    """What the operator lets rest."""
    return {
        "id": "N1", "deeds": list(deeds), "resting": resting, "beginsAt": "2026-11-21T16:00:00+00:00", "endsAt": ends,
        "reason": text("计费系统升级。", "The billing system is being renewed."),
    }  # fmt: skip
