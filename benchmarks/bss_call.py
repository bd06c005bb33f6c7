"""What does a call to the BSS cost, beside plain httpx in the same run?

    python benchmarks/bss_call.py [--rounds 5] [--pages 400]

A page asks five facts at once, forty pages are under way: 200 calls in flight. Both sides parse every answer into the
graph's types. Ours goes the whole way that the gateway goes: snapshots (missed each time: every page is another
subscriber's), single flight, deadline, breaker, bulkhead, retry. Counted is the CPU time of the client process alone;
the server is a process of its own. Both run on uvloop, in turns.
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
from urllib.parse import urlencode

import httptools
import httpx
import uvloop

sys.path.insert(0, str(Path(__file__).parent.parent))

from bss_adapters.tmf.account import TmfAccounts, parse_account
from bss_adapters.tmf.balance import parse_balance
from bss_adapters.tmf.bill import TmfBills, parse_bills
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.line import TmfLines, parse_line_by_id
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.usage import TmfUsage, parse_usage
from tests.bss_adapters import wire_bodies as wire

CALLS_A_PAGE = 5
PAGES_UNDER_WAY = 40
TARGET = 1 / 5

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


def make_our_page(client: TmfClient) -> Page:
    """Five facts the way a resolver asks them."""
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


def make_plain_page(client: httpx.AsyncClient, base_url: str) -> Page:
    """The same five with httpx alone: no deadline of the request, no breaker, no retry, nothing kept."""
    as_of = datetime(2026, 11, 21, tzinfo=UTC)

    async def get(path: str, query: dict[str, str] | None = None) -> Reading:
        response = await client.get(f"{base_url}{path}" + (f"?{urlencode(query)}" if query else ""))
        return Reading((parse_exact_json(response.raise_for_status().content, system="bill"),), as_of, stale=False)

    async def consume(owner: str) -> Reading:
        body = {"searchCriteria": {"product": [{"id": owner}]}}
        response = await client.post(f"{base_url}/usageConsumption/v4/queryUsageConsumption", json=body)
        return Reading((parse_exact_json(response.raise_for_status().content, system="usage"),), as_of, stale=False)

    async def ask(owner: str) -> object:
        account, balance, bills, usage, line = await asyncio.gather(
            get(f"/accountManagement/v4/billingAccount/{owner}"),
            get("/prepayBalanceManagement/v4/bucket", {"partyAccount.id": owner, "usageType": "monetary"}),
            get("/customerBillManagement/v4/customerBill", {"billingAccount.id": owner, "limit": "24"}),
            consume(owner),
            get(f"/productInventory/v4/product/{owner}"),
        )
        return (
            parse_account(account, account_id=owner, currency="CNY"),
            parse_balance(balance, account_id=owner, currency="CNY"),
            parse_bills(bills, account_id=owner, currency="CNY"),
            parse_usage(usage, line_id=owner, currency="CNY"),
            parse_line_by_id(line, line_id=owner, currency="CNY"),
        )

    return ask


async def measure(page: Page, *, pages: int, round_name: str) -> float:
    """CPU microseconds a call, of this process."""
    waiting = iter(range(pages))

    async def ask_in_turn() -> None:
        for number in waiting:
            await page(f"{round_name}-{number}")

    began = time.process_time()
    await asyncio.gather(*(ask_in_turn() for _ in range(PAGES_UNDER_WAY)))
    return (time.process_time() - began) / (pages * CALLS_A_PAGE) * 1e6


async def compare(base_url: str, *, rounds: int, pages: int) -> tuple[list[float], list[float]]:
    """Ours and plain httpx in turns; the first turn of each warms up and is not counted."""
    ours, plain = [], []
    client = TmfClient(base_url, snapshots=MemorySnapshots())
    async with httpx.AsyncClient() as plain_client:
        our_page, plain_page = make_our_page(client), make_plain_page(plain_client, base_url)
        for number in range(rounds + 1):
            ours.append(await measure(our_page, pages=pages, round_name=f"o{number}"))
            plain.append(await measure(plain_page, pages=pages, round_name=f"p{number}"))
    await client.aclose()
    return ours[1:], plain[1:]


def main() -> int:
    """Prints the table; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, default=400)
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
            ours, plain = runner.run(compare(base_url, rounds=asked.rounds, pages=asked.pages))
            server.terminate()
    return report(ours, plain)


def report(ours: list[float], plain: list[float]) -> int:
    """The medians and what they say."""
    ratio = statistics.median(our / other for our, other in zip(ours, plain, strict=True))
    print(f"{'':24}{'µs CPU a call':>14}  rounds")
    for name, costs in (("ours, whole path", ours), ("plain httpx.AsyncClient", plain)):
        print(f"{name:24}{statistics.median(costs):14.0f}  {' '.join(f'{cost:.0f}' for cost in costs)}")
    print(f"ours costs 1/{1 / ratio:.1f} of plain httpx (target: 1/{1 / TARGET:.0f} at most)")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
