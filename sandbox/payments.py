"""Which addresses does the sandbox's payment provider answer, and how does it go on by itself?"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from starlette.routing import Route

from sandbox.bss.clock import Clock
from sandbox.pay.api import api_routes
from sandbox.pay.bad_day import BadDay
from sandbox.pay.control import pay_control_routes
from sandbox.pay.courier import Courier
from sandbox.pay.notice_book import NoticeBook
from sandbox.pay.page import page_routes
from sandbox.pay.payment_book import PaymentBook
from sandbox.pay.provider import Provider
from sandbox.pay.signature import Doorman, Merchant

PLAY_MERCHANT: Final = Merchant("onehall", "sandbox-pay-secret")
"""Whom the provider collects for if nobody says: the money is not real."""
_SETTLE_EVERY_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class PayHouse:
    """The provider with its routes and what it does by itself."""

    provider: Provider
    courier: Courier
    routes: list[Route]

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Settles what was delayed and sends notices for as long as the context is open."""
        async with self.courier.at_work():
            settling = asyncio.create_task(self._settle())
            try:
                yield
            finally:
                settling.cancel()
                with suppress(asyncio.CancelledError):
                    await settling

    async def _settle(self) -> None:
        while True:
            self.provider.settle_due()
            await asyncio.sleep(_SETTLE_EVERY_SECONDS)


def open_pay_house(database: sqlite3.Connection, clock: Clock, merchant: Merchant = PLAY_MERCHANT) -> PayHouse:
    """The provider over the sandbox's database."""
    day, notices = BadDay(), NoticeBook(database)
    courier = Courier(notices, merchant, day)
    provider = Provider(PaymentBook(database), courier, day, clock)
    routes = [
        *api_routes(provider, Doorman(merchant), merchant, day),
        *page_routes(provider, merchant.name),
        *pay_control_routes(provider, notices, day),
    ]
    return PayHouse(provider, courier, routes)
