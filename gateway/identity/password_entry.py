"""How does a service password prove something, and how do three wrong ones lock it?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.budget import Attempts, Budget, Budgets, Exhausted, Spent, find_window, forgive, spend, spend_all
from gateway.identity.credential import Credential, fetch_credential
from gateway.identity.device import find_device, has_proved
from gateway.identity.line_watch import LineWatch
from gateway.identity.number import parse_number
from gateway.identity.password import PasswordHashes, normalize_secret
from gateway.identity.proof import Failed, Proved
from gateway.identity.recent_refusals import RecentRefusals
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller
from graphql_schema.door import PasswordEvidence, Turned


@dataclass(frozen=True, slots=True)
class Tries:
    """An attempt that was counted: in whose tries, and how many are left."""

    budget: Budget
    subject: str
    left: int


@dataclass(frozen=True, slots=True)
class PasswordEntry:
    """Judges service passwords."""

    engine: AsyncEngine
    watch: LineWatch
    hashes: PasswordHashes
    budgets: Budgets
    now: Callable[[], datetime]
    refusals: RecentRefusals = field(default_factory=RecentRefusals)

    async def judge(self, evidence: PasswordEvidence) -> Proved | Failed | Turned:
        """Counts the try, and only then looks at the password. A number that is nobody's is counted and takes as long.

        A device that was once proved for the number has tries of its own. Raises DatabaseFault, Overloaded.
        """
        number = parse_number(evidence.number)
        if number is None:
            return Turned("invalid_number")
        tries = await self._count_evidence(number, evidence)
        if isinstance(tries, Exhausted):
            return Turned("locked", {"until": tries.until})
        known, right = await self._look(number, normalize_secret(evidence.password))
        if known is None or not right:
            return Failed(self._turn_away(tries), known.line_id if known else None)
        await self._give_back(tries, number)
        return Proved(number, known.line_id, Factor.PASSWORD, self.now(), known.reset_at)

    async def judge_own(self, caller: Caller, password: str) -> Credential | Turned:
        """The same for a caller who is in already and shows the password once more, under the same tries.

        Raises DatabaseFault, Overloaded.
        """
        number, line_id = caller.number or "", caller.subscriber or ""
        async with write(self.engine) as connection:
            own = await has_proved(connection, caller.device, number, line_id)
            attempts = self.budgets.password_on(caller.device or "", number) if own else self.budgets.password(number)
            tries = await self._count(connection, attempts)
        if isinstance(tries, Exhausted):
            return Turned("locked", {"until": tries.until})
        known, right = await self._look(number, normalize_secret(password))
        if known is None or not right or known.line_id != line_id:
            return self._turn_away(tries)
        await self._give_back(tries, number)
        return known

    async def _count_evidence(self, number: str, evidence: PasswordEvidence) -> Tries | Exhausted:
        attempts = self.budgets.by_source(evidence.source) + self.budgets.password(number)
        if evidence.device is not None:
            async with read(self.engine) as connection:
                device = await find_device(connection, evidence.device, number)
            if device is not None and device.proved:
                attempts = self.budgets.password_on(device.id, number)
        refused = self.refusals.find(attempts, self.now())
        if refused is not None:
            return refused
        async with write(self.engine) as connection:
            return await self._count(connection, attempts)

    async def _count(self, connection: AsyncConnection, attempts: Attempts) -> Tries | Exhausted:
        counted = await spend_all(connection, attempts, now=self.now())
        if isinstance(counted, Exhausted):
            self.refusals.note(counted, self.now())
            return counted
        return Tries(*attempts[-1], left=counted.left)

    async def _look(self, number: str, secret: str) -> tuple[Credential | None, bool]:
        known = await fetch_credential(self.engine, number)
        right = await self.hashes.verify(known.password_hash if known else None, secret, number=number)
        still = right and known is not None and await self.watch.find_current_line(known) is not None
        return known, still

    async def _give_back(self, tries: Tries, number: str) -> None:
        async with write(self.engine) as connection:
            pardoned = await spend(connection, self.budgets.pardons, number, now=self.now())
            if isinstance(pardoned, Spent):
                await forgive(connection, tries.budget, tries.subject)
        self.refusals.forget(((tries.budget, tries.subject),))

    def _turn_away(self, tries: Tries) -> Turned:
        if tries.left > 0:
            return Turned("wrong_credentials", {"tries_left": tries.left})
        _, until = find_window(tries.budget.window, self.now())
        return Turned("locked", {"until": until})
