"""Is a line looked at again whenever the BSS says that it changed, and is the BSS told when that failed?"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette

from gateway.database import DatabaseFault
from gateway.hub import WakeWorker, hub_routes
from gateway.keys import hub_token
from gateway.settings import load_settings
from gateway.wiring import Hall
from graphql_schema.ports import DEADLINE, BssFault
from graphql_schema.types.bill_event import BillEvent

pytestmark = pytest.mark.anyio

EVENTS = ["productStateChangeEvent", "productAttributeValueChangeEvent"]


class Watch:
    """What was done, in order; ``fault`` ends the look at a line."""

    def __init__(self) -> None:
        self.deeds: list[str] = []
        self.fault: Exception | None = None

    async def outdate_line(self, line_id: str) -> None:
        self.deeds.append(f"outdate {line_id}")

    async def bill_issued(self, event: BillEvent) -> None:
        self.deeds.append(f"bill {event}")

    async def line_changed(self, line_id: str) -> None:
        assert DEADLINE.get() is not None
        self.deeds.append(f"look at {line_id}")
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def tell(watch: Watch, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Posts an event as the BSS does, and gives the answer's status."""
    settings = load_settings(data_folder=tmp_path)
    hall = cast(Hall, SimpleNamespace(settings=settings, use_effects=watch))
    app = Starlette(routes=hub_routes(hall, WakeWorker(lambda *_, **__: None), watch.line_changed, watch.bill_issued))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall") as client:

        async def post(name: str, product: Any, *, token: str | None = None) -> int:
            event = {"eventId": "1", "eventType": name, "event": {"product": product}}
            address = f"/bss/{token or hub_token(settings)}/listener/{name}"
            return (await client.post(address, json=event)).status_code

        yield post


@pytest.mark.parametrize("name", EVENTS)
async def test_what_shows_the_line_is_outdated_before_it_is_looked_at(
    name: str, tell: Callable[..., Any], watch: Watch
) -> None:
    assert await tell(name, {"id": "L1", "status": "terminated"}) == 204
    assert watch.deeds == ["outdate L1", "look at L1"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (DatabaseFault("gone"), 503),
        (BssFault("line_timeout", retryable=True), 503),
        (BssFault("line_garbled", retryable=False), 204),
    ],
)
async def test_the_bss_sends_again_what_can_be_done_later_and_nothing_else(
    fault: Exception, status: int, tell: Callable[..., Any], watch: Watch
) -> None:
    watch.fault = fault
    assert await tell(EVENTS[0], {"id": "L1"}) == status


@pytest.mark.parametrize("product", [None, [], {}, {"id": "../x"}])
async def test_what_is_no_product_is_refused(product: Any, tell: Callable[..., Any], watch: Watch) -> None:
    assert await tell(EVENTS[0], product) == 400
    assert watch.deeds == []


@pytest.mark.parametrize("name", EVENTS)
async def test_who_does_not_know_the_token_changes_nothing(name: str, tell: Callable[..., Any], watch: Watch) -> None:
    assert await tell(name, {"id": "L1"}, token="guess") == 404
    assert watch.deeds == []
