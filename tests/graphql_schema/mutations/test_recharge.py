"""Can anybody put money in, within the bounds, once, and does only operations give it back?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.graph import HallGraph
from gateway.idempotency import SqlDeeds
from graphql_schema.client import Caller, Channel, Operation, Outcome, Role, Staff
from graphql_schema.problems import Locked, NotRechargeable, Problem, ProviderRefused, TooMany, VoucherRefused
from graphql_schema.types.recharge import RechargeState
from ordering.money_tables import recharge
from tests.fakes.deal_ports import AS_OF, make_recharge
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss
from tests.graphql_schema.conftest import Ask
from tests.ordering.money.till import Shop, gather_in_turns

pytestmark = pytest.mark.anyio

START = """mutation($amount: Decimal!, $number: String, $key: String! = "k-11111111") {
  startRecharge(input: {idempotencyKey: $key, number: $number, amount: $amount, source: SANDBOX}) { __typename
    ... on RechargeStarted { recharge { id receipt state amount { amount } maskedNumber } pay { page } }
    ... on AmountRefused { least { amount } most { amount } } ... on NotRechargeable { reason }
    ... on ProviderRefused { reason } ... on TooMany { number: most } ... on BadInput { name } } }"""
REDEEM = """mutation($card: String!, $number: String) {
  redeemVoucher(input: {idempotencyKey: "k-22222222", number: $number, card: $card}) { __typename
    ... on Recharge { id state amount { amount } } ... on VoucherRefused { reason triesLeft }
    ... on Locked { until } ... on BadInput { name least most } } }"""
CANCEL = """mutation($receipt: String!) { cancelRecharge(input: {idempotencyKey: "k-33333333", receipt: $receipt}) {
  __typename ... on Recharge { id state } } }"""
REFUND = """mutation($id: ID!, $amount: Decimal!) {
  refundRecharge(input: {idempotencyKey: "k-44444444", rechargeId: $id, amount: $amount}) { __typename
    ... on RefundBegun { recharge { id state } } ... on AmountRefused { least { amount } }
    ... on NotYours { roles } ... on ProviderRefused { reason } } }"""
VISITOR = Caller(Channel.APP)
OPERATIONS = Caller(
    Channel.DESK, staff=Staff("2001", Role.OPERATIONS), assurance=2, since=datetime.now(UTC) - timedelta(minutes=1)
)


def answer(outcome: Outcome) -> Any:
    assert outcome.errors == ()
    assert outcome.data is not None
    return next(iter(outcome.data.values()))


async def test_a_visitor_puts_money_onto_any_number(ask: Ask, bss: FakeBss) -> None:
    started = answer(await ask(START, {"amount": "50", "number": NUMBER}, by=VISITOR))
    assert started["__typename"] == "RechargeStarted"
    assert started["recharge"]["amount"] == {"amount": "50.00"}
    assert started["pay"]["page"]
    assert started["recharge"]["receipt"]
    assert bss.identity.outcomes == [("startRecharge", "done", "138****8001 · 50.00 · sandbox")]


@pytest.mark.parametrize("amount", ["0", "-1", "13.333", "1000000000", "0.99", "1000.01", "NaN", "Infinity", "1E+400"])
async def test_an_amount_that_is_none_is_refused_with_its_bounds(ask: Ask, bss: FakeBss, amount: str) -> None:
    outcome = await ask(START, {"amount": amount})
    if outcome.errors:  # no number at all: the scalar says so
        assert [error.code for error in outcome.errors] == ["bad_request"]
    else:
        refused = answer(outcome)
        assert refused == {"__typename": "AmountRefused", "least": {"amount": "1.00"}, "most": {"amount": "1000.00"}}
    assert bss.money.recharges == []


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (NotRechargeable(reason="closed"), {"__typename": "NotRechargeable", "reason": "closed"}),
        (ProviderRefused(reason="unavailable"), {"__typename": "ProviderRefused", "reason": "unavailable"}),
        (TooMany(most=10), {"__typename": "TooMany", "number": 10}),
    ],
)
async def test_why_a_recharge_is_refused_is_part_of_the_answer(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch, problem: Problem, said: dict[str, Any]
) -> None:
    monkeypatch.setattr(bss.money, "start", _raising(problem))
    assert answer(await ask(START, {"amount": "50"})) == said


async def test_a_number_that_is_none_is_not_looked_up(ask: Ask, bss: FakeBss) -> None:
    assert answer(await ask(START, {"amount": "50", "number": "1" * 33})) == {
        "__typename": "BadInput",
        "name": "number",
    }
    assert bss.money.recharges == []


@pytest.mark.parametrize("typed", ["123456789012345678", "1234 5678 9012 345678"])
async def test_a_card_is_redeemed_and_stands_nowhere_in_the_trail(ask: Ask, bss: FakeBss, typed: str) -> None:
    redeemed = answer(await ask(REDEEM, {"card": typed}))
    assert (redeemed["state"], redeemed["amount"]) == ("CREDITED", {"amount": "50.00"})
    assert bss.identity.outcomes == [("redeemVoucher", "done", "-")]


@pytest.mark.parametrize(
    "card", ["", "12345678901234567", "1234567890123456789", "12345678901234567a", "１" * 18, "٣" * 18]
)
async def test_what_no_card_looks_like_is_not_asked_about(ask: Ask, bss: FakeBss, card: str) -> None:
    refused = answer(await ask(REDEEM, {"card": card}))
    assert refused == {"__typename": "BadInput", "name": "card", "least": 18, "most": 18}


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (
            VoucherRefused(reason="of_other", tries_left=3),
            {"__typename": "VoucherRefused", "reason": "of_other", "triesLeft": 3},
        ),
        (Locked(until=AS_OF), {"__typename": "Locked", "until": AS_OF.isoformat()}),
    ],
)
async def test_why_a_card_is_refused_is_part_of_the_answer(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch, problem: Problem, said: dict[str, Any]
) -> None:
    monkeypatch.setattr(bss.money, "redeem_voucher", _raising(problem))
    assert answer(await ask(REDEEM, {"card": "1" * 18})) == said


async def test_whoever_has_the_receipt_cancels(ask: Ask, bss: FakeBss) -> None:
    bss.money.recharges.append(make_recharge("R1"))
    assert answer(await ask(CANCEL, {"receipt": "receipt-R1"}, by=VISITOR))["state"] == "CLOSED"
    for place, unknown in enumerate(("", "receipt-R2", "x" * 65, "é")):
        document = CANCEL.replace("k-33333333", f"k-4444444{place}")
        assert answer(await ask(document, {"receipt": unknown}))["__typename"] == "NotFound"


async def test_operations_give_back_and_nobody_else(ask: Ask, bss: FakeBss) -> None:
    bss.money.recharges.append(make_recharge("R1", state=RechargeState.CREDITED))
    care = replace(OPERATIONS, staff=Staff("1001", Role.CARE))
    assert answer(await ask(REFUND, {"id": "R1", "amount": "50"}, by=care))["__typename"] == "NotYours"
    assert answer(await ask(REFUND, {"id": "R1", "amount": "0.001"}, by=OPERATIONS))["__typename"] == "AmountRefused"
    again = REFUND.replace("k-44444444", "k-55555555")
    begun = answer(await ask(again, {"id": "R1", "amount": "0.01"}, by=OPERATIONS))
    assert begun["recharge"] == {"id": "R1", "state": "REFUNDING"}


async def test_a_thousand_identical_requests_at_once_are_one_recharge(
    bss: FakeBss, furnished_database_url: str
) -> None:
    """Through the graph, with the deeds and recharges of the house itself."""
    from gateway.database import open_database  # noqa: PLC0415  the one test here that needs a database

    engine = open_database(furnished_database_url)
    try:
        await _check_a_thousand(bss, engine)
    finally:
        await engine.dispose()


async def _check_a_thousand(bss: FakeBss, engine: AsyncEngine) -> None:
    shop = Shop(engine)
    shop.operator.put(replace(shop.operator.lines[NUMBER], id=LINE_ID))
    ports = bss.ports()
    deeds = SqlDeeds(engine, secret=b"a secret of these tests", now=shop.now)
    ports = replace(ports, recharges=shop.recharges, identity=replace(ports.identity, deeds=deeds))
    graph, caller = HallGraph(ports, (), deadline_seconds=60, open_documents=True), Caller(Channel.APP)
    caller = replace(caller, subscriber=LINE_ID, number=NUMBER, assurance=2)

    async def ask() -> Outcome:
        return await graph.run(Operation(name="", text=START), {"amount": "50"}, caller)

    outcomes = await gather_in_turns((ask() for _ in range(1000)), at_once=1000)
    unanswered = [error.code for outcome in outcomes for error in outcome.errors]
    assert set(unanswered) <= {"internal_error"}  # a database with too much to do says so, and they come again
    outcomes = [outcome for outcome in outcomes if not outcome.errors]
    said = [answer(outcome) for outcome in outcomes + await gather_in_turns(ask() for _ in unanswered)]
    assert {each["__typename"] for each in said} <= {"RechargeStarted", "StillUnderWay"}
    shop.advance(seconds=31)  # whoever had it and broke off has it no more
    said.append(answer(await ask()))
    [started] = {each["recharge"]["id"] for each in said if each["__typename"] == "RechargeStarted"}
    assert (await shop.count(recharge), len(shop.provider.payments)) == (1, 1)
    shop.provider.pay(started)
    await shop.settle(rounds=2)
    assert shop.bss.own["A1"] == 50


def _raising(problem: Problem) -> Any:
    async def refuse(*_: Any) -> Any:
        raise problem

    return refuse
