"""Is own money given, and a standing order set up, only within the bounds and by whoever proved enough?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, Outcome
from graphql_schema.problems import NotRechargeable, PaidByOther, Problem, ProviderRefused, TransferRefused
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio
GIVE = """mutation($amount: Decimal!, $number: String! = "13800138002", $key: String! = "k-11111111") {
  transferBalance(input: {idempotencyKey: $key, number: $number, amount: $amount}) { __typename
    ... on BalanceTransfer { maskedNumber amount { amount } state }
    ... on AmountRefused { least { amount } most { amount } } ... on NotRechargeable { reason }
    ... on TransferRefused { reason } ... on PaidByOther { payer } ... on BadInput { name from: least to: most }
    ... on StepUpRequired { needed have freshWithinSeconds } ... on NotYours { field } } }"""
AGREE = """mutation($input: SetAutoRechargeInput!) { setAutoRecharge(input: $input) { __typename
    ... on AutoRecharge { rule threshold { amount } day amount { amount } monthlyCap { amount } state signPage }
    ... on AmountRefused { least { amount } most { amount } } ... on ProviderRefused { reason }
    ... on PaidByOther { payer } ... on BadInput { name from: least to: most }
    ... on StepUpRequired { needed have freshWithinSeconds } ... on NotYours { field } } }"""
END = """mutation { endAutoRecharge(input: {idempotencyKey: "k-33333333"}) { __typename } }"""
WHEN_LOW = {
    "idempotencyKey": "k-22222222",
    "rule": "THRESHOLD",
    "threshold": "20",
    "amount": "50",
    "monthlyCap": "100",
    "source": "SANDBOX",
}
EACH_FIFTH = {**WHEN_LOW, "rule": "DAY", "threshold": None, "day": 5}
NO_AMOUNTS = ["0", "-1", "13.333", "1000000000", "1000.01", "NaN", "-Infinity", "1E+400", "1E-400"]
OUT_OF_BOUNDS = {"__typename": "AmountRefused", "least": {"amount": "1.00"}, "most": {"amount": "1000.00"}}
A_FEN_AT_LEAST = {**OUT_OF_BOUNDS, "least": {"amount": "0.01"}}


@pytest.fixture
def caller() -> Caller:
    """The owner of the line, who has just proved both factors."""
    return Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=3, since=datetime.now(UTC))


def answer(outcome: Outcome) -> Any:
    assert outcome.errors == ()
    assert outcome.data is not None
    return next(iter(outcome.data.values()))


def check_no_amount(outcome: Outcome, refusal: dict[str, Any]) -> None:
    """Refused with the bounds; what is no number at all, the scalar refuses."""
    if outcome.errors:
        assert [error.code for error in outcome.errors] == ["bad_request"]
    else:
        assert answer(outcome) == refusal


async def test_own_money_is_given_and_the_trail_has_it_masked(ask: Ask, bss: FakeBss) -> None:
    given = answer(await ask(GIVE, {"amount": "50"}))
    assert given == {
        "__typename": "BalanceTransfer",
        "maskedNumber": "138****8002",
        "amount": {"amount": "50.00"},
        "state": "DONE",
    }
    assert bss.identity.outcomes == [("transferBalance", "done", "138****8002 · 50.00")]
    assert answer(await ask(GIVE, {"amount": "50"})) == given
    assert len(bss.money.given) == 1


@pytest.mark.parametrize("amount", NO_AMOUNTS)
async def test_an_amount_that_is_none_gives_nothing(ask: Ask, bss: FakeBss, amount: str) -> None:
    check_no_amount(await ask(GIVE, {"amount": amount}), A_FEN_AT_LEAST)
    assert bss.money.given == []


@pytest.mark.parametrize("number", ["", "1" * 33])
async def test_a_number_that_is_none_gives_nothing(ask: Ask, bss: FakeBss, number: str) -> None:
    refused = answer(await ask(GIVE, {"amount": "50", "number": number}))
    assert refused == {"__typename": "BadInput", "name": "number", "from": 1, "to": 32}
    assert bss.money.given == []


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (TransferRefused(reason="insufficient"), {"__typename": "TransferRefused", "reason": "insufficient"}),
        (NotRechargeable(reason="closed"), {"__typename": "NotRechargeable", "reason": "closed"}),
        (PaidByOther(payer="FAMILY"), {"__typename": "PaidByOther", "payer": "FAMILY"}),
    ],
)
async def test_why_nothing_is_given_is_part_of_the_answer(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch, problem: Problem, said: dict[str, Any]
) -> None:
    monkeypatch.setattr(bss.money, "transfer", _raising(problem))
    assert answer(await ask(GIVE, {"amount": "50"})) == said


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [(WHEN_LOW, ({"amount": "20.00"}, None)), (EACH_FIFTH, (None, 5)), ({**EACH_FIFTH, "day": 28}, (None, 28))],
)
async def test_a_standing_order_is_kept_as_it_was_agreed_to(
    ask: Ask, bss: FakeBss, wanted: dict[str, Any], kept: tuple[Any, Any]
) -> None:
    agreed = answer(await ask(AGREE, {"input": wanted}))
    assert (agreed["threshold"], agreed["day"]) == kept
    assert (agreed["amount"], agreed["monthlyCap"]) == ({"amount": "50.00"}, {"amount": "100.00"})
    assert agreed["signPage"], "nothing is charged before the payer signed there"
    rule = wanted["rule"].lower()
    assert bss.identity.outcomes == [("setAutoRecharge", "done", f"{rule} · 50.00 · sandbox")]


@pytest.mark.parametrize("amount", NO_AMOUNTS)
async def test_no_amount_of_a_standing_order_may_be_none(ask: Ask, bss: FakeBss, amount: str) -> None:
    for place, (name, refusal) in enumerate(
        [
            ("amount", OUT_OF_BOUNDS),
            ("threshold", A_FEN_AT_LEAST),
            ("monthlyCap", {**OUT_OF_BOUNDS, "least": {"amount": "50.00"}}),
        ]
    ):
        wanted = {**WHEN_LOW, "idempotencyKey": f"k-3333333{place}", name: amount}
        check_no_amount(await ask(AGREE, {"input": wanted}), refusal)
    assert bss.money.standing_order is None


async def test_a_month_s_most_has_room_for_one_charge(ask: Ask, bss: FakeBss) -> None:
    refused = answer(await ask(AGREE, {"input": {**WHEN_LOW, "monthlyCap": "49.99"}}))
    assert refused == {**OUT_OF_BOUNDS, "least": {"amount": "50.00"}}
    assert bss.money.standing_order is None
    just = {**WHEN_LOW, "idempotencyKey": "k-44444444", "monthlyCap": "50"}
    assert answer(await ask(AGREE, {"input": just}))["__typename"] == "AutoRecharge"


@pytest.mark.parametrize("day", [0, 29, 31, -1, 2**31 - 1])
async def test_a_day_that_some_month_has_not_is_none(ask: Ask, bss: FakeBss, day: int) -> None:
    refused = answer(await ask(AGREE, {"input": {**EACH_FIFTH, "day": day}}))
    assert refused == {"__typename": "BadInput", "name": "day", "from": 1, "to": 28}
    assert bss.money.standing_order is None


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({**WHEN_LOW, "threshold": None}, "threshold"),
        ({**WHEN_LOW, "day": 5}, "day"),
        ({**EACH_FIFTH, "threshold": "20"}, "threshold"),
        ({**EACH_FIFTH, "day": None}, "day"),
        ({**WHEN_LOW, "threshold": None, "day": 5}, "threshold"),
        ({**EACH_FIFTH, "threshold": "20", "day": None}, "threshold"),
    ],
    ids=["no threshold", "a day too", "a threshold too", "no day", "a day for a threshold", "a threshold for a day"],
)
async def test_a_rule_has_its_own_fact_and_no_other(ask: Ask, bss: FakeBss, wanted: dict[str, Any], name: str) -> None:
    refused = answer(await ask(AGREE, {"input": wanted}))
    assert (refused["__typename"], refused["name"]) == ("BadInput", name)
    assert bss.money.standing_order is None


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (ProviderRefused(reason="not_offered"), {"__typename": "ProviderRefused", "reason": "not_offered"}),
        (PaidByOther(payer="ORGANIZATION"), {"__typename": "PaidByOther", "payer": "ORGANIZATION"}),
    ],
)
async def test_why_no_standing_order_is_kept_is_part_of_the_answer(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch, problem: Problem, said: dict[str, Any]
) -> None:
    monkeypatch.setattr(bss.money, "set_up", _raising(problem))
    assert answer(await ask(AGREE, {"input": WHEN_LOW})) == said


async def test_it_is_ended_once_and_then_there_is_none(ask: Ask, bss: FakeBss) -> None:
    answer(await ask(AGREE, {"input": WHEN_LOW}))
    assert answer(await ask(END)) == answer(await ask(END)) == {"__typename": "AutoRechargeEnded"}
    assert answer(await ask(END.replace("k-33333333", "k-44444444")))["__typename"] == "NotFound"
    assert bss.money.standing_order is None


async def test_less_proof_than_both_factors_of_just_now_gives_nothing(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    then = datetime.now(UTC) - timedelta(minutes=11)
    for weaker in (replace(caller, assurance=2), replace(caller, assurance=1), replace(caller, since=then)):
        refused = answer(await ask(GIVE, {"amount": "50"}, by=weaker))
        assert (refused["__typename"], refused["needed"]) == ("StepUpRequired", 3)
    assert bss.money.given == []
    assert answer(await ask(GIVE, {"amount": "50"}))["state"] == "DONE", "whoever proves more gives by the same key"


async def test_less_proof_than_one_factor_of_just_now_sets_nothing_up(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    then = datetime.now(UTC) - timedelta(minutes=11)
    stale = replace(caller, assurance=2, since=then, proofs={Factor.PASSWORD: then})
    for weaker in (replace(caller, assurance=1), stale):
        refused = answer(await ask(AGREE, {"input": WHEN_LOW}, by=weaker))
        assert (refused["__typename"], refused["needed"]) == ("StepUpRequired", 2)
    assert bss.money.standing_order is None
    assert answer(await ask(AGREE, {"input": WHEN_LOW}, by=replace(caller, assurance=2)))["state"] == "SIGNING"


async def test_nobody_else_s_money_is_given_or_promised(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    helper = replace(caller, helper="L9", fields=frozenset({"Me.line"}))
    for other, said in ((Caller(Channel.WEB), "SignInRequired"), (helper, "NotYours")):
        assert answer(await ask(GIVE, {"amount": "50"}, by=other))["__typename"] == said
        assert answer(await ask(AGREE, {"input": WHEN_LOW}, by=other))["__typename"] == said
    assert (bss.money.given, bss.money.standing_order) == ([], None)
    assert bss.identity.kept == {}


def _raising(problem: Problem) -> Any:
    async def refuse(*_: Any) -> Any:
        raise problem

    return refuse
