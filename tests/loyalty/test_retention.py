"""Does what is over go, in its time and not before, and does what still holds stay?"""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.personal_data import periods
from gateway.identity.personal_data.retention import FORGET_EVERY, forget_by_schedule
from loyalty.reward_tables import redemption, reward_code, reward_limit
from loyalty.rewards.codes import put_codes
from loyalty.rewards.retention import forget_deliveries
from tests.loyalty.rewards.arcade import BOOK, CUP, Arcade

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(furnished_database_url: str) -> str:
    """With every table, in place of the empty one of other tests."""
    return furnished_database_url


@pytest.fixture
async def arcade(engine: AsyncEngine) -> Arcade:
    arcade = Arcade(engine, least_age_days=0)
    await arcade.put(CUP, BOOK)
    await put_codes(arcade.mall, "books", ["CODE-1", "CODE-2"])
    await arcade.earn(1000)
    return arcade


async def test_where_goods_went_is_forgotten_ninety_days_after_they_arrived(arcade: Arcade) -> None:
    redeemed = await arcade.redeem(CUP)
    for days, known in ((89, True), (2, False)):
        arcade.advance(days=days)
        async with write(arcade.engine) as connection:
            await forget_deliveries(connection, now=arcade.now(), keep=periods.DELIVERIES)
        assert ((await arcade.see(redeemed.id)).delivery is not None) is known


async def test_redemptions_go_after_three_years_their_codes_after_them_and_codes_that_nobody_has_stay(
    arcade: Arcade,
) -> None:
    await arcade.redeem(BOOK)
    now = arcade.now() + periods.REWARDS
    assert (await forget_by_schedule(arcade.engine, now=now))["redemptions"] == 0
    done = await forget_by_schedule(arcade.engine, now=now + FORGET_EVERY)
    assert (done["redemptions"], done["reward_codes"]) == (1, 1)
    assert await arcade.rows(redemption) == []
    assert [row.given_to for row in await arcade.rows(reward_code)] == [None]


async def test_what_is_under_way_is_never_over(arcade: Arcade) -> None:
    arcade.operator.comes("give", "working")
    await arcade.redeem(CUP)
    await forget_by_schedule(arcade.engine, now=arcade.now() + 2 * periods.REWARDS)
    assert len(await arcade.rows(redemption)) == 1


async def test_counts_of_months_go_when_their_month_is_over(arcade: Arcade) -> None:
    async with write(arcade.engine) as connection:
        rows = [{"line_id": "L1", "code": "B", "month": month, "taken": 1} for month in ("2026-10", "2026-11")]
        await connection.execute(reward_limit.insert(), rows)
    await forget_by_schedule(arcade.engine, now=arcade.now() + timedelta(hours=1))
    assert [row.month for row in await arcade.rows(reward_limit)] == ["2026-11"]
