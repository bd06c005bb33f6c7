"""Are a line's services, life and card read as they are, and is the card's code kept nowhere?"""

import traceback
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.line_service import TmfLineServices
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.ports import BssFault
from graphql_schema.types.line_service import Standing
from tests.bss_adapters import deal_bodies as wire

pytestmark = pytest.mark.anyio

LIMITS = Limits(budget_seconds=5.0, backoff_seconds=0.001, failures_to_open=1000, fresh_seconds=0.0)


class Inventory(httpx.AsyncBaseTransport):
    """A TMF637 that answers one body, or a status."""

    def __init__(self) -> None:
        self.body: Any = wire.SWITCHABLE_LINE
        self.status = 200
        self.asked: list[dict[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(dict(request.url.params))
        return httpx.Response(self.status, json=self.body)


@pytest.fixture
def inventory() -> Inventory:
    return Inventory()


@pytest.fixture
def snapshots() -> MemorySnapshots:
    return MemorySnapshots()


@pytest.fixture
def services(inventory: Inventory, snapshots: MemorySnapshots) -> TmfLineServices:
    return TmfLineServices(TmfClient("http://bss.example", snapshots=snapshots, transport=inventory, limits=LIMITS))


def with_traits(**values: Any) -> dict[str, Any]:
    return {"id": "L1", "productCharacteristic": [{"name": name, "value": value} for name, value in values.items()]}


async def test_services_say_whether_they_are_on_what_they_become_and_what_they_cost(services: TmfLineServices) -> None:
    roaming, caller_id = await services.fetch_switches("L1")
    assert (roaming.id, roaming.on, roaming.changing_to, roaming.monthly_fee) == ("roaming", False, True, None)
    assert (caller_id.name.en, caller_id.on, caller_id.changing_to) == ("Caller id", True, None)
    assert caller_id.monthly_fee is not None
    assert caller_id.monthly_fee.amount == 6


async def test_a_line_without_services_has_none(services: TmfLineServices, inventory: Inventory) -> None:
    inventory.body = {"id": "L1"}
    assert await services.fetch_switches("L1") == []
    assert (await services.fetch_life("L1")).standing is Standing.USUAL


async def test_a_lost_line_says_since_when(services: TmfLineServices) -> None:
    life = await services.fetch_life("L1")
    assert (life.standing, life.since) == (Standing.LOST, datetime(2026, 11, 20, 2, tzinfo=UTC))


async def test_a_line_that_is_being_closed_says_until_when_it_can_stay(
    services: TmfLineServices, inventory: Inventory
) -> None:
    inventory.body = with_traits(closesOn="2026-11-29", lostSince="2026-11-20T10:00:00+08:00")
    life = await services.fetch_life("L1")
    assert (life.standing, life.closes_on) == (Standing.CLOSING, date(2026, 11, 29))


async def test_services_have_a_last_known_value(services: TmfLineServices, inventory: Inventory) -> None:
    await services.fetch_switches("L1")
    inventory.status = 503
    known = await services.fetch_switches("L1")
    assert [each.stale for each in known] == [True, True]


@pytest.mark.parametrize(
    "body",
    [
        wire.SWITCHABLE_LINE | {"id": "L2"},
        with_traits(serviceSwitches={}),
        with_traits(serviceSwitches=[{"id": "roaming", "name": "漫游"}]),
        with_traits(serviceSwitches=[{"id": "roaming", "name": "漫游", "on": "yes"}]),
    ],
    ids=["another line", "no list", "neither on nor off", "a word"],
)
async def test_another_lines_or_unclear_services_are_refused(
    services: TmfLineServices, inventory: Inventory, body: dict[str, Any]
) -> None:
    inventory.body = body
    with pytest.raises(BssFault, match="line_garbled"):
        await services.fetch_switches("L1")


async def test_a_puk_is_asked_anew_and_kept_nowhere(
    services: TmfLineServices, inventory: Inventory, snapshots: MemorySnapshots
) -> None:
    inventory.body = wire.SIM_CARDS
    for _ in range(2):
        puk = await services.fetch_puk("L1")
        assert puk is not None
        assert (puk.puk, puk.tries_of_card, puk.stale) == ("48151623", 10, False)
    assert len(inventory.asked) == 2
    assert not snapshots._kept
    inventory.status = 503
    with pytest.raises(BssFault, match="line_unavailable"):
        await services.fetch_puk("L1")


@pytest.mark.parametrize("body", [[], [wire.SIM_CARDS[0] | {"productCharacteristic": []}]], ids=["no card", "unknown"])
async def test_a_line_without_a_card_has_no_puk(
    services: TmfLineServices, inventory: Inventory, body: list[Any]
) -> None:
    inventory.body = body
    assert await services.fetch_puk("L1") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"productRelationship": [{"relationshipType": "reliesOn", "product": {"id": "L2"}}]},
        {"productSpecification": {"id": "plan"}},
        {"productCharacteristic": [{"name": "puk", "value": "4815162"}]},
        {"productCharacteristic": [{"name": "puk", "value": "4815162A"}]},
    ],
    ids=["another line's", "no card", "too short", "a letter"],
)
async def test_another_lines_card_is_refused_without_a_word_of_its_code(
    services: TmfLineServices, inventory: Inventory, changes: dict[str, Any]
) -> None:
    inventory.body = [wire.SIM_CARDS[0] | changes]
    with pytest.raises(BssFault, match="line_garbled") as fault:
        await services.fetch_puk("L1")
    assert "4815162" not in "".join(traceback.format_exception(fault.value))


async def test_two_living_cards_of_one_line_show_neither(services: TmfLineServices, inventory: Inventory) -> None:
    inventory.body = wire.SIM_CARDS * 2
    with pytest.raises(BssFault, match="line_garbled"):
        await services.fetch_puk("L1")


async def test_free_numbers_end_as_asked_and_say_what_they_demand(
    services: TmfLineServices, inventory: Inventory
) -> None:
    inventory.body = wire.FREE_NUMBERS
    plain, dear = await services.fetch_free_numbers("8001", limit=20)
    assert (plain.number, plain.monthly_least) == ("13900008001", None)
    assert dear.monthly_least is not None
    assert dear.monthly_least.amount == 50
    assert inventory.asked[0]["productSerialNumberEnding"] == "8001"


@pytest.mark.parametrize(("ending", "status"), [("9", "created"), ("8001", "active")])
async def test_a_number_that_ends_otherwise_or_is_taken_is_not_offered(
    services: TmfLineServices, inventory: Inventory, ending: str, status: str
) -> None:
    inventory.body = [wire.FREE_NUMBERS[0] | {"status": status}]
    with pytest.raises(BssFault, match="line_garbled"):
        await services.fetch_free_numbers(ending, limit=20)


async def test_no_more_numbers_are_shown_than_asked_for(services: TmfLineServices, inventory: Inventory) -> None:
    inventory.body = wire.FREE_NUMBERS
    assert len(await services.fetch_free_numbers("", limit=1)) == 1
    assert "productSerialNumberEnding" not in inventory.asked[0]
