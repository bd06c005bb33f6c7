"""Is whoever sends goods to one address known as one, however they came by the goods?"""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.referral_ties import KnownTies
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from loyalty.campaigns.retention import forget_rewards_of
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
    ties = KnownTies(engine, arcade.mall.seal, secret=SECRET)
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
    async with write(engine) as connection:
        await forget_rewards_of(connection, "L2", now=fair.moment)
    assert (await ties.fetch_ties("L2")).addresses == frozenset(), "its next holder lives elsewhere"
