"""In which states do recharges, voucher cards, pots, standing orders and transfers have to be shown?"""

from collections.abc import Mapping
from typing import Any, Literal

from graphql_schema.client import Outcome
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall import reward_facts as won
from tests.channels.web_hall import till_facts as till
from tests.channels.web_hall.facts import yuan
from tests.channels.web_hall.order_facts import text
from tests.channels.web_hall.state import State

_WHO = Literal["customer", "visitor", "helper"]
_FORM = {"number": "139 0000 0001", "amount": "50", "other_amount": "", "pay": "SANDBOX.PAGE", "deed": "send"}
_OPTIONS = till.options(*till.PROVIDERS)
_BOUNDS = {"lowest": yuan("1"), "highest": yuan("1000")}
_EARNED = won.forecast("33.5", won.expected(won.CASH))
_STANDING_FORM = {
    "rule": "THRESHOLD", "threshold": "20", "day": "", "amount": "50", "monthly_cap": "200", "source": "SANDBOX",
    "agreed": "yes", "deed": "send",
}  # fmt: skip
_REST = {
    "offUntil": "2026-11-21T22:00:00+00:00",
    "offWhy": text("计费系统升级。", "The billing system is being renewed."),
}


def _forecast(told: Outcome) -> dict[str, Outcome]:
    return {"recharge_options": _OPTIONS, "reward_forecast": told}


def _form(name: str, status: int = 422, who: _WHO = "visitor", **typed: str) -> State:
    form = _FORM | {"deed": "check"} | typed
    return State(f"recharge-{name}", "/recharge", _forecast(_EARNED), who, form=form, status=status)


def _start(name: str, word: str, status: int = 422, /, **given: Any) -> State:
    answers = {"recharge_options": _OPTIONS, "start_recharge": known.said("startRecharge", word, **given)}
    return State(f"recharge-{name}", "/recharge", answers, "visitor", form=_FORM, status=status)


def _pay(name: str, found: dict[str, Any], pay: dict[str, Any] | None = None, who: _WHO = "visitor") -> State:
    return State(f"pay-{name}", f"/recharge/{till.RECEIPT}", {"pay_offer": till.pay_offer(found, pay)}, who)


def _card(name: str, form: Mapping[str, str], who: _WHO = "customer", status: int = 422, **answer: Any) -> State:
    answers = {"redeem_voucher": known.said("redeemVoucher", **answer)} if answer else {}
    return State(f"voucher-{name}", "/recharge/voucher", answers, who, form=form, status=status)


def _auto(name: str, outcome: Outcome, query: str = "", status: int = 200) -> State:
    return State(f"auto-{name}", f"/recharge/auto{query}", {"auto_recharge": outcome}, status=status)


def _set(name: str, status: int = 422, answer: Outcome | None = None, **typed: str) -> State:
    answers = {"auto_recharge": till.auto()} | ({"set_auto_recharge": answer} if answer else {})
    form = _STANDING_FORM | {"deed": "send" if answer else "check"} | typed
    return State(f"auto-{name}", "/recharge/auto", answers, form=form, status=status)


def _transfer(name: str, outcome: Outcome, query: str = "", status: int = 200) -> State:
    return State(f"transfer{name}", f"/transfer{query}", {"transfer": outcome}, status=status)


def _give(
    name: str, word: str = "", status: int = 422, *, deed: str = "send", amount: str = "30", **given: Any
) -> State:
    answers = {"transfer": till.transfer()}
    if word:
        answers["transfer_balance"] = known.said("transferBalance", word, **given)
    form = {"number": "13900000001", "amount": amount, "deed": deed}
    return State(f"transfer-{name}", "/transfer", answers, form=form, status=status)


