"""What does a sandbox of 100,000 subscribers cost in time, memory and disk, and how long does one page take?"""

import asyncio
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))
from sandbox.app import create_app
from sandbox.bss.world import World

SUBSCRIBERS, PAGES = 100_000, 200
TMF = "/tmf-api"


async def ask_page(client: httpx.AsyncClient, line_id: str, account_id: str) -> list[float]:
    """The six calls of a home page: CPU milliseconds of each."""
    bill, inventory = f"{TMF}/customerBillManagement/v4", f"{TMF}/productInventory/v4"
    account, balance = f"{TMF}/accountManagement/v4", f"{TMF}/prepayBalanceManagement/v4"
    consumption = {"searchCriteria": {"product": [{"id": line_id}]}}
    calls = [
        client.build_request("GET", f"{inventory}/product?productRelationship.product.id={line_id}"),
        client.build_request("GET", f"{account}/billingAccount/{account_id}"),
        client.build_request("GET", f"{balance}/bucket?partyAccount.id={account_id}&usageType=monetary"),
        client.build_request("POST", f"{TMF}/usageConsumption/v4/queryUsageConsumption", json=consumption),
        client.build_request("GET", f"{bill}/customerBill?billingAccount.id={account_id}&limit=24"),
        client.build_request("POST", f"{bill}/customerBillOnDemand", json={"billingAccount": {"id": account_id}}),
    ]  # fmt: skip
    spent = []
    for call in calls:
        started = time.process_time()
        answer = await client.send(call)
        spent.append((time.process_time() - started) * 1000)
        assert answer.status_code in {200, 201}, answer.text
    return spent


def at(share: float, values: list[float]) -> float:
    """The value below which a share of all lie."""
    return sorted(values)[int(share * (len(values) - 1))]


async def measure(folder: Path) -> None:
    started = time.perf_counter()
    world = World.open(folder, subscribers=SUBSCRIBERS)
    print(f"made a world of {SUBSCRIBERS}: {time.perf_counter() - started:.3f} s")
    started = time.perf_counter()
    lines = sum(len(world.portfolio(index).lines) for index in range(SUBSCRIBERS))
    print(f"derived every subscriber once: {time.perf_counter() - started:.1f} s, {lines} lines")
    chance = random.Random(1)
    cold: list[float] = []
    warm: list[float] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://sandbox") as client:
        started = time.perf_counter()
        total = (await client.get(f"{TMF}/usageManagement/v4/usage?limit=1")).headers["X-Total-Count"]
        print(f"counted every record: {total} in {time.perf_counter() - started:.1f} s")
        for _ in range(PAGES):
            portfolio = world.portfolio(chance.randrange(14, SUBSCRIBERS))
            line, account = chance.choice(portfolio.lines), portfolio.account
            cold += await ask_page(client, line.id, account.id)
            warm += await ask_page(client, line.id, account.id)
    for name, spent in (("cold", cold), ("warm", warm)):
        median, most, worst = at(0.5, spent), at(0.99, spent), max(spent)
        print(f"a {name} call, CPU: median {median:.2f} ms, 99 % {most:.1f} ms, worst {worst:.1f} ms")
    world.store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(measure(Path(made)))
        disk_bytes = sum(file.stat().st_size for file in Path(made).iterdir())
    memory_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory at most {memory_kilobytes / 1024:.0f} MB, disk {disk_bytes / 1e6:.2f} MB")
