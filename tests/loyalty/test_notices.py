"""Is the owner of a line told once of what was won or redeemed, and its next holder of nothing?"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from graphql_schema.types.line import LineState
from graphql_schema.types.localized_text import LocalizedText
from loyalty.campaigns.retention import forget_rewards_of
from loyalty.notice_tables import loyalty_notice
from loyalty.notices import LineNotice, LineNotices, forget_notices_of
from loyalty.rules.effects import Tier
from tests.fakes.operator import FakeNotices, FakeOperator, line_of
from tests.loyalty.grants.fair import CODE, CUP, FROZEN, HOME, NOW, PACK, POINTS, TEN, Fair, make_campaign
from tests.loyalty.rewards import arcade as mall
from tests.loyalty.rewards.arcade import Arcade

pytestmark = pytest.mark.anyio
NUMBER = "13800138001"


class Post:
    """Notices over a database, a line L1, and what its owner was told."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.operator, self.sent = engine, FakeOperator(), FakeNotices()
        self.operator.put(line_of(NUMBER, "L1"))
        self.clock: Callable[[], datetime] = lambda: NOW
        self.notices = LineNotices(
            partial(write, engine), partial(read, engine), self.operator, self.sent, now=self.now
        )

    def now(self) -> datetime:
        return self.clock()

    async def told(self) -> dict[str, dict[str, object]]:
        """The facts by notice; everything that is due is told before."""
        await self.notices.work()
        assert {number for number, _, _ in self.sent.told.values()} <= {NUMBER}
        return {notice: facts for _, notice, facts in self.sent.told.values()}

    async def note(self, key: str = "G1") -> None:
        async with write(self.engine) as connection:
            await self.notices.tell(connection, LineNotice("reward_sent", key, "L1", ("杯", "Cup"), {"tracking": None}))


@pytest.fixture
def database_url(furnished_database_url: str) -> str:
    """With every table, in place of the empty one of other tests."""
    return furnished_database_url


@pytest.fixture
def post(engine: AsyncEngine) -> Post:
    return Post(engine)


@pytest.fixture
def fair(engine: AsyncEngine, post: Post) -> Fair:
    fair = Fair(engine, teller=post.notices)
    post.clock = fair.now
    return fair


@pytest.fixture
async def arcade(engine: AsyncEngine, post: Post) -> Arcade:
    arcade = Arcade(engine, least_age_days=0)
    post.clock = arcade.now
    arcade.work = mall.RedemptionWork(arcade.make_mall(rules=arcade.mall.rules, teller=post.notices), arcade.points)
    await arcade.put(mall.PACK, mall.CUP)
    await arcade.earn(1000)
    return arcade


async def test_whatever_was_won_is_told_once_with_what_it_is(fair: Fair, post: Post) -> None:
    await fair.put_codes("books", "SECRET-CODE-1")
    await fair.run(make_campaign(TEN, POINTS), make_campaign(PACK, id="two"), make_campaign(CODE, id="three"))
    await fair.recharge("r1")
    await fair.settle()
    await post.told()
    kinds = sorted(str(facts["kind"]) for _, notice, facts in post.sent.told.values() if notice == "reward_granted")
    assert kinds == ["code", "money", "pack", "points"]
    (money,) = (facts for _, _, facts in post.sent.told.values() if facts["kind"] == "money")
    assert (money["amount"], money["begins"], money["name"]) == (
        Decimal(10),
        None,
        LocalizedText(zh="ten礼", en="Gift ten"),
    )
    assert "SECRET" not in repr(post.sent.told)
    assert {row.state for row in await fair.rows(loyalty_notice)} == {"told"}


async def test_frozen_money_is_told_as_one_with_its_first_day_and_parts(fair: Fair, post: Post) -> None:
    await fair.run(make_campaign(FROZEN))
    await fair.recharge("r1")
    told = (await post.told())["reward_granted"]
    assert (told["amount"], told["begins"], told["parts"]) == (Decimal(120), date(2026, 12, 1), 12)
    fair.comes(date(2027, 2, 2))
    await fair.work.work()
    await post.told()
    assert len(post.sent.told) == 1


