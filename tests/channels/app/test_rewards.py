"""Are an app's documents about points answered by the graph whole, and its deeds done or refused in words?"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel, Outcome
from graphql_schema.problems import InvitationRefused, RedemptionRefused
from graphql_schema.types.reward import RedemptionObstacle, RedemptionObstacleCode
from tests.channels.app.test_operations import OPERATIONS, coordinates, parsed, subscriber_fields
from tests.fakes.loyalty_ports import BONUS, FLASK, FRIEND, ITEMS, make_grant, make_redemption
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss

pytestmark = pytest.mark.anyio

OWNER = Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=3)
DELIVERY = {"person": "王小明", "number": NUMBER, "address": "北京市朝阳区某路1号"}
QUESTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "points": ({}, "points"),
    "points_month": ({"month": "2026-11"}, "pointsMonth"),
    "reward_items": ({}, "rewardItems"),
    "redemption_preview": ({"code": "KF"}, "redemptionPreview"),
    "redemptions": ({}, "redemptions"),
    "redemption": ({"id": "D1"}, "redemption"),
    "promotions": ({}, "promotions"),
    "reward_forecast": ({"amount": "200.00"}, "rewardForecast"),
    "grants": ({"first": 5}, "grants"),
    "grant": ({"id": "G1"}, "grant"),
    "invitation_rewards": ({}, "invitationRewards"),
    "referral": ({}, "referral"),
}
DEEDS: dict[str, tuple[dict[str, Any], str]] = {
    "redeem_reward": ({"code": "BWB", "points": 3000, "delivery": DELIVERY}, "Redemption"),
    "transfer_points": ({"number": FRIEND, "points": 500}, "PointsTransferred"),
    "choose_gift": ({"grantId": "G2", "rewardKey": "flask", "delivery": DELIVERY}, "Grant"),
    "accept_invitation": ({"code": "H7K4M9QX"}, "Invitation"),
}


@pytest.fixture
def bss() -> FakeBss:
    made = FakeBss()
    made.loyalty.redemptions = [make_redemption(ITEMS[2])]
    made.loyalty.grants = [make_grant(), make_grant(id="G2", reward=None, options=[BONUS, FLASK], parts=[])]
    return made


async def run(bss: FakeBss, stem: str, **variables: Any) -> Outcome:
    graph = HallGraph(bss.ports(), OPERATIONS.values(), deadline_seconds=10, open_documents=False)
    return await graph.run(OPERATIONS[stem], variables, replace(OWNER, since=datetime.now(UTC)))


@pytest.mark.parametrize("stem", QUESTIONS)
async def test_a_question_about_points_is_answered_whole(bss: FakeBss, stem: str) -> None:
    variables, field = QUESTIONS[stem]
    outcome = await run(bss, stem, **variables)
    assert outcome.errors == ()
    assert outcome.data
    assert outcome.data.get("me", outcome.data)[field]


@pytest.mark.parametrize("stem", QUESTIONS)
def test_a_question_about_points_leaves_nothing_out(stem: str) -> None:
    asked = set(coordinates(parsed(stem)))
    kinds = {each.partition(".")[0] for each in asked} - {"Me", "Query"}
    assert {f"{kind}.{name}" for kind in kinds for name in subscriber_fields(kind)} == {
        each for each in asked if each.partition(".")[0] in kinds
    }


@pytest.mark.parametrize("stem", DEEDS)
async def test_a_deed_with_points_is_done_once_for_a_key(bss: FakeBss, stem: str) -> None:
    wanted, done = DEEDS[stem]
    if stem == "redeem_reward":
        bss.loyalty.points = replace(bss.loyalty.points, available=5000)
    before = len(bss.loyalty.redemptions)
    answers = [await run(bss, stem, input={"idempotencyKey": f"{stem}-of-the-test", **wanted}) for _ in range(2)]
    first, again = ((outcome.data or {}).popitem()[1] for outcome in answers)
    assert first == again
    assert first["__typename"] == done
    assert len(bss.loyalty.redemptions) - before == (stem == "redeem_reward")


async def test_what_is_sent_needs_an_address_and_says_so(bss: FakeBss) -> None:
    bss.loyalty.points = replace(bss.loyalty.points, available=5000)
    outcome = await run(bss, "redeem_reward", input={"idempotencyKey": "no-address", "code": "BWB", "points": 3000})
    answer = (outcome.data or {})["redeemReward"]
    assert (answer["__typename"], answer["inputName"]) == ("BadInput", "delivery")


@pytest.mark.parametrize(
    ("stem", "refusal", "told"),
    [
        (
            "redeem_reward",
            RedemptionRefused(obstacles=[RedemptionObstacle(code=RedemptionObstacleCode.OUT_OF_STOCK)]),
            {"obstacles": [{"code": "OUT_OF_STOCK", "missing": None, "most": None, "until": None}]},
        ),
        ("accept_invitation", InvitationRefused(reason="own"), {"reason": "own"}),
    ],
)
async def test_a_refusal_names_its_reason(bss: FakeBss, stem: str, refusal: Any, told: dict[str, Any]) -> None:
    bss.loyalty.refusal = refusal
    outcome = await run(bss, stem, input={"idempotencyKey": "refused-it-is", **DEEDS[stem][0]})
    answer = (outcome.data or {}).popitem()[1]
    assert answer.items() >= ({"code": refusal.code} | told).items()
