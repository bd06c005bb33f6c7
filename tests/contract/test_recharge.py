"""Does money that somebody pays reach the line, once, through the whole hall, whatever the provider and the BSS do?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.app import create_app
from gateway.database import read
from gateway.settings import Settings
from notifications.tables import outbound_sms
from ordering.money.ledger import fetch_balances
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.conformance.serving import served
from tests.contract.conftest import BORN_MS, House, _settings, assembled

pytestmark = pytest.mark.anyio
ORDINARY, PREPAID = "13800138001", "13800138002"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""One database is enough where the other's own way with a race is not what is asked about."""
PAYMENTS = "/tmf-api/payment/v4/payment"


class Front:
    """An address that is known before the hall behind it stands: the provider posts its callbacks there."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Payer:
    """Somebody at the hall, and at the provider's page."""

    house: House
    headers: dict[str, str]

    async def start(self, amount: str = "50", *, key: str | None = None, **more: Any) -> dict[str, Any]:
        wish = {"idempotencyKey": key or uuid4().hex, "amount": amount, "source": "SANDBOX", **more}
        answer = await self.house.ask("StartRecharge", self.headers, input=wish)
        found: dict[str, Any] = answer["data"]["startRecharge"]
        return found

    async def answer(self, page: str, answer: str = "pay") -> None:
        """On the provider's own page, which leads back to the receipt."""
        left = await self.house.levers.post(page, data={"answer": answer})
        assert left.status_code == 303
        assert "/recharge/" in left.headers["location"]

    async def see(self, receipt: str) -> dict[str, Any]:
        """Whoever holds the receipt sees it, signed in or not."""
        found: dict[str, Any] = (await self.house.ask("Recharge", {}, receipt=receipt))["data"]["recharge"]
        return found

    async def see_until(self, receipt: str, state: str, *, seconds: float = 30) -> dict[str, Any]:
        """The recharge in that state, while the workers wake as the beat wakes them."""
        async with asyncio.timeout(seconds):
            while (found := await self.see(receipt))["state"] != state:
                await self.house.hall.deals.wake()
                await asyncio.sleep(0.1)
        return found

    async def available(self) -> Decimal:
        me = (await self.house.ask("Home", self.headers))["data"]["me"]
        return Decimal(me["balance"]["available"]["amount"])

    async def spoil(self, mode: str, **more: Any) -> None:
        (await self.house.levers.post("/sandbox/payments", json={"mode": mode, **more})).raise_for_status()

    async def booked(self) -> list[Decimal]:
        """What the BSS booked from us."""
        rows = (await self.house.levers.get(PAYMENTS, params={"channel.id": "onehall"})).raise_for_status().json()
        return [Decimal(str(row["totalAmount"]["value"])) for row in rows]

    async def balances(self) -> dict[str, int]:
        async with read(self.house.hall.engine) as connection:
            return {name: fen for name, fen in (await fetch_balances(connection)).items() if fen}

    async def texts(self, number: str) -> list[str]:
        async with read(self.house.hall.engine) as connection:
            asked = select(outbound_sms.c.text).where(outbound_sms.c.recipient == number)
            return list((await connection.execute(asked)).scalars())

    async def notices_settled(self, posts: int) -> None:
        """The provider has sent so many callbacks."""
        async with asyncio.timeout(15):
            while await self._sent() < posts:  # noqa: ASYNC110  another process's, in all but name
                await asyncio.sleep(0.05)

    async def _sent(self) -> int:
        books = (await self.house.levers.get("/sandbox/payments")).json()
        return sum(notice["sent"] + notice["failed"] for notice in books["notices"])


@asynccontextmanager
async def within_reach(settings: Settings) -> AsyncIterator[House]:
    """A hall behind a real address, and the sandbox behind another: each reaches the other."""
    world, front = World.open(subscribers=20, now_ms=BORN_MS), Front()
    try:
        async with served(create_sandbox(world)) as sandbox, served(front) as public:
            reachable = settings.model_copy(update={"public_url": public})
            async with assembled(reachable, sandbox, None) as house:
                front.app = create_app(house.hall)
                yield house
    finally:
        world.store.close()


@pytest.fixture
async def house(database_url: str, valkey: str, keys: Path) -> AsyncIterator[House]:
    async with within_reach(_settings(database_url, keys, valkey)) as house:
        yield house


@pytest.fixture
async def payer(house: House) -> Payer:
    return Payer(house, await house.sign_in(ORDINARY))


async def test_money_that_is_paid_on_the_provider_s_page_is_credited_with_a_receipt(payer: Payer) -> None:
    before = await payer.available()
    started = await payer.start()
    receipt = started["recharge"]["receipt"]
    assert (started["recharge"]["state"], started["recharge"]["maskedNumber"]) == ("WAITING", "138****8001")
    await payer.answer(started["pay"]["page"])
    credited = await payer.see_until(receipt, "CREDITED")
    assert Decimal(credited["amount"]["amount"]) == 50
    assert credited["paidAt"] is not None
    assert await payer.available() == before + 50
    assert await payer.booked() == [50]
    assert await payer.balances() == {"provider:sandbox": -5000, "bss": 5000}
    (text,) = [text for text in await payer.texts(ORDINARY) if "50.00" in text]
    assert "8001" in text


@on_sqlite
async def test_the_callback_alone_tells_that_it_was_paid(payer: Payer) -> None:
    started = await payer.start()
    await payer.answer(started["pay"]["page"])
    async with asyncio.timeout(4):  # sooner than any worker would have asked, and none is woken here
        while (await payer.see(started["recharge"]["receipt"]))["state"] == "WAITING":  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@on_sqlite
