"""What does a failing catalogue cost?"""

import time

import pytest

from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.line import TmfLines
from tests.bss_adapters.wire_bodies import OFFERINGS, PLAN
from tests.faults.fault_server import FaultServer

pytestmark = pytest.mark.anyio


@pytest.fixture
def lines(server: FaultServer, client: TmfClient) -> TmfLines:
    server.bodies |= {"product": [PLAN], "productOffering": OFFERINGS}
    return TmfLines(client, TmfCatalogue(client))


@pytest.mark.parametrize("way", ["silent", "dripping", "500", "HTML", "truncated"])
async def test_its_failure_costs_the_english_names_and_no_more_time_than_there_is(
    server: FaultServer, client: TmfClient, lines: TmfLines, way: str
) -> None:
    server.way_of = {"productOffering": way}
    began = time.monotonic()
    (plan,) = await lines.fetch_packages("L1")
    assert time.monotonic() - began < client.limits.budget_seconds
    assert (plan.stale, plan.name.en) == (False, plan.name.zh)


async def test_names_that_were_read_once_are_kept_for_a_while(server: FaultServer, lines: TmfLines) -> None:
    await lines.fetch_packages("L1")
    server.way_of = {"productOffering": "500"}
    (plan,) = await lines.fetch_packages("L1")
    assert plan.name.en == "Enjoy 88"
    assert sum("productOffering" in request for request in server.requests) == 1
