"""Is whoever sends goods to one address known as one, however they came by the goods?"""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.referral_ties import KnownTies
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from loyalty.campaign_tables import reward_grant
from loyalty.campaigns.retention import forget_rewards_of
from loyalty.reward_tables import redemption
from loyalty.rewards.retention import forget_deliveries, forget_redemptions_of
from loyalty.rules.effects import Tier
from tests.loyalty.grants.fair import CUP as CUP_WON
from tests.loyalty.grants.fair import HOME, SECRET, TEN, Fair, make_campaign
from tests.loyalty.rewards.arcade import CUP, Arcade

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(furnished_database_url: str) -> str:
    """With every table, in place of the empty one of other tests."""
    return furnished_database_url


async def test_goods_that_were_won_and_goods_that_were_redeemed_tie_two_lines(engine: AsyncEngine) -> None:
    """A new line can win goods long before it is old enough to redeem any."""
    arcade, fair = Arcade(engine), Fair(engine)
    ties = KnownTies(engine, secret=SECRET)
    await arcade.put(CUP)
    await arcade.earn(300)
    await arcade.redeem(CUP, to=HOME)
    keys = (CUP_WON.key, TEN.key)
    await fair.run(make_campaign(CUP_WON, TEN, tiers=(Tier(10000, keys, is_choice=True),)))
    await fair.recharge("R1", line_id="L2")
    assert (await ties.fetch_ties("L2")).addresses == frozenset()
    deed = Deed("CHOICE", Caller(Channel.WEB, subscriber="L2", assurance=2))
    await fair.promotions.choose(deed, (await fair.grant("L2")).id, CUP_WON.key, to=HOME)
    won, redeemed = await ties.fetch_ties("L2"), await ties.fetch_ties("L1")
    assert len(won.addresses) == 1
    assert won.addresses == redeemed.addresses
    assert HOME.address not in repr(won)
    await fair.work.work()
    async with write(engine) as connection:
        forgotten = await forget_deliveries(connection, now=arcade.moment + timedelta(days=99), keep=timedelta(days=90))
        kept = [row.delivery for row in (await connection.execute(select(reward_grant))).all() if row.line_id == "L2"]
    assert (forgotten, kept) == (1, [""]), "nobody knows where it went any more"
    assert (await ties.fetch_ties("L1")).addresses == (await ties.fetch_ties("L2")).addresses == redeemed.addresses
    async with write(engine) as connection:
        await forget_rewards_of(connection, "L2", now=fair.moment)
    assert (await ties.fetch_ties("L2")).addresses == frozenset(), "its next holder lives elsewhere"
    async with write(engine) as connection:
        await forget_redemptions_of(connection, "L1")
        left = [*(await connection.execute(select(redemption.c.address_digest))).scalars()]
        left += (await connection.execute(select(reward_grant.c.address_digest))).scalars()
    assert set(left) == {None}
