"""What might the graph say of recharges, pots, standing orders and transfers? One ordinary customer's."""

from dataclasses import replace
from typing import Any

from graphql_schema.client import GraphError, Outcome
from tests.channels.web_hall import facts
from tests.channels.web_hall.facts import yuan

Facts = dict[str, Any]
BEGAN, PAID_AT, CREDITED_AT, EXPIRES = (f"2026-11-21T00:{minute}:00+00:00" for minute in ("32", "33", "34", "47"))
RECEIPT = "ZlKpw0Yy3xTq8JbNn2vR5sUuC7dEeF9gHhA1iIoOkLm"


def provider(source: str, *ways: str, agreements: bool = False) -> Facts:
    return {"source": source, "ways": list(ways), "agreements": agreements}


PROVIDERS = [
    provider("SANDBOX", "QR", "APP", "PAGE", agreements=True),
    provider("WECHAT_PAY", "QR", "APP"),
    provider("ALIPAY", "APP", "PAGE"),
]
_BOUNDS = {"least": yuan("1"), "most": yuan("1000")}


def options(*providers: Facts) -> Outcome:
    offered = [{"source": each["source"], "ways": each["ways"]} for each in providers]
    suggested = [yuan(amount) for amount in ("10", "20", "30", "50", "100", "200", "300", "500")]
    return Outcome({"rechargeOptions": _BOUNDS | {"suggested": suggested, "providers": offered}})


RECHARGE: Facts = {
    "id": "R20261121003", "maskedNumber": "138****8001", "amount": yuan("50"), "source": "SANDBOX", "way": "PAGE",
    "state": "WAITING", "automatic": False, "beganAt": BEGAN, "paidAt": None, "creditedAt": None,
    "expiresAt": EXPIRES, "givenBack": None, "arrearsSettled": None, "late": False,
}  # fmt: skip
PAGE: Facts = {"page": "https://pay.example/p/1", "qr": None}
SCANNED: Facts = {"page": None, "qr": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}
PAID: Facts = RECHARGE | {"state": "PAID", "paidAt": PAID_AT}
CREDITED: Facts = PAID | {"state": "CREDITED", "creditedAt": CREDITED_AT}
CARD: Facts = RECHARGE | {"source": "VOUCHER", "way": None, "expiresAt": None}


def pay_offer(found: Facts = RECHARGE, pay: Facts | None = None, **changes: Any) -> Outcome:
    return Outcome({"payOffer": {"recharge": found | changes, "pay": pay}})


_LISTED = ("id", "maskedNumber", "amount", "source", "state", "automatic", "beganAt", "givenBack")


def recharges(*found: Facts) -> Outcome:
    listed = [{key: each[key] for key in _LISTED} | {"receipt": each.get("receipt", RECEIPT)} for each in found]
    return Outcome({"me": {"recharges": listed}})


def pot(kind: str, remaining: str, **other: Any) -> Facts:
    ordinary = {"id": f"P-{kind}", "validUntil": None, "usableFor": [], "releases": []}
    return {"kind": kind, "remaining": yuan(remaining)} | ordinary | other


POTS = [
    pot("GRANTED", "100", validUntil="2026-11-30", usableFor=["MONTHLY_FEE", "VOICE", "DATA"]),
    pot("OWN", "12"),
    pot("FROZEN", "300", releases=[
        {"on": f"{day}-01", "amount": yuan("100")} for day in ("2026-12", "2027-01", "2027-02")
    ]),
]  # fmt: skip
_ACCOUNT = {"id": "A1", "kind": "POSTPAID", "state": "ACTIVE", "owed": yuan("0"), "dueOn": None} | facts.DATED


def balance(*pots: Facts, available: str = "112", **me: Any) -> Outcome:
    held = {"available": yuan(available), "subBalances": list(pots)} | facts.DATED
    return Outcome({"me": {"account": _ACCOUNT, "balance": held} | me})


STANDING: Facts = {
    "id": "G1", "rule": "THRESHOLD", "threshold": yuan("20"), "day": None, "amount": yuan("50"),
    "monthlyCap": yuan("200"), "spentThisMonth": yuan("50"), "source": "SANDBOX", "state": "ACTIVE", "signPage": None,
    "agreedAt": BEGAN, "nextOn": None,
}  # fmt: skip
SIGNING: Facts = STANDING | {
    "state": "SIGNING", "signPage": "https://pay.example/sign/1", "agreedAt": None, "spentThisMonth": yuan("0"),
}  # fmt: skip
BY_DAY: Facts = STANDING | {"rule": "DAY", "threshold": None, "day": 5, "nextOn": "2026-12-05"}


def auto(standing: Facts | None = None, *providers: Facts) -> Outcome:
    offered = [{"source": each["source"], "agreements": each["agreements"]} for each in providers or PROVIDERS]
    return Outcome({"me": {"autoRecharge": standing}, "rechargeOptions": _BOUNDS | {"providers": offered}})


def auto_failed(code: str) -> Outcome:
    return replace(auto(), errors=(GraphError(code, ("me", "autoRecharge")),))


def given(state: str, amount: str, number: str = "139****0001") -> Facts:
    done = BEGAN if state == "DONE" else None
    return {
        "id": f"T-{state}", "maskedNumber": number, "amount": yuan(amount), "state": state, "askedAt": BEGAN,
        "doneAt": done,
    }  # fmt: skip


def transfer(*transfers: Facts, available: str = "120", left: str = "450") -> Outcome:
    terms = {"least": yuan("1"), "most": yuan("200"), "leftToday": yuan(left), "available": yuan(available)}
    return Outcome({"me": {"transferTerms": terms, "transfers": list(transfers)}})
