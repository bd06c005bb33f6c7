"""How does the merchant hear that something was paid, and how surely?"""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final

import httpx

from sandbox.pay.bad_day import BadDay
from sandbox.pay.notice_book import Notice, NoticeBook
from sandbox.pay.signature import Merchant, signed_headers
from sandbox.trusted_roots import trusted_roots

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE_MS: Final = 500
_LONGEST_PAUSE_MS: Final = 60_000
_MOST_TRIES: Final = 40
_LOOK_EVERY_SECONDS: Final = 0.2
_SHUFFLED_APART_MS: Final = 400
_TIMES_A_DUPLICATE: Final = 3


class Courier:
    """Sends each notice until it is taken, with growing pauses, none waiting for another. What is under way stands in
    the store, so that a restart loses nothing."""

    def __init__(self, book: NoticeBook, merchant: Merchant, day: BadDay) -> None:
        self._book = book
        self._merchant = merchant
        self._day = day
        self._news = asyncio.Event()
        self._on_the_way: set[int] = set()

    def tell(self, address: str, said: dict[str, Any]) -> None:
        """Puts a notice on its way, or on a bad day what should not be."""
        if not address or self._day.take("silent"):
            return
        said = {"id": secrets.token_hex(16), **said}
        if self._day.take("wrongAmount", "notice"):
            said["amount"] = "0.01" if said["amount"] != "0.01" else "100.00"
        if self._day.take("wrongCurrency", "notice"):
            said["currency"] = "USD"
        shuffled = self._day.take("shuffle")
        held_ms = shuffled.times * _SHUFFLED_APART_MS if shuffled else 0
        times = _TIMES_A_DUPLICATE if self._day.take("duplicate") else 1
        self._book.add(Notice(0, address, json.dumps(said), _real_ms() + held_ms, is_forged=False, times=times))
        self._news.set()

    def lie(self, address: str, said: dict[str, Any]) -> None:
        """Puts a notice on its way that somebody else signed."""
        body = json.dumps({"id": secrets.token_hex(16), **said})
        self._book.add(Notice(0, address, body, _real_ms(), is_forged=True, times=1))
        self._news.set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Sends what is due for as long as the context is open."""
        self._news = asyncio.Event()  # of the loop that runs now
        async with httpx.AsyncClient(verify=trusted_roots(), timeout=10, trust_env=False) as client:
            working = asyncio.create_task(self._work(client))
            try:
                yield
            finally:
                working.cancel()
                with suppress(asyncio.CancelledError):
                    await working

    async def _work(self, client: httpx.AsyncClient) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                for notice in self._book.due(_real_ms()):
                    if notice.serial not in self._on_the_way:
                        self._on_the_way.add(notice.serial)
                        group.create_task(self._send(client, notice))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY_SECONDS):
                        await self._news.wait()

    async def _send(self, client: httpx.AsyncClient, notice: Notice) -> None:
        try:
            is_taken = await _post(client, notice, self._signer(notice))
        finally:
            self._on_the_way.discard(notice.serial)
        if is_taken:
            self._book.note_taken(notice.serial)
            return
        pause_ms = min(_FIRST_PAUSE_MS << min(notice.failed, 10), _LONGEST_PAUSE_MS)
        most = 1 if notice.is_forged else _MOST_TRIES  # a liar is not that patient
        self._book.note_failed(notice.serial, next_real_ms=_real_ms() + pause_ms, most_tries=most)

    def _signer(self, notice: Notice) -> Merchant:
        return replace(self._merchant, secret=secrets.token_hex(16)) if notice.is_forged else self._merchant


async def _post(client: httpx.AsyncClient, notice: Notice, signer: Merchant) -> bool:
    """Whether the merchant took it."""
    body = notice.body.encode()
    headers = {"Content-Type": "application/json", **signed_headers(signer, body)}
    try:
        answer = await client.post(notice.address, content=body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        _LOG.info("merchant at %s: %s", notice.address, type(error).__name__)
        return False
    return answer.is_success


def _real_ms() -> int:
    return time.time_ns() // 1_000_000
