"""Are questions about points and rewards bounded, named in people's words, and noted where a colleague asks?"""

from dataclasses import replace
from typing import Any

import pytest

from gateway.database import DatabaseFault
from graphql_schema.client import Caller, Channel
from graphql_schema.order_ports import CatalogueReading
from graphql_schema.ports import BssFault
from graphql_schema.types.promotion import RuleParameter, RuleSentence
from tests.fakes.loyalty_ports import BONUS, ITEMS, PROMOTION, make_grant, make_redemption
from tests.fakes.ports import FakeBss
from tests.graphql_schema.conftest import Ask
from tests.graphql_schema.mutations.test_loyalty_desk import colleague

pytestmark = pytest.mark.anyio
VISITOR = Caller(Channel.WEB, source="192.0.2.1")
CONDITIONS = "{ me { promotions { conditions { names { zh en } } } } }"
LOOK = '{ staff { servedRedemption(id: "D1") { id } } }'


def say(key: str, values: str) -> RuleSentence:
    return RuleSentence(key=key, parameters=[RuleParameter(name="values", value=values)])


async def names_of(ask: Ask, bss: FakeBss, sentence: RuleSentence) -> list[str]:
    bss.loyalty.promotions = [replace(PROMOTION, conditions=[sentence])]
    outcome = await ask(CONDITIONS)
    assert outcome.errors == ()
    assert outcome.data is not None
    return [each["en"] for each in outcome.data["me"]["promotions"][0]["conditions"][0]["names"]]


@pytest.mark.parametrize("what", ["package", "offering"])
@pytest.mark.parametrize("how", ["one", "none"])
async def test_a_rule_names_its_offerings_as_the_catalogue_does(ask: Ask, bss: FakeBss, what: str, how: str) -> None:
    plan, pack = bss.deals.offerings
    assert await names_of(ask, bss, say(f"{what}_is_{how}_of", f"{pack.id},{plan.id}")) == [pack.name.en, plan.name.en]


async def test_a_rule_of_regions_names_them_as_the_operator_does(ask: Ask, bss: FakeBss) -> None:
    assert await names_of(ask, bss, say("region_is_one_of", "北京,天津")) == ["北京", "天津"]


@pytest.mark.parametrize(
    "sentence",
    [
        say("package_is_one_of", "pack-data-5,plan-of-yesterday"),
        say("channel_is_one_of", "web,app"),
        RuleSentence(key="first_time", parameters=[]),
    ],
)
async def test_a_rule_that_is_about_no_name_or_one_that_nobody_knows_names_none(
    ask: Ask, bss: FakeBss, sentence: RuleSentence
) -> None:
    assert await names_of(ask, bss, sentence) == []


async def test_rules_are_told_without_names_while_the_catalogue_is_away(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch_catalogue() -> CatalogueReading:
        raise BssFault("catalogue_unavailable", retryable=True)

    monkeypatch.setattr(bss.deals, "fetch_catalogue", fetch_catalogue)
    assert await names_of(ask, bss, say("package_is_one_of", "pack-data-5")) == []


async def test_whoever_opens_an_invitation_is_told_what_it_gives_before_signing_in(ask: Ask) -> None:
    outcome = await ask("{ invitationRewards { key points } }", by=VISITOR)
    assert (outcome.errors, outcome.data) == ((), {"invitationRewards": [{"key": BONUS.key, "points": BONUS.points}]})


async def test_a_reward_is_found_by_its_id_however_many_came_since(ask: Ask, bss: FakeBss) -> None:
    bss.loyalty.grants = [make_grant(id=f"G{number}") for number in range(150)]
    outcome = await ask('{ me { grant(id: "G149") { id } } }')
    assert outcome.data == {"me": {"grant": {"id": "G149"}}}


@pytest.mark.parametrize("field", ["grant", "redemption"])
@pytest.mark.parametrize("given", ["", "a\0b", "x" * 129])
async def test_what_can_be_no_id_is_looked_for_nowhere(ask: Ask, bss: FakeBss, field: str, given: str) -> None:
    bss.loyalty.grants, bss.loyalty.redemptions = [make_grant(id=given)], [make_redemption(ITEMS[0], id=given)]
    outcome = await ask(f"query($id: ID!) {{ me {{ {field}(id: $id) {{ id }} }} }}", {"id": given})
    assert (outcome.data, [each.code for each in outcome.errors]) == ({"me": {field: None}}, ["not_found"])


@pytest.mark.parametrize(
    ("asked", "name"),
    [('pointsMonth(month: "last") { closing }', "month"), ("grants(first: 101) { id }", "first")],
)
async def test_nonsense_is_refused_by_name(ask: Ask, asked: str, name: str) -> None:
    (error,) = (await ask(f"{{ me {{ {asked} }} }}")).errors
    assert (error.code, error.parameters["name"]) == ("bad_argument", name)


@pytest.mark.parametrize("amount", ["0", "-1", "13.333", "1000000000"])
async def test_no_forecast_is_made_of_what_can_not_be_put_in(ask: Ask, amount: str) -> None:
    (error,) = (await ask(f'{{ me {{ rewardForecast(amount: "{amount}") {{ moreFrom {{ amount }} }} }} }}')).errors
    assert error.code == "amount_refused"


async def test_that_a_colleague_looked_at_a_redemption_stands_in_the_trail(ask: Ask, bss: FakeBss) -> None:
    outcome: Any = await ask(LOOK, by=colleague())
    assert outcome.data == {"staff": {"servedRedemption": {"id": "D1"}}}
    assert bss.identity.queries == [("find_redemption", "D1")]


async def test_a_redemption_is_not_shown_where_the_look_can_not_be_noted(ask: Ask, bss: FakeBss) -> None:
    bss.identity.refusing["note_query"] = DatabaseFault("the trail can't be written")
    outcome = await ask(LOOK, by=colleague())
    assert outcome.data == {"staff": {"servedRedemption": None}}
