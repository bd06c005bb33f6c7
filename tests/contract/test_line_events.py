"""Does the hall look at a line again as soon as the BSS says that it changed?"""

import asyncio
from typing import Any

import pytest

from bss_adapters.tmf.line_event import EVENTS
from tests.contract.conftest import House

pytestmark = pytest.mark.anyio

ORDINARY = "13800138001"


async def tell(house: House, name: str, product: dict[str, Any]) -> int:
    token = (house.hall.settings.data_folder / "keys" / "hub").read_text()
    event = {"eventId": "1", "eventType": name, "event": {"product": product}}
    address = f"/bss/{token}/listener/{name[0].lower()}{name[1:]}"
    return (await house.gateway.post(address, json=event)).status_code


@pytest.mark.parametrize("name", EVENTS)
async def test_whoever_looks_at_the_line_is_woken(house: House, name: str) -> None:
    line = next(one for one in (await house.levers.get("/sandbox/personas")).json() if one["number"] == ORDINARY)
    told = house.hall.wake_ups.listen(line["lineId"])
    await anext(told)  # from here on the channel is followed
    woken = asyncio.ensure_future(anext(told))
    assert await tell(house, name, {"id": line["lineId"]}) == 204
    async with asyncio.timeout(3):  # the healing poll would take five
        await woken
    await told.aclose()


async def test_a_line_that_nobody_knows_is_taken_and_forgotten(house: House) -> None:
    assert await tell(house, EVENTS[0], {"id": "L999999-1"}) == 204
