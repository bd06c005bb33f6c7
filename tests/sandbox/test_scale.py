"""Is a world of 100,000 subscribers as good as a small one?"""

import time
from pathlib import Path

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

PRODUCT = "/tmf-api/productInventory/v4/product"


async def test_any_of_a_hundred_thousand_is_there_at_once(tmp_path: Path, born_ms: int) -> None:
    started = time.process_time()
    world = World.open(tmp_path, subscribers=100_000, now_ms=born_ms)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://s") as client:
        for index in range(14, 100_000, 5003):
            for line in world.portfolio(index).lines:
                found = (await client.get(PRODUCT, params={"productSerialNumber": line.number})).json()
                assert [product["id"] for product in found] == [line.id]
            assert world.books(world.portfolio(index), born_ms).bills
    assert time.process_time() - started < 20
    world.store.close()
    assert (tmp_path / "bss.sqlite3").stat().st_size < 1_000_000


def test_no_two_lines_have_one_number(born_ms: int) -> None:
    world = World.open(subscribers=3000, now_ms=born_ms)
    numbers = [line.number for index in range(world.size) for line in world.portfolio(index).lines]
    assert len(set(numbers)) == len(numbers)


def test_people_of_all_kinds_live_there(born_ms: int) -> None:
    world = World.open(subscribers=400, now_ms=born_ms)
    portfolios = [world.portfolio(index) for index in range(14, world.size)]
    assert {line.kind for p in portfolios for line in p.lines} == {"mobile", "fixed", "broadband", "iptv"}
    assert {p.account.kind for p in portfolios} == {"postpaid", "prepaid"}
    assert any(line.main_line_id for p in portfolios for line in p.lines)
    payers = [*portfolios[:20], *[p for p in portfolios if p.account.first_share_percent < 100][:3]]
    states = {bill.state for p in payers for bill in world.books(p, born_ms).bills}
    assert states == {"sent", "partiallyPaid", "settled"}
