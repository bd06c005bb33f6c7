"""Do a pause and a resume do what they say at a BSS?"""

import httpx
import pytest

from bss_adapters.tmf.charge_brake import TmfChargeBrakes
from graphql_schema.types.charge_brake import PausableCharge
from tests.bss_adapters.conftest import Hall

pytestmark = pytest.mark.anyio

ORDINARY = "13800138001"
OUT_OF_BUCKET, THIRD_PARTY, ROAMING = PausableCharge


async def line_id(hall: Hall) -> str:
    line = await hall.lines.find_line(ORDINARY)
    assert line is not None
    return line.id


async def buy_event(hall: Hall) -> None:
    await hall.pull("usage", {"number": ORDINARY, "usageType": "valueAdded", "amount": 1})


async def test_what_is_paused_costs_nothing_until_it_is_resumed(hall: Hall) -> None:
    brakes, line = TmfChargeBrakes(hall.client), await line_id(hall)
    await buy_event(hall)
    paused = await brakes.change_brake(line, pause={THIRD_PARTY})
    assert (paused.paused, paused.since is not None) == ({THIRD_PARTY}, True)
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        await buy_event(hall)
    assert (await brakes.change_brake(line, resume={THIRD_PARTY})).paused == frozenset()
    await buy_event(hall)


async def test_a_pause_that_was_set_elsewhere_is_added_to_and_never_lost(hall: Hall) -> None:
    line = await line_id(hall)
    one, other = TmfChargeBrakes(hall.client), TmfChargeBrakes(hall.client)
    await one.change_brake(line, pause={ROAMING})
    since = (await one.fetch_brake(line)).since
    both = await other.change_brake(line, pause={OUT_OF_BUCKET})
    assert (both.paused, both.since) == ({ROAMING, OUT_OF_BUCKET}, since)
    assert (await one.fetch_brake(line)).paused == {ROAMING, OUT_OF_BUCKET}
