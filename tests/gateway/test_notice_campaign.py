"""Callbacks from everybody, at every provider's address: nothing is credited that was not paid, and nothing twice."""

from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.gateway.notice_campaign import MAY_BE_TAKEN, NoticeCampaign, find_wrong_credits
from tests.ordering.money.till import Shop

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(furnished_database_url: str) -> str:
    return furnished_database_url


async def test_a_thousand_callbacks_credit_what_was_paid_and_nothing_else(engine: AsyncEngine) -> None:
    shop = Shop(engine, waiting_most=1000)
    campaign = NoticeCampaign(shop, Random(20261122), payments=9)
    await campaign.wage(1000)
    assert campaign.tally.believed_wrongly == []
    assert find_wrong_credits(shop, campaign.paid) == {}
    assert len(campaign.paid) == 18
    balances = await shop.balances()
    assert sum(balances.values()) == 0
    assert balances["bss"] == 18 * 5000
    for name, posted in campaign.tally.posted.items():
        assert posted > 30, name
        assert (campaign.tally.taken[name] > 10) is (name in MAY_BE_TAKEN), name
