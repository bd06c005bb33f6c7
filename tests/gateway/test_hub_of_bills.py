"""Is a new bill told to whoever tells of it, and is the BSS told when that failed?"""

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
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent

pytestmark = pytest.mark.anyio

LISTENER = "customerBillCreateEvent"
BILL = {"id": "B10", "category": "normal", "billingAccount": {"id": "A1"}}


class Teller:
    """Who tells of bills; ``fault`` keeps it from that."""

    def __init__(self) -> None:
        self.told: list[BillEvent] = []
        self.fault: Exception | None = None

    async def tell(self, event: BillEvent) -> None:
        assert DEADLINE.get() is not None
        self.told.append(event)
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def teller() -> Teller:
    return Teller()


async def _no_line(_: str) -> None:
    raise AssertionError("no line changed")


@pytest.fixture
async def post(teller: Teller, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Posts an event as the BSS does, and gives the answer's status."""
    settings = load_settings(data_folder=tmp_path)
    hall = cast(Hall, SimpleNamespace(settings=settings))
    app = Starlette(routes=hub_routes(hall, WakeWorker(lambda *_, **__: None), _no_line, teller.tell))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall") as client:

        async def send(bill: Any, *, kind: str = "CustomerBillCreateEvent", token: str | None = None) -> int:
            event = {"eventId": "1", "eventType": kind, "event": {"customerBill": bill}}
            address = f"/bss/{token or hub_token(settings)}/listener/{LISTENER}"
            return (await client.post(address, json=event)).status_code

        yield send


@pytest.mark.parametrize("category", BillCategory)
async def test_a_bill_is_told_with_its_account_and_category(
    category: BillCategory, post: Callable[..., Any], teller: Teller
) -> None:
    assert await post(BILL | {"category": category.value}) == 204
    assert teller.told == [BillEvent("B10", "A1", category)]


async def test_a_bill_without_a_category_is_a_normal_one(post: Callable[..., Any], teller: Teller) -> None:
    assert await post({"id": "B10", "billingAccount": {"id": "A1"}}) == 204
    assert teller.told[0].category is BillCategory.NORMAL


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (DatabaseFault("gone"), 503),
        (BssFault("line_timeout", retryable=True), 503),
        (BssFault("line_garbled", retryable=False), 204),
    ],
)
async def test_the_bss_sends_again_what_can_be_done_later_and_nothing_else(
    fault: Exception, status: int, post: Callable[..., Any], teller: Teller
) -> None:
    teller.fault = fault
    assert await post(BILL) == status


@pytest.mark.parametrize(
    "bill",
    [
        *(None, [], {}, {"id": "B10"}, BILL | {"id": "../B10"}, BILL | {"id": "B" * 65}),
        *(BILL | {"category": "new"}, BILL | {"billingAccount": {"id": "A/1"}}, BILL | {"billingAccount": "A1"}),
    ],
)
async def test_what_is_no_bill_is_refused(bill: Any, post: Callable[..., Any], teller: Teller) -> None:
    assert await post(bill) == 400
    assert teller.told == []


async def test_another_event_at_this_address_is_refused(post: Callable[..., Any], teller: Teller) -> None:
    assert await post(BILL, kind="CustomerBillStateChangeEvent") == 400
    assert teller.told == []


async def test_who_does_not_know_the_token_tells_nothing(post: Callable[..., Any], teller: Teller) -> None:
    assert await post(BILL, token="guess") == 404
    assert teller.told == []
