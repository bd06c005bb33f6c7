"""How does a one-time code go out?"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import DatabaseFault, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.budget import Budgets, Exhausted, Spent, find_window, spend_all
from gateway.identity.code import Code, OneTimeCodes, TooSoon
from gateway.identity.contact.messages import note_holder
from gateway.identity.device import find_device
from gateway.identity.line_watch import LineWatch
from graphql_schema.client import Channel
from graphql_schema.door import CodeSent, CodeWish, Purpose, Turned
from graphql_schema.ports import BssFault, Lines, answering_by
from graphql_schema.types.line import Line, LineState

log = structlog.get_logger(__name__)
LOOK_AGAIN_SECONDS = (1.0, 4.0, 15.0)
"""The pauses after which a BSS, or a database, that gave no answer is tried again."""
LOOKUP_SECONDS = 8.0


class CodeSender(Protocol):
    """Takes a code to the customer's phone."""

    async def send(  # noqa: PLR0913  all that the message may say
        self,
        connection: AsyncConnection,
        *,
        number: str,
        code: str,
        expires_at: datetime,
        purpose: Purpose,
        about: str,
    ) -> None:
        """Queues the message in the caller's transaction: it goes out if and only if that is committed."""
        ...


@dataclass(frozen=True, slots=True)
class CodeSending:
    """From a wish to a code on its way."""

    engine: AsyncEngine
    lines: Lines
    watch: LineWatch
    sender: CodeSender
    codes: OneTimeCodes
    budgets: Budgets
    now: Callable[[], datetime]

    async def issue(self, number: str, wish: CodeWish) -> tuple[CodeSent, Code] | Turned:
        """Makes a code for any number, alike for ours and others', and says what whoever asked is told.

        ``text`` takes it to the phone afterwards. Raises DatabaseFault.
        """
        now = self.now()
        async with write(self.engine) as connection:
            device = await find_device(connection, wish.device, number)
            wished = self.budgets.wish(wish.source, device.id if device else None)
            counted = await spend_all(connection, wished, now=now)
            if isinstance(counted, Exhausted):
                return Turned("too_many_codes", {"retry_at": counted.until})
            async with connection.begin_nested() as attempt:
                code = await self.codes.issue(connection, number, wish, now=now)
                if isinstance(code, TooSoon):  # nothing of it was kept: impatience costs no code of the day
                    return Turned("too_many_codes", {"retry_at": code.retry_at})
                today = await spend_all(connection, self.budgets.sending(number), now=now)
                if isinstance(today, Exhausted):
                    await attempt.rollback()  # the code before stays good
                    return Turned("too_many_codes", {"retry_at": today.until})
        return CodeSent(code.expires_at, self._find_next(today, now), code.challenge), code

    async def text(self, code: Code, channel: Channel) -> None:
        """Queues the message if the number is a line of ours. Nobody waits for the answer, so a BSS or a database that
        fails is tried again for a while; then it is logged."""
        line = await _try_for_a_while(lambda: self._look_up(code.number))
        if line is not None and line.state is not LineState.CLOSED:
            await _try_for_a_while(lambda: self._queue(code, line, channel))

    async def _look_up(self, number: str) -> Line | None:
        with answering_by(time.monotonic() + LOOKUP_SECONDS):  # the request that asked for the code is long answered
            return await self.lines.find_line(number)

    async def _queue(self, code: Code, line: Line, channel: Channel) -> Line:
        now = self.now()
        async with write(self.engine) as connection:
            if await self.codes.mark_texted(connection, code, now=now):
                await self.watch.meet(connection, code.number, line)
                await note_holder(connection, code.number, line.id, now=now)
                await self.sender.send(
                    connection,
                    number=code.number,
                    code=code.digits,
                    expires_at=code.expires_at,
                    purpose=code.purpose,
                    about=code.about,
                )
                sent = AuditEntry("code_sent", "visitor", line.id, channel, 0, note=code.purpose.value)
                await record(connection, sent, now=now)
        return line

    def _find_next(self, today: Spent, now: datetime) -> datetime:
        _, tomorrow = find_window(self.budgets.number_codes.window, now)
        return now + self.codes.rule.pause if today.left else tomorrow


async def _try_for_a_while(deed: Callable[[], Awaitable[Line | None]]) -> Line | None:
    for pause_seconds in (*LOOK_AGAIN_SECONDS, None):
        try:
            return await deed()
        except (BssFault, DatabaseFault) as fault:
            if pause_seconds is None or not getattr(fault, "retryable", True):
                log.warning("code_not_texted", fault=getattr(fault, "code", type(fault).__name__))
                return None
        await asyncio.sleep(pause_seconds)
    return None
