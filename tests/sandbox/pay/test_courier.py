"""Does the merchant hear of each payment until it says so, and after a restart too?"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.app import create_app
from sandbox.bss.world import World
from sandbox.pay.signature import signature
from sandbox.payments import PLAY_MERCHANT
from tests.conformance.serving import served
from tests.sandbox.pay.conftest import Shop

pytestmark = pytest.mark.anyio


NEVER = 0


@dataclass
class Till:
    """The merchant's ear: what it heard, and how it answers next (then 204)."""

    answers: list[int] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    believed: list[bool] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self, request: Request) -> Response:
        body, said = await request.body(), request.headers
        due = signature(PLAY_MERCHANT.secret, said["pay-timestamp"], said["pay-nonce"], body)
        self.heard.append(json.loads(body))
        self.believed.append(said["pay-signature"] == due)
        async with self.news:
            self.news.notify_all()
        status = self.answers.pop(0) if self.answers else 204
        if status == NEVER:
            await asyncio.sleep(60)
        return Response(status_code=status)

    async def hears(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: len(self.heard) >= count)
        return self.heard


@asynccontextmanager
async def at_work(world: World) -> AsyncIterator[tuple[Shop, Till, str]]:
    """A sandbox that delivers, and a merchant that listens at an address."""
    till, app = Till(), create_app(world)
    shop_app = Starlette(routes=[Route("/notice", till.listen, methods=["POST"])])
    async with served(shop_app) as address, app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            yield Shop(client), till, f"{address}/notice"


async def test_a_notice_comes_again_until_it_is_taken_with_the_same_id_and_a_new_signature(world: World) -> None:
    async with at_work(world) as (shop, till, address):
        till.answers = [500, 401]
        await shop.pay(await shop.open("r1", notifyUrl=address))
        heard = await till.hears(3)
        await asyncio.sleep(0.7)
        assert [said["id"] for said in heard] == [heard[0]["id"]] * 3
        assert till.believed == [True] * 3
        [notice] = (await shop.books())["notices"]
        assert (notice["sent"], notice["failed"], notice["over"]) == (3, 2, True)


async def test_a_duplicate_comes_three_times_though_it_was_taken(world: World) -> None:
    async with at_work(world) as (shop, till, address):
        await shop.bad_day("duplicate")
        await shop.pay(await shop.open("r1", notifyUrl=address))
        assert len({said["id"] for said in await till.hears(3)}) == 1


async def test_shuffled_notices_come_in_reverse(world: World) -> None:
    async with at_work(world) as (shop, till, address):
        await shop.bad_day("shuffle", times=3)
        for reference in ("r1", "r2", "r3"):
            await shop.pay(await shop.open(reference, notifyUrl=address))
        assert [said["reference"] for said in await till.hears(3)] == ["r3", "r2", "r1"]


async def test_a_forged_notice_is_signed_by_somebody_else(world: World) -> None:
    async with at_work(world) as (shop, till, address):
        await shop.bad_day("forge")
        await shop.open("r1", notifyUrl=address)
        await till.hears(1)
        assert till.believed == [False]


async def test_what_was_delayed_is_told_though_nobody_asks(world: World) -> None:
    async with at_work(world) as (shop, till, address):
        await shop.bad_day("delay", seconds=0.3)
        await shop.pay(await shop.open("r1", notifyUrl=address))
        assert till.heard == []
        assert (await till.hears(1))[0]["state"] == "paid"


async def test_a_merchant_that_is_away_holds_up_no_other_notice(world: World) -> None:
    async with at_work(world) as (shop, till, address):
        await shop.pay(await shop.open("r1", notifyUrl="http://127.0.0.1:9/nobody"))
        await shop.pay(await shop.open("r2", notifyUrl=address))
        assert (await till.hears(1))[0]["reference"] == "r2"


async def test_a_merchant_that_never_answers_hears_the_next_all_the_same(world: World) -> None:
    async with at_work(world) as (shop, till, address):
        till.answers = [NEVER]
        await shop.pay(await shop.open("r1", notifyUrl=address))
        await till.hears(1)
        await shop.pay(await shop.open("r2", notifyUrl=address))
        assert [said["reference"] for said in await till.hears(2)] == ["r1", "r2"]


async def test_a_restart_loses_no_notice_and_no_payment(tmp_path: Path, born_ms: int) -> None:
    world = World.open(tmp_path, now_ms=born_ms)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://sandbox")
    till = Till()
    async with served(Starlette(routes=[Route("/notice", till.listen, methods=["POST"])])) as address, client:
        shop = Shop(client)
        await shop.pay(await shop.open("r1", notifyUrl=f"{address}/notice"))
        world.store.close()  # before anything was sent
        again = World.open(tmp_path, now_ms=born_ms)
        app = create_app(again)
        async with app.router.lifespan_context(app):
            assert (await till.hears(1))[0]["reference"] == "r1"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as later:
            assert (await Shop(later).fetch("r1"))["state"] == "paid"
        again.store.close()


async def test_a_dropped_answer_was_carried_out(world: World) -> None:
    async with served(create_app(world)) as address, httpx.AsyncClient(base_url=address) as client:
        shop = Shop(client)
        await shop.bad_day("dropAnswer")
        with pytest.raises(httpx.RemoteProtocolError):
            await shop.open("r1")
        assert (await shop.fetch("r1"))["state"] == "open"
        assert (await shop.open("r1"))["reference"] == "r1"