async def test_a_visitor_puts_money_onto_another_s_number(house: House) -> None:
    visitor, owner = Payer(house, {}), Payer(house, await house.sign_in(PREPAID))
    before = await owner.available()
    started = await visitor.start("30", number=PREPAID)
    await visitor.answer(started["pay"]["page"])
    credited = await visitor.see_until(started["recharge"]["receipt"], "CREDITED")
    assert credited["maskedNumber"] == "138****8002"
    assert await owner.available() == before + 30


@on_sqlite
@pytest.mark.parametrize("amount", ["0", "-5", "13.333", "1000000000"])
async def test_an_amount_out_of_bounds_opens_nothing(payer: Payer, amount: str) -> None:
    refused = await payer.start(amount)
    assert refused["__typename"] == "AmountRefused"
    assert (await payer.house.levers.get("/sandbox/payments")).json()["payments"] == []


async def test_one_key_opens_one_payment(payer: Payer) -> None:
    begun = await asyncio.gather(*(payer.start(key="the same button, pressed") for _ in range(100)))
    receipts = {one["recharge"]["receipt"] for one in begun if one["__typename"] == "RechargeStarted"}
    assert len(receipts) == 1
    assert len((await payer.house.levers.get("/sandbox/payments")).json()["payments"]) == 1


@on_sqlite
async def test_who_refuses_at_the_provider_is_told_so(payer: Payer) -> None:
    started = await payer.start()
    await payer.answer(started["pay"]["page"], "refuse")
    await payer.see_until(started["recharge"]["receipt"], "REFUSED")
    assert await payer.balances() == {}


@on_sqlite
async def test_one_that_is_called_off_can_not_be_paid_any_more(payer: Payer) -> None:
    started = await payer.start()
    wish = {"idempotencyKey": uuid4().hex, "receipt": started["recharge"]["receipt"]}
    answer = await payer.house.ask("CancelRecharge", payer.headers, input=wish)
    assert answer["data"]["cancelRecharge"]["state"] == "CLOSED"
    paid = await payer.house.levers.post(started["pay"]["page"], data={"answer": "pay"})
    assert paid.status_code == 200  # the page says that it is closed, and leads nowhere
    assert (await payer.see(started["recharge"]["receipt"]))["state"] == "CLOSED"


@on_sqlite
async def test_a_provider_that_never_tells_is_asked(payer: Payer) -> None:
    await payer.spoil("silent")
    started = await payer.start()
    await payer.answer(started["pay"]["page"])
    await payer.see_until(started["recharge"]["receipt"], "CREDITED")
    assert await payer.booked() == [50]


@on_sqlite
async def test_a_forged_callback_credits_nothing(payer: Payer) -> None:
    await payer.spoil("forge")
    started = await payer.start()
    await payer.notices_settled(1)
    await payer.house.hall.deals.wake()
    assert (await payer.see(started["recharge"]["receipt"]))["state"] == "WAITING"
    assert (await payer.booked(), await payer.balances()) == ([], {})


@on_sqlite
@pytest.mark.parametrize("mode", ["wrongAmount", "wrongCurrency"])
async def test_a_callback_that_lies_is_not_what_is_credited(payer: Payer, mode: str) -> None:
    await payer.spoil(mode)
    started = await payer.start()
    await payer.answer(started["pay"]["page"])
    await payer.see_until(started["recharge"]["receipt"], "CREDITED")
    assert await payer.booked() == [50]
    assert await payer.balances() == {"provider:sandbox": -5000, "bss": 5000}


@on_sqlite
async def test_another_amount_than_was_asked_for_is_held_and_not_credited(payer: Payer) -> None:
    await payer.spoil("wrongAmount", **{"in": "payment"})
    started = await payer.start()
    await payer.answer(started["pay"]["page"])
    await payer.see_until(started["recharge"]["receipt"], "CHECKING")
    assert (await payer.booked(), await payer.balances()) == ([], {})


@pytest.mark.parametrize("mode", ["duplicate", "shuffle"])
async def test_callbacks_twice_and_out_of_order_credit_each_payment_once(payer: Payer, mode: str) -> None:
    await payer.spoil(mode, times=3)
    started = [await payer.start(amount) for amount in ("10", "20", "30")]
    for one in started:
        await payer.answer(one["pay"]["page"])
    for one in started:
        await payer.see_until(one["recharge"]["receipt"], "CREDITED")
    await payer.notices_settled(9 if mode == "duplicate" else 3)
    await payer.house.hall.deals.wake()
    assert sorted(await payer.booked()) == [10, 20, 30]


@on_sqlite
async def test_a_payment_whose_opening_was_not_heard_is_found_and_can_be_paid(payer: Payer) -> None:
    await payer.spoil("dropAnswer")
    started = await payer.start()
    receipt = started["recharge"]["receipt"]
    assert (started["recharge"]["state"], started["pay"]) == ("CHECKING", None)
    await payer.see_until(receipt, "WAITING")
    offer = (await payer.house.ask("PayOffer", {}, receipt=receipt))["data"]["payOffer"]
    await payer.answer(offer["pay"]["page"])
    await payer.see_until(receipt, "CREDITED")
    assert len((await payer.house.levers.get("/sandbox/payments")).json()["payments"]) == 1


@pytest.mark.parametrize("mode", ["dropAnswer", "error"])
async def test_a_bss_that_does_not_answer_credits_once_all_the_same(payer: Payer, mode: str) -> None:
    fault = {"path": "/topupBalance", "mode": mode, "times": 1}
    (await payer.house.levers.post("/sandbox/fault", json=fault)).raise_for_status()
    started = await payer.start()
    await payer.answer(started["pay"]["page"])
    await payer.see_until(started["recharge"]["receipt"], "CREDITED")
    assert await payer.booked() == [50]
    assert await payer.balances() == {"provider:sandbox": -5000, "bss": 5000}
