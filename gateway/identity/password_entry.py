"""How does a service password open the door, three wrong ones lock it, and a new one come to be?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.budget import Budgets, Exhausted, Spent, find_window, forgive, spend_all
from gateway.identity.credential import fetch_credential, find_current_line, keep_password
from gateway.identity.number import parse_number
from gateway.identity.password import PasswordHashes, WeakPassword, find_weakness, normalize_secret
from gateway.identity.session import Sessions, end_sessions_of
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, PasswordEvidence, Turned
from graphql_schema.ports import Lines

PROVES = 2
"""The level that a service password reaches alone (domain §5)."""


@dataclass(frozen=True, slots=True)
class PasswordEntry:
    """The way in with a number and its service password."""

    engine: AsyncEngine
    lines: Lines
    hashes: PasswordHashes
    sessions: Sessions
    budgets: Budgets
    now: Callable[[], datetime]

    async def admit(self, evidence: PasswordEvidence, channel: Channel) -> Admitted | Turned:
        """Counts the try, and only then looks at the password. A number that is nobody's is counted and takes as long.

        Raises DatabaseFault, Overloaded.
        """
        number = parse_number(evidence.number)
        if number is None:
            return Turned("invalid_number")
        counted = await self._count_try(number, evidence.source)
        if isinstance(counted, Exhausted):
            return Turned("locked", {"until": counted.until})
        line_id = await self._find_proved_line(number, normalize_secret(evidence.password))
        if line_id is None:
            return self._turn_away(counted)
        async with write(self.engine) as connection:
            await forgive(connection, self.budgets.password_tries, number)
            now = self.now()
            return await self.sessions.let_in(connection, Caller(channel, line_id, number, PROVES, since=now), now=now)

    async def set_password(
        self, number: str, password: str, *, line_id: str, identity_number: str | None
    ) -> WeakPassword | None:
        """Sets a line's service password and ends its sessions, or says why the password is too weak."""
        secret = normalize_secret(password)
        weakness = find_weakness(secret, number=number, identity_number=identity_number)
        if weakness is not None:
            return weakness
        password_hash = await self.hashes.hash(secret, number=number)
        async with write(self.engine) as connection:
            await keep_password(connection, number, line_id, password_hash, now=self.now())
            await end_sessions_of(connection, number)
        return None

    async def _count_try(self, number: str, source: str) -> Spent | Exhausted:
        attempts = (*self.budgets.guesses(number, source), (self.budgets.password_tries, number))
        async with write(self.engine) as connection:
            return await spend_all(connection, attempts, now=self.now())

    async def _find_proved_line(self, number: str, secret: str) -> str | None:
        known = await fetch_credential(self.engine, number)
        right = await self.hashes.verify(known.password_hash if known else None, secret, number=number)
        return await find_current_line(self.engine, self.lines, known) if right and known else None

    def _turn_away(self, counted: Spent) -> Turned:
        if counted.left > 0:
            return Turned("wrong_credentials", {"tries_left": counted.left})
        _, until = find_window(self.budgets.password_tries.window, self.now())
        return Turned("locked", {"until": until})
