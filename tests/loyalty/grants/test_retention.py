"""Does the next holder of a line see or get anything of what was won before?"""

import pytest

from graphql_schema.problems import NotFound
from loyalty.campaigns.retention import forget_rewards_of
from loyalty.rules.effects import Tier
from tests.loyalty.grants.fair import HOME, PACK, SPENT, TEN, Fair, make_campaign

pytestmark = pytest.mark.anyio


async def test_the_next_holder_of_a_line_sees_nothing_and_gets_nothing(fair: Fair) -> None:
    choice = make_campaign(TEN, PACK, id="choice", tiers=(Tier(10000, ("ten", "pack"), is_choice=True),))
    await fair.run(make_campaign(PACK, SPENT), choice)
    fair.operator.comes("add_pack", "lost")
    await fair.recharge("R1")
    await fair.happens("R2")
    waiting = next(grant for grant in await fair.grants() if grant.options)
    async with fair.bureau.transaction() as connection:
        await forget_rewards_of(connection, "L1", now=fair.moment)
    assert await fair.grants() == []
    with pytest.raises(NotFound):
        await fair.promotions.choose(fair.next_deed(), waiting.id, "ten", to=HOME)
    await fair.settle()
    await fair.settle(rounds=2, days=1)
    assert await fair.grants() == []
    assert {row.state for row in await fair.grant_rows()} == {"refused", "running", "taken_back"}
    assert fair.operator.packs == []  # it never heard of the one that was lost, and is not asked again
    assert len(await fair.grant_rows()) == 3  # the second recharge won nothing for whoever has the line now
