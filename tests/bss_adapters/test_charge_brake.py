"""Are charges paused once, whatever becomes of the answer?"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bss_adapters.tmf.charge_brake import TmfChargeBrakes, parse_brake
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.ports import BssFault, answering_by
from graphql_schema.types.charge_brake import PausableCharge
from tests.bss_adapters import wire_bodies as wire

pytestmark = pytest.mark.anyio

OUT_OF_BUCKET, THIRD_PARTY, ROAMING = PausableCharge
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
Fate = Literal["answer", "commit and hang", "commit and 500", "commit and garble", "lose", "refuse"]


@dataclass
class Inventory:
    """A product inventory that keeps one line's brake; ``fate`` is what becomes of the next writes,
    ``others`` what another sets right after each."""

    traits: dict[str, Any] = field(default_factory=dict)
    fate: Fate = "answer"
    writes: list[list[str]] = field(default_factory=list)
    reads: int = 0
    down: bool = False
    others: list[list[str]] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/productInventory/v4/product/L1", self._answer, methods=["GET", "PATCH"])])

    async def _answer(self, request: Request) -> Response:
        await asyncio.sleep(0)
        if request.method == "GET":
            self.reads += 1
            return Response(status_code=503) if self.down else JSONResponse(self._product())
        asked = {trait["name"]: trait["value"] for trait in (await request.json())["productCharacteristic"]}
        self.writes.append(asked["chargeBrake"])
        if self.fate == "refuse":
            return Response(status_code=409)
        if self.fate != "lose":
            self.traits = asked | ({"chargeBrake": self.others.pop(0)} if self.others else {})
        if self.fate in {"lose", "commit and hang"}:
            await asyncio.sleep(3600)
        if self.fate == "commit and garble":
            return Response("{", media_type="application/json")
        return Response(status_code=500) if self.fate == "commit and 500" else JSONResponse(self._product())

    def _product(self) -> dict[str, Any]:
        return wire.LINE | {
            "productCharacteristic": [{"name": name, "value": value} for name, value in self.traits.items()]
        }


@pytest.fixture
def inventory() -> Inventory:
    return Inventory()


@pytest.fixture
async def brakes(inventory: Inventory) -> AsyncIterator[TmfChargeBrakes]:
    transport = httpx.ASGITransport(inventory.app, raise_app_exceptions=False)
    limits = Limits(budget_seconds=0.3, failures_to_open=1000, attempts=3, backoff_seconds=0.01)
    client = TmfClient("http://bss.example", snapshots=MemorySnapshots(), transport=transport, limits=limits)
    client.clock.observe(NOW, sent_at=0.0)
    yield TmfChargeBrakes(client)
    await client.aclose()


async def test_a_line_has_nothing_paused_until_someone_pauses(brakes: TmfChargeBrakes) -> None:
    reading = await brakes.fetch_brake("L1")
    assert (reading.paused, reading.since) == (frozenset(), None)


async def test_pausing_adds_to_what_is_paused_and_resuming_takes_from_it(brakes: TmfChargeBrakes) -> None:
    await brakes.change_brake("L1", pause={ROAMING})
    both = await brakes.change_brake("L1", pause={OUT_OF_BUCKET})
    assert both.paused == {ROAMING, OUT_OF_BUCKET}
    assert (await brakes.change_brake("L1", resume={ROAMING})).paused == {OUT_OF_BUCKET}
    assert (await brakes.fetch_brake("L1")).paused == {OUT_OF_BUCKET}


async def test_the_first_pause_says_since_when_and_the_last_resume_ends_it(brakes: TmfChargeBrakes) -> None:
    since = (await brakes.change_brake("L1", pause={ROAMING})).since
    assert since is not None
    assert abs((since - NOW).total_seconds()) < 60
    assert (await brakes.change_brake("L1", pause={THIRD_PARTY})).since == since
    assert (await brakes.change_brake("L1", resume=PausableCharge)).since is None


async def test_pausing_what_is_paused_writes_nothing(brakes: TmfChargeBrakes, inventory: Inventory) -> None:
    await brakes.change_brake("L1", pause={ROAMING})
    again = await brakes.change_brake("L1", pause={ROAMING})
    assert again.paused == {ROAMING}
    assert inventory.writes == [["roaming"]]


async def test_a_reading_after_a_change_shows_the_change_however_fresh_the_last_one_is(
    brakes: TmfChargeBrakes,
) -> None:
    await brakes.fetch_brake("L1")
    await brakes.change_brake("L1", pause={ROAMING})
    assert (await brakes.fetch_brake("L1")).paused == {ROAMING}


async def test_pauses_at_the_same_moment_do_not_overwrite_each_other(
    brakes: TmfChargeBrakes, inventory: Inventory
) -> None:
    await asyncio.gather(*(brakes.change_brake("L1", pause={charge}) for charge in PausableCharge for _ in range(3)))
    assert (await brakes.fetch_brake("L1")).paused == set(PausableCharge)
    assert len(inventory.writes) == 3


@pytest.mark.parametrize("fate", ["commit and hang", "commit and 500", "commit and garble"])
async def test_a_write_that_was_kept_but_not_answered_is_asked_for_and_never_sent_twice(
    brakes: TmfChargeBrakes, inventory: Inventory, fate: Fate
) -> None:
    inventory.fate = fate
    assert (await brakes.change_brake("L1", pause={ROAMING})).paused == {ROAMING}
    assert inventory.writes == [["roaming"]]


async def test_a_write_that_hangs_leaves_time_to_ask_what_came_of_it(
    brakes: TmfChargeBrakes, inventory: Inventory
) -> None:
    inventory.fate = "commit and hang"
    with answering_by(time.monotonic() + 0.5):
        assert (await brakes.change_brake("L1", pause={ROAMING})).paused == {ROAMING}


async def test_a_write_that_was_lost_is_a_fault_and_not_a_success(
    brakes: TmfChargeBrakes, inventory: Inventory
) -> None:
    inventory.fate = "lose"
    with pytest.raises(BssFault, match="line_timeout"):
        await brakes.change_brake("L1", pause={ROAMING})
    assert len(inventory.writes) == 1
    assert (await brakes.fetch_brake("L1")).paused == frozenset()


async def test_a_pause_that_another_overwrites_is_written_again_beside_the_others(
    brakes: TmfChargeBrakes, inventory: Inventory
) -> None:
    inventory.others = [["thirdParty"]]
    assert (await brakes.change_brake("L1", pause={ROAMING})).paused == {ROAMING, THIRD_PARTY}
    assert inventory.writes == [["roaming"], ["thirdParty", "roaming"]]


async def test_a_pause_that_is_overwritten_again_and_again_is_a_fault_and_not_a_success(
    brakes: TmfChargeBrakes, inventory: Inventory
) -> None:
    inventory.others = [[]] * 9
    with pytest.raises(BssFault, match="line_unavailable"):
        await brakes.change_brake("L1", pause={ROAMING})
    assert inventory.writes == [["roaming"]] * 3


async def test_a_last_write_that_holds_is_a_success(brakes: TmfChargeBrakes, inventory: Inventory) -> None:
    inventory.others = [[], []]
    assert (await brakes.change_brake("L1", pause={ROAMING})).paused == {ROAMING}
    assert len(inventory.writes) == 3


async def test_a_pause_that_somebody_made_without_saying_when_can_be_read_and_ended(
    brakes: TmfChargeBrakes, inventory: Inventory
) -> None:
    inventory.traits = {"chargeBrake": ["roaming"], "chargeBrakeSince": ""}
    assert ((await brakes.fetch_brake("L1")).paused, (await brakes.fetch_brake("L1")).since) == ({ROAMING}, None)
    assert (await brakes.change_brake("L1", resume={ROAMING})).paused == frozenset()


async def test_a_refused_write_is_not_asked_for(brakes: TmfChargeBrakes, inventory: Inventory) -> None:
    inventory.fate = "refuse"
    with pytest.raises(BssFault, match="line_refused"):
        await brakes.change_brake("L1", pause={ROAMING})
    assert inventory.reads == 1


async def test_nothing_is_written_where_it_is_not_known_what_holds(
    brakes: TmfChargeBrakes, inventory: Inventory
) -> None:
    await brakes.fetch_brake("L1")
    inventory.down = True
    with pytest.raises(BssFault, match="line_unavailable"):
        await brakes.change_brake("L1", pause={ROAMING})
    assert inventory.writes == []


async def test_a_reading_whose_system_fails_shows_the_last_known_brake_as_stale(
    inventory: Inventory,
) -> None:
    transport = httpx.ASGITransport(inventory.app, raise_app_exceptions=False)
    limits = Limits(fresh_seconds=0.0, attempts=1)
    client = TmfClient("http://bss.example", snapshots=MemorySnapshots(), transport=transport, limits=limits)
    brakes = TmfChargeBrakes(client)
    await brakes.change_brake("L1", pause={ROAMING})
    await brakes.fetch_brake("L1")
    inventory.down = True
    reading = await brakes.fetch_brake("L1")
    assert (reading.paused, reading.stale) == ({ROAMING}, True)
    await client.aclose()


@pytest.mark.parametrize("value", ["roaming", ["roaming", "everything"], {"roaming": True}, [1], 7, True])
def test_a_brake_that_cannot_be_read_is_a_fault_and_not_nothing(value: Any) -> None:
    body = wire.LINE | {"productCharacteristic": [{"name": "chargeBrake", "value": value}]}
    with pytest.raises(BssFault, match="line_garbled"):
        parse_brake(Reading((body,), NOW, stale=False), line_id="L1")


def test_another_lines_brake_is_a_fault() -> None:
    with pytest.raises(BssFault, match="line_garbled"):
        parse_brake(Reading((wire.LINE,), NOW, stale=False), line_id="L2")
