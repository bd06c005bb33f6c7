"""Does the BSS go on knowing where we listen, whatever fails meanwhile?"""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.snapshot import MemorySnapshots
from gateway import hub_registration
from gateway.hub_registration import Registration, keep_registered, keep_renewed
from gateway.keys import hub_token
from gateway.settings import load_settings
from gateway.wiring import Hall
from graphql_schema.ports import BssFault
from sandbox.app import create_app
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio


class FakeHub:
    """Remembers who is registered; fails as the test says."""

    def __init__(self) -> None:
        self.made = 0
        self.registered: list[str] = []
        self.faults: list[Exception] = []
        self.delete_fault: BssFault | None = None

    async def register(self) -> str:
        if self.faults:
            raise self.faults.pop()
        self.made += 1
        self.registered.append(f"H{self.made}")
        return f"H{self.made}"

    async def unregister(self, registration_id: str) -> None:
        if self.delete_fault is not None:
            raise self.delete_fault
        self.registered.remove(registration_id)


async def test_a_restart_replaces_the_registration(tmp_path: Path) -> None:
    hub = FakeHub()
    for _ in range(2):
        await Registration(hub, tmp_path / "kept").renew()
    assert hub.registered == ["H2"]


async def test_a_registration_that_could_not_be_ended_is_ended_with_the_next_renewal(tmp_path: Path) -> None:
    hub, hub_is_away = FakeHub(), BssFault("usage_unavailable", retryable=True)
    registration = Registration(hub, tmp_path / "kept")
    await registration.renew()
    hub.delete_fault = hub_is_away
    await registration.renew()
    assert hub.registered == ["H1", "H2"]
    hub.delete_fault = None
    await registration.renew()
    assert hub.registered == ["H3"]


async def test_a_hub_that_refuses_to_end_one_is_not_flooded_with_new_ones(tmp_path: Path) -> None:
    hub = FakeHub()
    hub.delete_fault = BssFault("usage_refused", retryable=False)
    (tmp_path / "kept").write_text("H0")
    renewing = asyncio.create_task(keep_renewed(Registration(hub, tmp_path / "kept")))
    await asyncio.sleep(0.2)
    renewing.cancel()
    assert hub.made == 1


async def test_a_folder_that_cannot_be_written_costs_neither_the_registration_nor_a_second_one(tmp_path: Path) -> None:
    hub = FakeHub()
    registration = Registration(hub, tmp_path / "no such folder" / "kept")
    await registration.renew()
    await registration.renew()
    assert hub.registered == ["H2"]


async def test_a_bss_that_says_no_is_not_asked_every_few_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_registration, "RETRIED_AFTER_SECONDS", 0.01)
    hub, asked = FakeHub(), [BssFault("line_refused", retryable=False) for _ in range(9)]
    hub.faults = list(asked)
    renewing = asyncio.create_task(keep_renewed(Registration(hub, tmp_path / "kept")))
    await asyncio.sleep(0.2)
    renewing.cancel()
    assert len(hub.faults) == len(asked) - 1


async def test_nothing_ends_the_renewing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_registration, "RETRIED_AFTER_SECONDS", 0.01)
    hub = FakeHub()
    hub.faults = [RuntimeError("the session is closed"), BssFault("usage_timeout", retryable=True)]
    (tmp_path / "kept").write_bytes(b"\xff\xfe")
    renewing = asyncio.create_task(keep_renewed(Registration(hub, tmp_path / "kept")))
    await asyncio.sleep(0.3)
    assert hub.registered == ["H1"]
    assert not renewing.done()
    renewing.cancel()


def kept_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("hub-registration*"))


async def test_the_bss_is_asked_for_the_events_of_usage_lines_bills_and_orders(tmp_path: Path) -> None:
    world = World.open(subscribers=1)
    transport = httpx.ASGITransport(create_app(world))
    client = TmfClient("http://bss.example/tmf-api", snapshots=MemorySnapshots(), transport=transport)
    settings = load_settings(data_folder=tmp_path, hub_callback_url="http://hall.example")
    registering = asyncio.create_task(keep_registered(cast(Hall, SimpleNamespace(client=client, settings=settings))))
    async with asyncio.timeout(5):
        while len(kept_in(tmp_path)) < 4:  # noqa: ASYNC110  nobody says that it is done
            await asyncio.sleep(0.01)
    registering.cancel()
    await asyncio.gather(registering, return_exceptions=True)
    await client.aclose()
    callback = f"http://hall.example/bss/{hub_token(settings)}"
    assert {(each.api, each.query, each.callback) for each in world.store.subscriptions()} == {
        ("usageManagement", "eventType=UsageCreateEvent", callback),
        ("productInventory", "eventType=ProductStateChangeEvent,ProductAttributeValueChangeEvent", callback),
        ("customerBillManagement", "eventType=CustomerBillCreateEvent", callback),
        ("productOrderingManagement", "eventType=ProductOrderStateChangeEvent", callback),
    }
    names = ["hub-registration", "hub-registration-bills", "hub-registration-lines", "hub-registration-orders"]
    assert kept_in(tmp_path) == names
    world.store.close()
