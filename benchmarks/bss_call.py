"""What does a call to the BSS cost, beside plain httpx in the same run?

    python benchmarks/bss_call.py [--rounds 11] [--pages 200]

A page asks five facts at once, forty pages are under way: 200 calls in flight, each page another subscriber's. All
sides parse every answer into the graph's types. Our call has deadline, breaker, bulkhead and retry on; a read goes
through the snapshots (always missed here) and single flight as well. Counted is the CPU time of the client process
alone; the server is a process of its own. All run on uvloop, in turns, and a ratio is taken within each round: a busy
machine slows all.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httptools
import httpx
import uvloop

sys.path.insert(0, str(Path(__file__).parent.parent))

from bss_adapters.tmf.account import TmfAccounts, parse_account
from bss_adapters.tmf.balance import parse_balance
from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.bill_paper import parse_bills
from bss_adapters.tmf.call import Call, query_call, read_call
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.line_product import parse_line_by_id
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.usage import TmfUsage, parse_usage
from tests.bss_adapters import wire_bodies as wire

CALLS_A_PAGE = 5
PAGES_UNDER_WAY = 40
TARGET = 1 / 5

OURS, READ, PLAIN = "our call", "our read, snapshot missed", "plain httpx.AsyncClient"
AS_OF = datetime(2026, 11, 21, tzinfo=UTC)

Page = Callable[[str], Awaitable[object]]


class Bss(asyncio.Protocol):
    """A server that costs as little as a server can: one prepared body a path, whosever it is asked for."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_message_complete(self) -> None:
        noun, owner = _find_owner(self._url.decode())
        body = BODIES[noun].replace(b"@", owner.encode())
        head = (
            f"HTTP/1.1 200 OK\r\nDate: {DATE}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._url = b""
        self._transport.write(head.encode() + body)  # type: ignore[attr-defined]


DATE = "Sat, 21 Nov 2026 02:03:04 GMT"
BODIES = {
    "billingAccount": json.dumps(wire.ACCOUNT).replace('"A1"', '"@"').encode(),
    "bucket": json.dumps(wire.POTS).replace('"A1"', '"@"').encode(),
    "customerBill": json.dumps([wire.BILL] * 6).replace('"A1"', '"@"').encode(),
    "product": json.dumps(wire.LINE).replace('"L1"', '"@"').encode(),
    "queryUsageConsumption": json.dumps(wire.CONSUMPTION).encode(),
}


def _find_owner(url: str) -> tuple[str, str]:
    """The noun that a URL asks for, and whose."""
    path, _, query = url.partition("?")
    *_, before, last = path.split("/")
    if last in BODIES:
        return last, query.partition("=")[2].partition("&")[0]
    return before, last


async def serve() -> None:
    """Serves until its parent goes; prints its port."""
    server = await asyncio.get_running_loop().create_server(Bss, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


def make_read_page(client: TmfClient) -> Page:
    """Five facts the way a resolver asks them: snapshots and single flight as well."""
    accounts, bills, usage = TmfAccounts(client), TmfBills(client), TmfUsage(client)
    lines = TmfLines(client, TmfCatalogue(client))

    async def ask(owner: str) -> object:
        return await asyncio.gather(
            accounts.fetch_account(owner),
            accounts.fetch_balance(owner),
            bills.fetch_bills(owner),
            usage.fetch_usage(owner),
            lines.fetch_line(owner),
        )

    return ask


def make_call_page(fetch: Callable[[Call], Awaitable[Any]]) -> Page:
    """The same five facts as calls: what comes back is parsed into the graph's types."""

    async def ask(owner: str) -> object:
        of_account, of_line = {"account_id": owner, "currency": "CNY"}, {"line_id": owner, "currency": "CNY"}
        criteria = {"searchCriteria": {"product": [{"id": owner}]}}
        pots = {"partyAccount.id": owner, "usageType": "monetary"}
        issued = {"billingAccount.id": owner, "limit": "24"}
        account, balance, bills, usage, line = await asyncio.gather(
            fetch(read_call("account", f"/accountManagement/v4/billingAccount/{owner}")),
            fetch(read_call("balance", "/prepayBalanceManagement/v4/bucket", pots)),
            fetch(read_call("bill", "/customerBillManagement/v4/customerBill", issued)),
            fetch(query_call("usage", "/usageConsumption/v4/queryUsageConsumption", criteria)),
            fetch(read_call("line", f"/productInventory/v4/product/{owner}")),
        )
        return (
            parse_account(_read(account), **of_account),
            parse_balance(_read(balance), **of_account),
            parse_bills(_read(bills), **of_account),
            parse_usage(_read(usage), **of_line),
            parse_line_by_id(_read(line), **of_line),
        )

    return ask


def make_plain_fetch(client: httpx.AsyncClient, base_url: str) -> Callable[[Call], Awaitable[Any]]:
    """A call with httpx alone: no deadline of the request, no breaker, no bulkhead, no retry."""

    async def fetch(call: Call) -> Any:  # noqa: ANN401  any JSON value
        if call.method == "POST":
            response = await client.post(f"{base_url}{call.target}", json=call.body)
        else:
            response = await client.get(f"{base_url}{call.target}")
        return parse_exact_json(response.raise_for_status().content, system=call.system)

    return fetch


def make_our_fetch(client: TmfClient) -> Callable[[Call], Awaitable[Any]]:
    """A call with our client: deadline, breaker, bulkhead and retry on."""

    async def fetch(call: Call) -> Any:  # noqa: ANN401  any JSON value
        return (await client.fetch(call)).json

    return fetch


def _read(body: object) -> Reading:
    return Reading((body,), AS_OF, stale=False)


async def measure(page: Page, *, pages: int, turn: str) -> float:
    """CPU microseconds a call, of this process, over connections that stand already."""
    await ask_pages(page, pages=PAGES_UNDER_WAY, turn=f"{turn}-warm")
    began = time.process_time()
    await ask_pages(page, pages=pages, turn=turn)
    return (time.process_time() - began) / (pages * CALLS_A_PAGE) * 1e6


async def ask_pages(page: Page, *, pages: int, turn: str) -> None:
    """So many pages, forty at a time, each another subscriber's."""
    waiting = iter(range(pages))

    async def ask_in_turn() -> None:
        for number in waiting:
            await page(f"{turn}-{number}")

    await asyncio.gather(*(ask_in_turn() for _ in range(PAGES_UNDER_WAY)))


async def compare(base_url: str, *, rounds: int, pages: int) -> dict[str, list[float]]:
    """Each side's turns, one after the other in each round; the first round is not counted."""
    client = TmfClient(base_url, snapshots=MemorySnapshots())
    async with httpx.AsyncClient() as plain_client:
        sides = {
            OURS: make_call_page(make_our_fetch(client)),
            READ: make_read_page(client),
            PLAIN: make_call_page(make_plain_fetch(plain_client, base_url)),
        }
        costs: dict[str, list[float]] = {side: [] for side in sides}
        for number in range(rounds + 1):
            for place, (side, page) in enumerate(sides.items()):
                costs[side].append(await measure(page, pages=pages, turn=f"{place}-{number}"))
    await client.aclose()
    return {side: turns[1:] for side, turns in costs.items()}


def main() -> int:
    """Prints the table; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if asked.serve:
            runner.run(serve())
            return 0
        with subprocess.Popen(
            [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            base_url = f"http://127.0.0.1:{int(server.stdout.readline())}/tmf-api"
            costs = runner.run(compare(base_url, rounds=asked.rounds, pages=asked.pages))
            server.terminate()
    return report(costs)


def report(costs: dict[str, list[float]]) -> int:
    """The medians, each side's share of plain httpx within a round, and whether the target is met."""
    print(f"{'µs CPU a call':38}{'median':>8}{'least':>8}{'most':>8}   of plain httpx")
    for side, turns in costs.items():
        figures = "".join(f"{figure:8.0f}" for figure in (statistics.median(turns), min(turns), max(turns)))
        print(f"{side:38}{figures}   1/{1 / find_share(turns, costs[PLAIN]):.1f}")
    return 0 if find_share(costs[OURS], costs[PLAIN]) <= TARGET else 1


def find_share(turns: list[float], plain: list[float]) -> float:
    """The median over the rounds of what this side costs, as a share of plain httpx in the same round."""
    return statistics.median(turn / other for turn, other in zip(turns, plain, strict=True))


if __name__ == "__main__":
    raise SystemExit(main())
