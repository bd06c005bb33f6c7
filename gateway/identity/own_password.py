"""How does a person who is in change the service password?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.credential import NewPassword, fetch_credential, keep_password
from gateway.identity.device import forget_proofs
from gateway.identity.notice import Notices
from gateway.identity.password import PasswordHashes, find_weakness, normalize_secret
from gateway.identity.password_entry import PasswordEntry
from gateway.identity.session import end_sessions
from graphql_schema.client import Caller
from graphql_schema.door import Turned
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import Lines
from graphql_schema.problems import LineSuspended, Locked, NotFound, WeakPassword, WrongSecret
from graphql_schema.types.line import LineState


@dataclass(frozen=True, slots=True)
class OwnPasswords:
    """The port ``Passwords``."""

    engine: AsyncEngine
    lines: Lines
    entry: PasswordEntry
    hashes: PasswordHashes
    notices: Notices
    now: Callable[[], datetime]

    async def change(self, deed: Deed, old: str, new: str) -> datetime:
        """Sets a new one by the old one, ends the line's other sessions, and tells the owner. When it was set.

        The same deed again answers the same. Raises WrongSecret, Locked, WeakPassword, LineSuspended, NotFound (no
        line), BssFault, DatabaseFault, Overloaded.
        """
        caller = deed.caller
        if caller.number is None or caller.subscriber is None:
            raise NotFound
        known = await fetch_credential(self.engine, caller.number)
        if known is not None and known.password_deed == deed.id and known.password_set_at is not None:
            return known.password_set_at
        secret = normalize_secret(new)
        weakness = find_weakness(secret, number=caller.number)
        if weakness is not None:
            raise WeakPassword(reason=weakness.reason)
        await self._check_line(caller.subscriber)
        password_hash = await self._exchange(caller, old, secret)
        return await self._set(NewPassword(caller.number, caller.subscriber, password_hash, deed.id), caller)

    async def _check_line(self, line_id: str) -> None:
        line = await self.lines.fetch_line(line_id)
        if line is not None and line.state is LineState.SUSPENDED:
            raise LineSuspended

    async def _exchange(self, caller: Caller, old: str, secret: str) -> str:
        """The new one's hash, for the right old one."""
        verdict = await self.entry.judge_own(caller, old)
        if isinstance(verdict, Turned):
            raise Locked(**verdict.parameters) if verdict.code == "locked" else WrongSecret(**verdict.parameters)
        if normalize_secret(old) == secret:
            raise WeakPassword(reason="same_as_before")
        return await self.hashes.hash(secret, number=caller.number or "")

    async def _set(self, new: NewPassword, caller: Caller) -> datetime:
        now = self.now()
        async with write(self.engine) as connection:
            await keep_password(connection, new, now=now)
            ended = await end_sessions(connection, new.line_id, but=caller.session)
            await forget_proofs(connection, new.line_id, but=caller.device)
            if ended:
                await record(connection, AuditEntry.by(caller, "sessions_ended", note=str(ended)), now=now)
            key = new.deed or now.isoformat()
            await self.notices.send(connection, number=new.number, notice="password_changed", key=key)
        return now
