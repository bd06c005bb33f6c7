"""Whom does this evidence show, and do we let them in?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import DatabaseFault, write
from gateway.identity.budget import Budgets, purge_budgets
from gateway.identity.code import CodeRule, OneTimeCodes, purge_codes
from gateway.identity.code_entry import CodeEntry, CodeSender
from gateway.identity.credential import fetch_credential
from gateway.identity.errand import Errands
from gateway.identity.number import parse_number
from gateway.identity.password import Overloaded, PasswordHashes, WeakPassword
from gateway.identity.password_entry import PasswordEntry
from gateway.identity.session import SessionRule, Sessions
from graphql_schema.client import Caller, Channel
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeSent,
    Evidence,
    LinkEvidence,
    PasswordEvidence,
    TokenEvidence,
    Turned,
)
from graphql_schema.ports import BssFault, Lines

log = structlog.get_logger(__name__)
PURGE_EVERY = timedelta(minutes=10)


def real_now() -> datetime:
    """This machine's time: codes and sessions live by it, not by the BSS's clock."""
    return datetime.now(UTC)


class HallDoorkeeper:
    """The ``Doorkeeper`` of graphql_schema.client, over SQL. What can't be counted or checked stays shut."""

    def __init__(  # noqa: PLR0913  everything that identity rests on arrives here
        self,
        engine: AsyncEngine,
        lines: Lines,
        send_code: CodeSender,
        *,
        secret: bytes,
        trusted_links: frozenset[str],
        now: Callable[[], datetime] = real_now,
        budgets: Budgets | None = None,
        code_rule: CodeRule | None = None,
        session_rule: SessionRule | None = None,
        hashes: PasswordHashes | None = None,
    ) -> None:
        """``secret`` keys passwords and codes: without it no password is right again. ``trusted_links`` names the links
        whose sender numbers the operator itself vouches for."""
        budgets = budgets or Budgets()
        self._engine, self._lines, self._trusted_links, self._now = engine, lines, trusted_links, now
        self._hashes = hashes or PasswordHashes(secret=secret)
        self._sessions = Sessions(engine, session_rule)
        codes = OneTimeCodes(secret=secret, rule=code_rule)
        self._by_password = PasswordEntry(engine, lines, self._hashes, self._sessions, budgets, now)
        self._by_code = CodeEntry(engine, lines, send_code, codes, self._sessions, budgets, now)
        self._errands = Errands()
        self._purged_at = now()

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        """Judges the evidence. Never raises for what a person sent, nor for a system that is down."""
        try:
            match evidence:
                case TokenEvidence():
                    return await self._admit_token(evidence, channel)
                case LinkEvidence():
                    return await self._admit_link(evidence, channel)
                case PasswordEvidence():
                    return await self._by_password.admit(evidence, channel)
                case CodeEvidence():
                    return await self._by_code.admit(evidence, channel)
        except (DatabaseFault, Overloaded, BssFault) as fault:
            log.warning("door_stays_shut", error=type(fault).__name__)
            return Turned("unavailable")

    async def send_code(self, number: str, *, channel: Channel, source: str) -> CodeSent | Turned:
        """Texts a fresh code and voids the one before. The answer, and the time it takes, are the same for every
        well-formed number: whether a line has it is looked up afterwards."""
        known = parse_number(number)
        if known is None:
            return Turned("invalid_number")
        try:
            issued = Turned("unavailable") if self._errands.full else await self._by_code.issue(known, source)
        except DatabaseFault as fault:
            log.warning("no_code_made", error=type(fault).__name__)
            return Turned("unavailable")
        if isinstance(issued, Turned):
            return issued
        said, code = issued
        self._errands.run(self._by_code.text(code))
        if self._now() - self._purged_at > PURGE_EVERY:
            self._errands.run(self.purge())
        return said

    async def sign_out(self, token: str) -> None:
        """Ends the session of this token. Raises DatabaseFault: a session that goes on must not look ended."""
        await self._sessions.end(token)

    async def set_password(
        self, number: str, password: str, *, line_id: str, identity_number: str | None = None
    ) -> WeakPassword | None:
        """Sets a line's service password and ends its sessions, or says why it is too weak (domain §5).

        Raises ValueError for what is no number, DatabaseFault, Overloaded.
        """
        known = parse_number(number)
        if known is None:
            raise ValueError("a service password needs a well-formed number")
        return await self._by_password.set_password(known, password, line_id=line_id, identity_number=identity_number)

    async def has_password(self, number: str, *, line_id: str) -> bool:
        """Whether a service password was set for this number and line."""
        known = await fetch_credential(self._engine, parse_number(number) or number)
        return known is not None and known.line_id == line_id and known.password_hash is not None

    async def purge(self) -> None:
        """Forgets sessions, codes and counts that are over. Runs by itself now and then while codes are sent."""
        now = self._purged_at = self._now()
        async with write(self._engine) as connection:
            await self._sessions.purge(connection, now=now)
            await purge_codes(connection, now=now)
            await purge_budgets(connection, now=now)

    async def finish(self, *, within_seconds: float = 5.0) -> None:
        """Ends what is still under way behind the answers, and the threads. Call it when draining."""
        await self.settle(within_seconds=within_seconds)
        self._hashes.close()

    async def settle(self, *, within_seconds: float = 5.0) -> None:
        """Waits until codes that were asked for are on their way."""
        await self._errands.finish(within_seconds=within_seconds)

    async def _admit_token(self, evidence: TokenEvidence, channel: Channel) -> Admitted | Turned:
        session = await self._sessions.recognize(evidence.token, channel, now=self._now())
        return Admitted(session.caller, expires_at=session.expires_at) if session else Turned("session_ended")

    async def _admit_link(self, evidence: LinkEvidence, channel: Channel) -> Admitted:
        number = parse_number(evidence.number) if evidence.link in self._trusted_links else None
        line = await self._lines.find_line(number) if number else None
        if line is None:
            return Admitted(Caller(channel, number=number))
        return Admitted(Caller(channel, line.id, number, assurance=1, since=self._now()))
