"""How does a one-time code go out, and open the door once?"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.budget import Budgets, Exhausted, Spent, find_window, spend, spend_all
from gateway.identity.code import SIGN_IN, Code, NoLiveCode, OneTimeCodes, TooSoon, WrongCode
from gateway.identity.credential import fetch_credential, keep_line
from gateway.identity.number import parse_number
from gateway.identity.password import normalize_secret
from gateway.identity.session import Sessions
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, CodeEvidence, CodeSent, Turned
from graphql_schema.ports import DEADLINE, BssFault, Lines
from graphql_schema.types.line import Line

log = structlog.get_logger(__name__)
PROVES = 2
"""The level that a one-time code reaches alone (domain §5)."""
LOOK_AGAIN_SECONDS = (1.0, 4.0, 15.0)
LOOKUP_SECONDS = 8.0


class CodeSender(Protocol):
    """Takes a code to the customer's phone."""

    async def send(self, connection: AsyncConnection, *, number: str, code: str, expires_at: datetime) -> None:
        """Queues the message in the caller's transaction: it goes out if and only if that is committed."""
        ...


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """The way in with a number and the code that was texted to it."""

    engine: AsyncEngine
    lines: Lines
    sender: CodeSender
    codes: OneTimeCodes
    sessions: Sessions
    budgets: Budgets
    now: Callable[[], datetime]

    async def issue(self, number: str, source: str) -> tuple[CodeSent, Code] | Turned:
        """Makes a code for any number, alike for ours and others', and says what its owner is told.

        ``text`` takes it to the phone afterwards. Raises DatabaseFault.
        """
        now = self.now()
        async with write(self.engine) as connection:
            by_source = await spend_all(connection, self.budgets.codes(source), now=now)
            if isinstance(by_source, Exhausted):
                return Turned("too_many_codes", {"retry_at": by_source.until})
            async with connection.begin_nested() as attempt:
                code = await self.codes.issue(connection, number, SIGN_IN, now=now)
                if isinstance(code, TooSoon):
                    return Turned("too_many_codes", {"retry_at": code.retry_at})
                today = await spend(connection, self.budgets.number_codes, number, now=now)
                if isinstance(today, Exhausted):
                    await attempt.rollback()
                    return Turned("too_many_codes", {"retry_at": today.until})
        return CodeSent(code.expires_at, self._find_next(today, now)), code

    async def text(self, code: Code) -> None:
        """Queues the message if the number is a line of ours; a failing BSS is asked again for a while. Never raises
        for that: nobody waits for the answer."""
        line = await self._look_up(code.number)
        if line is None:
            return
        async with write(self.engine) as connection:
            if await self.codes.mark_texted(connection, code, now=self.now()):
                await keep_line(connection, code.number, line.id)
                await self.sender.send(connection, number=code.number, code=code.digits, expires_at=code.expires_at)

    async def admit(self, evidence: CodeEvidence, channel: Channel) -> Admitted | Turned:
        """Lets in whoever knows the code, once. Raises DatabaseFault."""
        number = parse_number(evidence.number)
        if number is None:
            return Turned("invalid_number")
        now, digits = self.now(), normalize_secret(evidence.code)
        known = await fetch_credential(self.engine, number)  # the line was looked up when the code was texted
        async with write(self.engine) as connection:
            counted = await spend_all(connection, self.budgets.guesses(number, evidence.source), now=now)
            if isinstance(counted, Exhausted):
                return Turned("locked", {"until": counted.until})
            verdict = await self.codes.redeem(connection, number, SIGN_IN, digits, now=now)
            if isinstance(verdict, WrongCode):
                return Turned("wrong_credentials", {"tries_left": verdict.tries_left})
            if isinstance(verdict, NoLiveCode) or known is None:
                return Turned("code_expired")
            caller = Caller(channel, known.line_id, number, PROVES, since=now)
            return await self.sessions.let_in(connection, caller, now=now)

    def _find_next(self, today: Spent, now: datetime) -> datetime:
        _, tomorrow = find_window(self.budgets.number_codes.window, now)
        return now + self.codes.rule.pause if today.left else tomorrow

    async def _look_up(self, number: str) -> Line | None:
        for pause_seconds in (*LOOK_AGAIN_SECONDS, None):
            DEADLINE.set(time.monotonic() + LOOKUP_SECONDS)  # the request that asked for the code is long answered
            try:
                return await self.lines.find_line(number)
            except BssFault as fault:
                if pause_seconds is None or not fault.retryable:
                    log.warning("code_not_texted", fault=fault.code)
                    return None
            await asyncio.sleep(pause_seconds)
        return None
