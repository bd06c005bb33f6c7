"""Are deeds with points and rewards bounded, done once, and noted without anything private?"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_schema.client import Caller, Channel, Outcome
from graphql_schema.types.promotion import GrantState
from tests.fakes.loyalty_ports import FLASK, FRIEND, make_grant
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio
REDEEM = """mutation($code: String! = "HF10", $points: Int! = 1000, $to: DeliveryInput, $key: String! = "k-11111111") {
  redeemReward(input: {idempotencyKey: $key, code: $code, points: $points, delivery: $to}) { __typename
    ... on Redemption { id } ... on RedemptionRefused { obstacles { code } } ... on BadInput { name } } }"""
TRANSFER = """mutation($number: String! = "13800138003", $points: Int! = 10) {
  transferPoints(input: {idempotencyKey: "k-22222222", number: $number, points: $points}) { __typename
    ... on PointsTransferred { maskedNumber points } ... on BadInput { name from: least to: most }
    ... on StepUpRequired { needed freshWithinSeconds } } }"""
CHOOSE = """mutation($id: ID! = "G1", $key: String! = "flask", $to: DeliveryInput) {
  chooseGift(input: {idempotencyKey: "k-33333333", grantId: $id, rewardKey: $key, delivery: $to}) { __typename
    ... on Grant { state } ... on BadInput { name } } }"""
HOME = {"person": "王 小明", "number": "13800138001", "address": "北京市海淀区中关村大街1号"}


@pytest.fixture
def caller() -> Caller:
    """The owner of the line, who has just proved both factors."""
    return Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=3, since=datetime.now(UTC))


def answer(outcome: Outcome) -> dict[str, Any]:
    assert outcome.errors == ()
    assert outcome.data is not None
    word: dict[str, Any] = next(iter(outcome.data.values()))
    return word


async def test_points_are_spent_once_for_a_key(ask: Ask, bss: FakeBss) -> None:
    before = bss.loyalty.points.available
    first, again = answer(await ask(REDEEM)), answer(await ask(REDEEM))
    assert first == again
    assert (len(bss.loyalty.redemptions), bss.loyalty.points.available) == (1, before - 1000)
    assert answer(await ask(REDEEM, {"code": "AX", "points": 100}))["__typename"] == "KeyReused"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"points": 999}, {"__typename": "RedemptionRefused", "obstacles": [{"code": "ITEM_CHANGED"}]}),
        ({"points": -1}, {"__typename": "BadInput", "name": "points"}),
        ({"points": 10_000_001}, {"__typename": "BadInput", "name": "points"}),
        ({"code": " "}, {"__typename": "NotFound"}),
        ({"code": "a\0b"}, {"__typename": "NotFound"}),
        ({"code": "x" * 33}, {"__typename": "NotFound"}),
    ],
)
async def test_what_is_no_item_or_not_its_price_spends_nothing(
    ask: Ask, bss: FakeBss, given: dict[str, Any], said: dict[str, Any]
) -> None:
    before = bss.loyalty.points.available
    assert answer(await ask(REDEEM, given)) == said
    assert bss.loyalty.points.available == before


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"person": " "}, "delivery.person"),
        ({"person": "x" * 41}, "delivery.person"),
        ({"number": "1"}, "delivery.number"),
        ({"address": "here"}, "delivery.address"),
        ({"address": "北京市\0海淀区"}, "delivery.address"),
    ],
)
async def test_a_delivery_that_nobody_could_make_is_refused_by_its_field(
    ask: Ask, bss: FakeBss, wrong: dict[str, str], name: str
) -> None:
    given = {"code": "BWB", "points": 3000, "to": HOME | wrong}
    assert answer(await ask(REDEEM, given)) == {"__typename": "BadInput", "name": name}
    assert bss.loyalty.redemptions == []


async def test_nothing_of_an_address_or_a_whole_number_is_noted(ask: Ask, bss: FakeBss) -> None:
    bss.loyalty.points = replace(bss.loyalty.points, available=10_000)
    answer(await ask(REDEEM, {"code": "BWB", "points": 3000, "to": HOME}))
    answer(await ask(TRANSFER))
    assert [note for *_, note in bss.identity.outcomes] == ["BWB · 3000", "138****8003 · 10"]


async def test_points_go_to_another_line_with_its_number_masked(ask: Ask) -> None:
    given = answer(await ask(TRANSFER))
    assert given == {"__typename": "PointsTransferred", "maskedNumber": "138****8003", "points": 10}
    assert FRIEND not in str(given)


@pytest.mark.parametrize("points", [0, -1, 10_000_001])
async def test_an_impossible_number_of_points_is_not_given(ask: Ask, bss: FakeBss, points: int) -> None:
    before = bss.loyalty.points.available
    refused = answer(await ask(TRANSFER, {"points": points}))
    assert refused == {"__typename": "BadInput", "name": "points", "from": 1, "to": 10_000_000}
    assert bss.loyalty.points.available == before


async def test_points_are_given_away_only_with_both_factors_fresh(ask: Ask, bss: FakeBss, caller: Caller) -> None:
    before = bss.loyalty.points.available
    refused = answer(await ask(TRANSFER, by=replace(caller, assurance=2)))
    assert refused == {"__typename": "StepUpRequired", "needed": 3, "freshWithinSeconds": 600}
    assert bss.loyalty.points.available == before


@pytest.mark.parametrize("grant_id", ["", "a\0b", "x" * 129])
async def test_what_can_be_no_id_is_looked_for_nowhere(ask: Ask, bss: FakeBss, grant_id: str) -> None:
    bss.loyalty.grants = [make_grant(id=grant_id, state=GrantState.CHOOSING, reward=None, options=[FLASK])]
    assert answer(await ask(CHOOSE, {"id": grant_id, "to": HOME})) == {"__typename": "NotFound"}
    assert bss.loyalty.grants[0].state is GrantState.CHOOSING


async def test_the_first_choice_counts_for_its_key(ask: Ask, bss: FakeBss) -> None:
    bss.loyalty.grants = [make_grant(state=GrantState.CHOOSING, reward=None, options=[FLASK])]
    for _ in range(2):
        assert answer(await ask(CHOOSE, {"to": HOME})) == {"__typename": "Grant", "state": "GRANTING"}