_SENT = {"number": "", "card": "1234 5678 9012 345678", "deed": "send"}
TILL_STATES: tuple[State, ...] = (
    State("recharge", "/recharge?amount=50", _forecast(won.forecast("50", more="100"))),
    State("recharge-reached", "/recharge?amount=100", _forecast(won.forecast("100", won.REACHED, more="200"))),
    State("recharge-own", "/recharge", {"recharge_options": _OPTIONS}),
    State("recharge-visitor", "/recharge", {"recharge_options": _OPTIONS}, "visitor"),
    State("recharge-helper", "/recharge", {"recharge_options": _OPTIONS}, "helper"),
    State("recharge-no-ways", "/recharge", {"recharge_options": till.options(till.provider("ALIPAY", "APP"))}),
    State("recharge-error", "/recharge", {"recharge_options": facts.refused("unexpected", "rechargeOptions")},
          status=503),
    _form("no-number", number=""),
    _form("amount", amount="", other_amount="13.333"),
    _form("no-way", pay=""),
    _form("check", 200),
    _form("check-own", 200, "customer", number="", other_amount="33.5"),
    State(
        "recharge-check-all", "/recharge",
        _forecast(won.forecast("200", won.expected(won.FROZEN, won.DRAW), won.expected(won.PACK, won.COFFEE))),
        form=_FORM | {"number": "", "amount": "200", "deed": "check"},
    ),
    State(
        "recharge-check-unknown", "/recharge", _forecast(facts.refused("unexpected", "me", "rewardForecast")),
        form=_FORM | {"number": "", "deed": "check"},
    ),
    _form("edit", 200, "customer", amount="33.50", deed="edit"),
    _start("bounds", "AmountRefused", **_BOUNDS),
    _start("unknown", "NotRechargeable", reason="unknown"),
    _start("closed", "NotRechargeable", reason="closed"),
    _start("organization", "NotRechargeable", reason="paid_by_organization"),
    _start("refused", "ProviderRefused", reason="refused"),
    _start("unavailable", "ProviderRefused", reason="unavailable"),
    _start("not-offered", "ProviderRefused", reason="not_offered"),
    _start("many", "TooMany", most=5),
    _start("number", "BadInput", name="number"),
    State("voucher-many", "/recharge/voucher", {"redeem_voucher": known.said("redeemVoucher", "TooMany", most=10)},
          "visitor", form={"number": "13900000001", "card": "123456789012345678", "deed": "send"}, status=422),
    _start("off", "DeedOff", 503, **_REST),
    _pay("page", till.RECHARGE, till.PAGE),
    _pay("scan", till.RECHARGE | {"source": "WECHAT_PAY", "way": "QR"}, till.SCANNED),
    _pay("app", till.RECHARGE | {"way": "APP"}, {"page": None, "qr": None}),
    _pay("over", till.RECHARGE),
    _pay("checking", till.RECHARGE | {"state": "CHECKING"}),
    _pay("late", till.PAID | {"late": True}),
    _pay("paid", till.PAID, who="customer"),
    _pay("credited", till.CREDITED | {"arrearsSettled": yuan("21.30")}, who="customer"),
    _pay("refused", till.RECHARGE | {"state": "REFUSED"}),
    _pay("closed", till.RECHARGE | {"state": "CLOSED"}),
    _pay("refunding", till.PAID | {"state": "REFUNDING"}),
    _pay("refunded", till.CREDITED | {"state": "REFUNDED", "givenBack": yuan("50"), "automatic": True}),
    _pay("part-back", till.CREDITED | {"givenBack": yuan("20")}),
    _pay("card-checking", till.CARD | {"state": "CHECKING", "amount": yuan("0")}),
    _pay("card-credited", till.CARD | {"state": "CREDITED", "creditedAt": till.CREDITED_AT}),
    State(
        "pay-unknown", "/recharge/nobody", {"pay_offer": facts.refused("not_found", "payOffer")}, "visitor", status=404
    ),
    State(
        "pay-error", "/recharge/any", {"pay_offer": facts.refused("payment_timeout", "payOffer")}, "visitor", status=503
    ),
    State("voucher", "/recharge/voucher"),
    State("voucher-visitor", "/recharge/voucher", who="visitor"),
    _card("card", {"number": "13900000001", "deed": "number"}, "visitor", 200),
    _card("edit", {"number": "13900000001", "deed": "edit"}, "visitor", 200),
    _card("no-number", {"number": "", "deed": "number"}, "visitor"),
    _card("short", _SENT | {"card": "1234"}),
    *(
        _card(reason.replace("_", "-"), _SENT, word="VoucherRefused", reason=reason, triesLeft=4)
        for reason in ("unknown", "used", "expired", "of_other")
    ),
    _card("locked", _SENT, status=429, word="Locked", until="2026-11-21T16:00:00+00:00"),
    _card("not-rechargeable", _SENT | {"number": "13900000009"}, word="NotRechargeable", reason="unknown"),
    State(
        "recharges",
        "/recharges",
        {
            "recharges": till.recharges(
                till.RECHARGE, till.PAID, till.CREDITED | {"automatic": True},
                till.RECHARGE | {"state": "CLOSED", "receipt": None}, till.CARD | {"state": "CREDITED"},
                till.CREDITED | {"state": "REFUNDED", "givenBack": yuan("50"), "maskedNumber": "139****0001"},
                till.CARD | {"state": "CHECKING", "amount": yuan("0")},
            )
        },
    ),
    State("recharges-empty", "/recharges", {"recharges": till.recharges()}),
    State("recharges-many", "/recharges", {"recharges": till.recharges(*[till.CREDITED] * 50)}),
    State("recharges-error", "/recharges", {"recharges": facts.refused("unexpected", "me", "recharges")}, status=503),
    State("balance", "/balance", {"balance": till.balance(*till.POTS)}),
    State("balance-empty", "/balance", {"balance": till.balance(available="0")}),
    State(
        "balance-owed",
        "/balance",
        {"balance": till.balance(till.POTS[1], account=facts.ME["account"])},
    ),
    State("balance-stale", "/balance", {"balance": Outcome(facts.stale(till.balance(*till.POTS).data))}),
    State(
        "balance-partial",
        "/balance",
        {"balance": facts.without(till.balance(*till.POTS), {"account": "account_timeout"})},
    ),
    State("balance-error", "/balance", {"balance": facts.refused("balance_timeout", "me", "balance")}, status=503),
    State(
        "balance-paid-by-family",
        "/balance",
        {"balance": facts.refused("paid_by_other", "me", "balance", payer="FAMILY")},
        status=403,
    ),
    _auto("none", till.auto()),
    _auto("active", till.auto(till.STANDING)),
    _auto("signing", till.auto(till.SIGNING), "?done=set"),
    _auto("no-page", till.auto(till.SIGNING | {"signPage": None})),
    _auto("paused", till.auto(till.BY_DAY | {"state": "PAUSED"})),
    _auto("ended", till.auto(), "?done=ended"),
    _auto("not-offered", till.auto(None, till.provider("ALIPAY", "PAGE"))),
    _auto("error", till.auto_failed("unexpected"), status=503),
    _set("check", 200),
    _set("check-day", 200, rule="DAY", day="5"),
    _set("no-rule", rule=""),
    _set("threshold", threshold=""),
    _set("day", rule="DAY", day="31"),
    _set("cap", monthly_cap="20"),
    _set("no-source", source=""),
    _set("no-consent", agreed=""),
    _set("refused", answer=known.said("setAutoRecharge", "ProviderRefused", reason="refused")),
    _set("paid-by-other", 403, answer=known.said("setAutoRecharge", "PaidByOther", payer="ORGANIZATION")),
    _transfer("", till.transfer(till.given("PENDING", "20"), till.given("DONE", "30"), till.given("REFUSED", "5"))),
    _transfer("-done", till.transfer(till.given("DONE", "30")), "?done=done"),
    _transfer("-pending", till.transfer(till.given("PENDING", "30")), "?done=pending"),
    _transfer("-none", till.transfer(available="0.50")),
    _transfer("-partial", facts.without(till.transfer(), {"transfers": "unexpected"})),
    _transfer("-error", facts.refused("balance_timeout", "me", "transferTerms"), status=503),
    _give("check", status=200, deed="check"),
    _give("amount", deed="check", amount="201"),
    *(
        _give(reason.replace("_", "-"), "TransferRefused", reason=reason)
        for reason in ("insufficient", "own_line", "not_allowed", "daily_most")
    ),
    _give("unknown", "NotRechargeable", reason="unknown"),
)  # fmt: skip