async def test_a_choice_is_told_and_then_what_was_chosen(fair: Fair, post: Post) -> None:
    await fair.run(make_campaign(POINTS, CUP, tiers=(Tier(10000, ("points", "cup"), is_choice=True),)))
    await fair.recharge("r1")
    assert (await post.told())["reward_choice"] == {
        "name": LocalizedText(zh="", en=""),
        "until": date(2026, 12, 22),
        "address": False,
    }
    await fair.promotions.choose(fair.next_deed(), (await fair.grant()).id, "points", to=None)
    assert set(await post.told()) == {"reward_choice", "reward_granted"}


async def test_goods_need_an_address_and_are_told_of_once_when_they_are_sent(fair: Fair, post: Post) -> None:
    await fair.run(make_campaign(CUP))
    await fair.recharge("r1")
    assert (await post.told())["reward_choice"]["address"] is True
    await fair.promotions.choose(fair.next_deed(), (await fair.grant()).id, "cup", to=HOME)
    await fair.settle(hours=2)
    assert list(await post.told()) == ["reward_choice", "reward_sent"]


async def test_a_reward_that_was_not_given_is_not_told(fair: Fair, post: Post) -> None:
    fair.bureau = fair.make_bureau(teller=post.notices, policies=None)
    fair.work = fair.open_work()
    await fair.run(make_campaign(POINTS))
    await fair.recharge("r1")
    assert [row.state for row in await fair.grant_rows()] == ["refused"]
    assert await post.told() == {}


async def test_the_next_holder_is_told_nothing_of_before(fair: Fair, post: Post) -> None:
    await fair.run(make_campaign(TEN, POINTS))
    await fair.happens("r1")
    await fair.work.work()
    async with write(fair.engine) as connection:
        await forget_rewards_of(connection, "L1", now=fair.now())
        await forget_notices_of(connection, "L1")
    await fair.settle()
    assert await post.told() == {}


async def test_a_grant_that_goes_on_after_its_line_changed_hands_tells_nobody(fair: Fair, post: Post) -> None:
    await fair.run(make_campaign(TEN))
    fair.operator.comes("grant_money", "lost")
    await fair.recharge("r1")
    async with write(fair.engine) as connection:
        await forget_rewards_of(connection, "L1", now=fair.now())
    await fair.settle()
    assert fair.operator.count_given_fen() == 1000
    assert await post.told() == {}


async def test_a_redemption_that_was_answered_at_once_needs_no_text(arcade: Arcade, post: Post) -> None:
    await arcade.redeem()
    await arcade.work.work()
    assert await post.told() == {}


async def test_one_that_was_done_after_its_answer_is_told_once(arcade: Arcade, post: Post) -> None:
    arcade.operator.comes("give", "dropped")
    await arcade.redeem()
    arcade.advance(minutes=1)
    await arcade.work.work()
    told = await post.told()
    assert told == {
        "redemption_done": {"points": 100, "tracking": None, "name": LocalizedText(zh="1GB流量", en="1 GB of data")}
    }


async def test_whoever_can_t_be_looked_up_is_told_later_and_after_a_day_not_at_all(post: Post) -> None:
    await post.note()
    post.operator.down = True
    assert await post.told() == {}
    post.operator.down = False
    post.clock = lambda: NOW.replace(hour=5)
    assert set(await post.told()) == {"reward_sent"}
    await post.note("G2")
    post.clock = lambda: NOW.replace(day=24)
    await post.told()
    assert len(post.sent.told) == 1


async def test_told_twice_is_one_text_and_a_closed_line_hears_nothing(post: Post) -> None:
    await post.note()
    await post.told()
    await post.note()
    await post.told()
    assert len(post.sent.told) == 1
    post.operator.put(line_of(NUMBER, "L1", state=LineState.CLOSED))
    await post.note("G2")
    await post.told()
    assert len(post.sent.told) == 1
