"""Does each request that our adapters send keep to the specifications, and is each promised operation sent?"""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.hub import LINES, USAGE, TmfHub
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.party import TmfPeople
from bss_adapters.tmf.sim_card import TmfSimCards
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.usage import TmfUsage
from tests.conformance.conftest import Promise
from tests.conformance.exchange import Exchange, JsonError, parse_json
from tests.conformance.extension import Extensions, fetch_extensions
from tests.conformance.fault import render_faults
from tests.conformance.judge import Judge
from tests.conformance.recording import Recorder
from tests.conformance.serving import served
from tests.conformance.swagger import Specifications

pytestmark = [pytest.mark.anyio, pytest.mark.tmf]

NUMBERS = tuple(f"138001380{place:02}" for place in range(1, 11))


async def ask_everything(client: TmfClient, number: str) -> None:
    """Every port, for one line."""
    bills, lines, accounts = TmfBills(client), TmfLines(client, TmfCatalogue(client)), TmfAccounts(client)
    line = await lines.find_line(number)
    assert line is not None, number
    await lines.fetch_line(line.id)
    await lines.fetch_packages(line.id)
    assert line.id in {each.id for each in await lines.fetch_lines_of_customer(line.customer_id)}
    assert line.id in {each.id for each in await lines.fetch_lines_of_account(line.account_id)}
    assert await TmfSimCards(client).fetch_changed_at(line.id) is None
    assert not await TmfPeople(client).matches_identity(line.id, "990101190001010000")
    await accounts.fetch_account(line.account_id)
    await accounts.fetch_balance(line.account_id)
    await TmfUsage(client).fetch_usage(line.id)
    await bills.fetch_current_charges(line.account_id)
    for bill in (await bills.fetch_bills(line.account_id)).bills[:2]:
        assert await bills.fetch_bill(line.account_id, bill.id) is not None


@pytest.fixture(scope="module")
async def sent(sandbox_app: Starlette, specifications: Specifications) -> AsyncIterator[tuple[list[Exchange], Judge]]:
    """All that our adapters say to the sandbox over a socket, and a judge that knows what the sandbox declares."""
    recorder = Recorder(sandbox_app)
    async with served(recorder) as address:
        client = TmfClient(f"{address}/tmf-api", snapshots=MemorySnapshots())
        for number in NUMBERS:
            await ask_everything(client, number)
        for wanted in (USAGE, LINES):
            hub = TmfHub(client, callback=f"{address}/hub", wanted=wanted)
            await hub.unregister(await hub.register())
        await client.aclose()
        exchanges = list(recorder.exchanges)
        async with httpx.AsyncClient(base_url=f"{address}/tmf-api") as reader:
            yield exchanges, Judge(specifications, await declared(reader, exchanges))


async def declared(reader: httpx.AsyncClient, exchanges: list[Exchange]) -> Extensions:
    """Every extension that the answers point to."""
    known = Extensions()
    for exchange in exchanges:
        try:
            known = await fetch_extensions(reader, parse_json(exchange.body), known)
        except JsonError:
            assert not exchange.body, exchange
    return known


async def test_what_our_adapters_send_and_get_is_official(sent: tuple[list[Exchange], Judge]) -> None:
    exchanges, judge = sent
    faults = [fault for one in exchanges for fault in (*judge.judge_request(one), *judge.judge_response(one))]
    assert not faults, "\n" + render_faults(faults)


async def test_each_operation_that_the_page_says_we_send_is_sent_and_no_other(
    sent: tuple[list[Exchange], Judge], specifications: Specifications, promised: tuple[Promise, ...]
) -> None:
    found = [specifications.operation(one.method, one.path) for one in sent[0]]
    asked = {(operation.api, operation.name) for operation in found if operation}
    assert asked == {(row.api, row.operation) for row in promised}


async def test_each_request_carries_an_id_of_its_own(sent: tuple[list[Exchange], Judge]) -> None:
    ids = [exchange.request_headers.get("x-request-id", "") for exchange in sent[0]]
    assert all(ids)
    assert len(set(ids)) == len(ids)
