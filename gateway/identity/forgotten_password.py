"""How does somebody who forgot the service password get a new one?"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.admission import Admission
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.budget import Budgets, Exhausted, forgive, spend
from gateway.identity.code import OneTimeCodes
from gateway.identity.code_entry import CodeEntry
from gateway.identity.credential import Credential, NewPassword, fetch_credential, keep_password
from gateway.identity.device import forget_proofs
from gateway.identity.notice import Notices
from gateway.identity.number import parse_number
from gateway.identity.password import PasswordHashes, find_weakness, normalize_secret
from gateway.identity.proof import Failed
from gateway.identity.recent_refusals import RecentRefusals
from gateway.identity.session import end_sessions
from gateway.identity.sim_card import SimCardCheck
from graphql_schema.client import Channel
from graphql_schema.door import PasswordReset, Purpose, Turned
from graphql_schema.ports import Lines, People
from graphql_schema.types.line import LineState

WRONG = Turned("wrong_credentials")
"""Whatever was wrong: the number, the code, or the ID. How many tries are left would tell which."""


@dataclass(frozen=True, slots=True)
class ForgottenPasswords:
    """A new service password by code and ID.

    A refusal leaves ``answer_seconds`` after the question, or a multiple of it, so that its time tells nothing either.
    """

    engine: AsyncEngine
    lines: Lines
    people: People
    sim_cards: SimCardCheck
    codes: OneTimeCodes
    code_entry: CodeEntry
    hashes: PasswordHashes
    budgets: Budgets
    notices: Notices
    admission: Admission
    refusals: RecentRefusals
    now: Callable[[], datetime]
    answer_seconds: float = 1.0

    async def reset(self, reset: PasswordReset, channel: Channel) -> Turned | None:
        """None: the new password holds, every session of the line has ended, and call records rest for a day.

        The code is judged first, and stays good until the ID was right too. Raises DatabaseFault, Overloaded, BssFault.
        """
        number = parse_number(reset.evidence.number)
        if number is None:
            return Turned("invalid_number")
        if reset.evidence.purpose is not Purpose.RESET:
            return WRONG
        secret, identity = normalize_secret(reset.new_password), normalize_identity(reset.identity_number)
        weakness = find_weakness(secret, number=number, identity_number=identity)
        if weakness is not None:
            return Turned("weak_password", {"reason": weakness.reason})
        began = time.monotonic()
        refused = await self.code_entry.weigh(reset.evidence, number)
        if refused is not None and refused.code == "locked":  # whoever asks has to wait, whatever they ask for
            return refused
        known = await fetch_credential(self.engine, number)
        refused = await self._judge(refused, known, identity, channel)
        if refused is None and known is not None:
            password_hash = await self.hashes.hash(secret, number=number)
            refused = await self._set(NewPassword(number, known.line_id, password_hash, forgotten=True), channel)
        if refused is not None:
            await self._wait(began)
        return refused

    async def _judge(
        self, code_refused: Turned | None, known: Credential | None, identity: str, channel: Channel
    ) -> Turned | None:
        """None: code and ID are right, and the line may have a new password."""
        if code_refused is not None and code_refused.code == "wrong_credentials":
            return await self._fail(WRONG, known, channel)
        if code_refused is not None or known is None:
            return code_refused or WRONG
        new_card = await self.sim_cards.find_new_card(known.line_id)
        if new_card is not None:
            return await self._fail(Turned("sim_changed", {"until": new_card.until}), known, channel)
        return await self._judge_identity(known, identity, channel)

    async def _judge_identity(self, known: Credential, identity: str, channel: Channel) -> Turned | None:
        async with write(self.engine) as connection:
            counted = await spend(connection, self.budgets.identity_tries, known.number, now=self.now())
        if isinstance(counted, Exhausted):
            return Turned("locked", {"until": counted.until})
        if not await self.people.matches_identity(known.line_id, identity):
            return await self._fail(WRONG, known, channel)
        line = await self.lines.fetch_line(known.line_id)
        if line is None or line.state is LineState.CLOSED or parse_number(line.number) != known.number:
            return WRONG
        return Turned("line_suspended") if line.state is LineState.SUSPENDED else None

    async def _set(self, new: NewPassword, channel: Channel) -> Turned | None:
        now = self.now()
        async with write(self.engine) as connection:
            if not await self.codes.use_up(connection, new.number, Purpose.RESET, now=now):
                return Turned("code_expired")
            await keep_password(connection, new, now=now)
            await forget_proofs(connection, new.line_id)
            for budget in (self.budgets.password_tries, self.budgets.identity_tries):
                await forgive(connection, budget, new.number)
            await self._tell(connection, new, channel, now)
        self.refusals.forget(self.budgets.password(new.number))
        return None

    async def _tell(self, connection: AsyncConnection, new: NewPassword, channel: Channel, now: datetime) -> None:
        actor, ended = f"line:{new.line_id}", await end_sessions(connection, new.line_id)
        await record(connection, AuditEntry("password_reset", actor, new.line_id, channel, 2), now=now)
        if ended:
            entry = AuditEntry("sessions_ended", actor, new.line_id, channel, 2, note=str(ended))
            await record(connection, entry, now=now)
        key = f"{new.number}:{now.isoformat()}"
        await self.notices.send(connection, number=new.number, notice="password_reset", key=key)

    async def _fail(self, turned: Turned, known: Credential | None, channel: Channel) -> Turned:
        failed = Failed(turned, known.line_id if known else None)
        return await self.admission.note_failure("password_reset", failed, channel)

    async def _wait(self, began: float) -> None:
        if self.answer_seconds > 0:
            await asyncio.sleep(self.answer_seconds - (time.monotonic() - began) % self.answer_seconds)


def normalize_identity(text: str) -> str:
    """An ID document's number as typed, in plain width and without blanks, its letters large."""
    return normalize_secret(text).upper()
