"""Does what a customer typed stay a value on its way to the BSS?"""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.call import is_plain_id, read_call
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.party import TmfPeople
from bss_adapters.tmf.sim_card import TmfSimCards
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.usage import TmfUsage
from graphql_schema.ports import BssFault

SNEAKY = [
    "13800138001,13800138002",
    "..",
    "",
    "a/b",
    "A1?x=1",
    "A1#",
    "%2e%2e",
    "A 1",
    "A1\n",
    "A" * 129,
    "账户",
    "*&x",
]


class Untouchable(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"the BSS was asked for {request.url}")


class Recorder(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=[])


@pytest.mark.parametrize("value", SNEAKY)
def test_what_would_mean_something_in_an_address_is_no_id(value: str) -> None:
    assert not is_plain_id(value)


@pytest.mark.parametrize("value", ["13800138001", "02088880009", "gz00880009", "B-1_2.3", "urn:tmf:7", "a@b", "(x)"])
def test_ids_as_operators_make_them_are_ids(value: str) -> None:
    assert is_plain_id(value)


def test_a_query_is_encoded() -> None:
    target = read_call("line", "/product", {"a.b": "x&y=z", "c": "1,2"}).target
    assert parse_qs(urlsplit(target).query) == {"a.b": ["x&y=z"], "c": ["1,2"]}


@pytest.mark.anyio
@pytest.mark.parametrize("value", SNEAKY)
async def test_no_sneaky_value_reaches_the_bss(value: str) -> None:
    client = TmfClient("http://bss.example", snapshots=MemorySnapshots(), transport=Untouchable())
    lines, bills = TmfLines(client, TmfCatalogue(client)), TmfBills(client)
    assert await lines.find_line(value) is None
    assert await lines.fetch_line(value) is None
    assert await lines.fetch_lines_of_customer(value) == []
    assert await lines.fetch_lines_of_account(value) == []
    assert await bills.fetch_bill("A1", value) is None
    assert not await TmfPeople(client).matches_identity(value, "990101199001010001")
    refusing: list[Callable[[str], Awaitable[object]]] = [
        TmfAccounts(client).fetch_account,
        TmfAccounts(client).fetch_balance,
        TmfUsage(client).fetch_usage,
        bills.fetch_bills,
        bills.fetch_current_charges,
        lines.fetch_packages,
        TmfSimCards(client).fetch_changed_at,
    ]
    for fetch in refusing:
        with pytest.raises(BssFault, match="_refused"):
            await fetch(value)


@pytest.mark.anyio
async def test_a_call_carries_its_id_its_token_and_its_systems_address() -> None:
    transport = Recorder()
    client = TmfClient(
        "http://bss.example/tmf-api/",
        snapshots=MemorySnapshots(),
        transport=transport,
        token="s3cret",
        system_urls={"bill": "http://boss.example/api"},
    )
    await client.fetch(read_call("line", "/productInventory/v4/product"))
    await client.fetch(read_call("bill", "/customerBillManagement/v4/customerBill", {"limit": "24"}))
    first, second = transport.requests
    assert str(first.url) == "http://bss.example/tmf-api/productInventory/v4/product"
    assert str(second.url) == "http://boss.example/api/customerBillManagement/v4/customerBill?limit=24"
    assert first.headers["Authorization"] == "Bearer s3cret"
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
