"""Is a change of an order followed at once, and is the BSS told when that failed?"""

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

pytestmark = pytest.mark.anyio

LISTENER = "productOrderStateChangeEvent"
ORDER = {"id": "O1", "relatedParty": [{"id": "L1", "role": "line", "@referredType": "Product"}]}


class Hearers:
    """Who hears of an order: readings that are outdated, whoever looks, the worker (``fault`` keeps it from that)."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.fault: Exception | None = None

    async def outdate_line(self, line_id: str) -> None:
        self.heard.append(("outdated", line_id))

    async def announce(self, line_id: str) -> None:
        self.heard.append(("announced", line_id))

    async def hasten(self, line_id: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.heard.append(("hastened", line_id))


async def _nothing_else(_: object) -> None:
    raise AssertionError("only an order changed")


@pytest.fixture
def hearers() -> Hearers:
    return Hearers()


@pytest.fixture
async def post(hearers: Hearers, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Posts an event as the BSS does, and gives the answer's status."""
    settings = load_settings(data_folder=tmp_path)
    deals = SimpleNamespace(change_work=hearers)
    hall = cast(Hall, SimpleNamespace(settings=settings, use_effects=hearers, wake_ups=hearers, deals=deals))
    app = Starlette(routes=hub_routes(hall, WakeWorker(lambda *_, **__: None), _nothing_else, _nothing_else))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall") as client:

        async def send(order: Any, *, token: str | None = None) -> int:
            event = {"eventId": "1", "eventType": "ProductOrderStateChangeEvent", "event": {"productOrder": order}}
            address = f"/bss/{token or hub_token(settings)}/listener/{LISTENER}"
            return (await client.post(address, json=event)).status_code

        yield send


async def test_a_change_of_an_order_is_read_anew_announced_and_followed(
    post: Callable[..., Any], hearers: Hearers
) -> None:
    assert await post(ORDER) == 204
    assert hearers.heard == [("outdated", "L1"), ("announced", "L1"), ("hastened", "L1")]


async def test_an_order_of_nobodys_line_is_refused(post: Callable[..., Any], hearers: Hearers) -> None:
    assert await post({"id": "O1", "relatedParty": []}) == 400
    assert hearers.heard == []


async def test_what_could_not_be_followed_is_to_be_sent_again(post: Callable[..., Any], hearers: Hearers) -> None:
    hearers.fault = DatabaseFault("gone")
    assert await post(ORDER) == 503


async def test_nobody_else_tells_of_orders(post: Callable[..., Any], hearers: Hearers) -> None:
    assert await post(ORDER, token="x" * 32) == 404
    assert hearers.heard == []
