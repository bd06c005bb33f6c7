"""Whom does this evidence show, and do we let them in?"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import DatabaseFault, write
from gateway.identity.access_token import AccessTokens, is_access_token
from gateway.identity.admission import Admission
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.budget import Budgets, purge_budgets
from gateway.identity.code import CodeRule, OneTimeCodes, purge_codes
from gateway.identity.code_entry import CodeEntry
from gateway.identity.code_sending import CodeSender, CodeSending
from gateway.identity.credential import NewPassword, fetch_credential, keep_password
from gateway.identity.device import purge_devices
from gateway.identity.errand import Errands
from gateway.identity.forgotten_password import ForgottenPasswords
from gateway.identity.line_watch import LineEnded, LineWatch, WatchRule
from gateway.identity.notice import Notices
from gateway.identity.number import parse_number
from gateway.identity.own_password import OwnPasswords
from gateway.identity.password import Overloaded, PasswordHashes, WeakPassword, find_weakness, normalize_secret
from gateway.identity.password_entry import PasswordEntry
from gateway.identity.proof import Failed, Proved, sure
from gateway.identity.recent_refusals import RecentRefusals
from gateway.identity.session import SessionRule, Sessions, end_sessions
from gateway.identity.sim_card import SETTLED_AFTER, SimCardCheck
from gateway.identity.step_up import StepUp
from gateway.identity.token_entry import TokenEntry
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeSent,
    CodeWish,
    Evidence,
    LinkEvidence,
    PasskeyEvidence,
    PasswordEvidence,
    PasswordReset,
    Purpose,
    StrongEvidence,
    TokenEvidence,
    Turned,
)
from graphql_schema.ports import BssFault, Lines, People, SimCards
from graphql_schema.types.line import LineState

log = structlog.get_logger(__name__)
PURGE_EVERY = timedelta(minutes=10)
NO_ANSWER = (DatabaseFault, Overloaded, BssFault)
"""What can't be counted or checked stays shut."""


class PasskeyJudge(Protocol):
    """Judges the answer of a passkey to a challenge of ours. Implemented beside the doorkeeper."""

    async def judge(self, evidence: PasskeyEvidence) -> Proved | Failed | Turned:
        """Whose passkey it is. Raises DatabaseFault."""
        ...


def real_now() -> datetime:
    """This machine's time: codes and sessions live by it, not by the BSS's clock."""
    return datetime.now(UTC)


class HallDoorkeeper:
    """The ``Doorkeeper`` of graphql_schema.door, over SQL. What can't be counted or checked stays shut."""

    def __init__(  # noqa: PLR0913  everything that identity rests on arrives here
        self,
        engine: AsyncEngine,
        lines: Lines,
        send_code: CodeSender,
        *,
        people: People,
        sim_cards: SimCards,
        notices: Notices,
        secret: bytes,
        trusted_links: frozenset[str],
        access_tokens: AccessTokens | None = None,
        passkeys: PasskeyJudge | None = None,
        line_ended: Sequence[LineEnded] = (),
        now: Callable[[], datetime] = real_now,
        business_now: Callable[[], datetime] | None = None,
        budgets: Budgets | None = None,
        code_rule: CodeRule | None = None,
        session_rule: SessionRule | None = None,
        watch_rule: WatchRule | None = None,
        sim_settled_after: timedelta = SETTLED_AFTER,
        refusal_seconds: float = 1.0,
        hashes: PasswordHashes | None = None,
    ) -> None:
        """``secret`` keys passwords and codes: without it no password is right again. ``trusted_links`` names the links
        whose sender numbers the operator itself vouches for. ``line_ended`` is what else ends with a line;
        ``business_now`` the BSS's time, which its instants are judged by; ``refusal_seconds`` how long a refused reset
        takes at least. Without ``access_tokens`` and ``passkeys`` those ways in are shut."""
        budgets = budgets or Budgets()
        self._engine, self._lines, self._trusted_links, self._now = engine, lines, trusted_links, now
        self._passkeys, self._hashes = passkeys, hashes or PasswordHashes(secret=secret)
        self.sessions = Sessions(engine, session_rule)
        self.watch = LineWatch(engine, lines, now, watch_rule or WatchRule(), tuple(line_ended))
        self._by_token = TokenEntry(self.sessions, self.watch, access_tokens, now)
        cards = self.sim_cards = SimCardCheck(sim_cards, business_now or now, sim_settled_after)
        codes = OneTimeCodes(secret=secret, rule=code_rule)
        refusals = RecentRefusals()
        self._by_password = PasswordEntry(engine, self.watch, self._hashes, budgets, now, refusals)
        self.codes = CodeEntry(engine, self.watch, codes, cards, budgets, now, refusals)
        self._sending = CodeSending(engine, lines, self.watch, send_code, codes, budgets, now)
        self._admission = Admission(engine, self.sessions, notices, now)
        self._step_up = StepUp(engine, self.sessions, self._admission, self._judge, now)
        self.passwords = OwnPasswords(engine, lines, self._by_password, self._hashes, notices, now)
        self._forgotten = ForgottenPasswords(
            engine,
            lines,
            people,
            cards,
            codes,
            self.codes,
            self._hashes,
            budgets,
            notices,
            self._admission,
            refusals,
            now,
            refusal_seconds,
        )
        self._errands = Errands()
        self._purged_at = now()

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        """Judges the evidence. Never raises for what a person sent, nor for a system that is down."""
        try:
            match evidence:
                case TokenEvidence():
                    session = await self._by_token.judge(evidence, channel)
                    if isinstance(session, Turned):
                        return session
                    return Admitted(session.caller, expires_at=session.expires_at)
                case LinkEvidence():
                    return await self._admit_link(evidence, channel)
                case CodeEvidence() if evidence.purpose is not Purpose.SIGN_IN:
                    return Turned("wrong_credentials")
                case _:
                    return await self._admit_strong(evidence, channel)
        except NO_ANSWER as fault:
            return _stay_shut(fault)

    async def step_up(self, standing: str | Caller, evidence: StrongEvidence, channel: Channel) -> Admitted | Turned:
        """Proves one more thing, of the line that the session or the dialogue is for. Never raises, like ``admit``.

        An OAuth client's access token is no session of a person's: it becomes surer by another authorization alone.
        """
        try:
            if isinstance(standing, Caller):
                return await self._step_up.in_dialogue(standing, evidence, channel)
            if is_access_token(standing):
                return Turned("session_ended")
            session = await self._by_token.judge(TokenEvidence(standing), channel)
            if isinstance(session, Turned):
                return session
            return await self._step_up.in_session(standing, session, evidence, channel)
        except NO_ANSWER as fault:
            return _stay_shut(fault)

    async def send_code(self, wish: CodeWish) -> CodeSent | Turned:
        """Texts a fresh code and voids the one before of its purpose. The answer, and the time it takes, are the same
        for every well-formed number: whether a line has it is looked up afterwards."""
        number = parse_number(wish.number)
        if number is None:
            return Turned("invalid_number")
        try:
            issued = Turned("unavailable") if self._errands.full else await self._sending.issue(number, wish)
        except DatabaseFault as fault:
            return _stay_shut(fault)
        if isinstance(issued, Turned):
            return issued
        said, code = issued
        self._errands.run(self._sending.text(code, wish.channel))
        if self._now() - self._purged_at > PURGE_EVERY:
            self._errands.run(self.purge())
        return said

    async def check_code(self, evidence: CodeEvidence) -> Proved | Turned:
        """For whoever needs a code for another purpose than to come in (to link a line, to help, to pay): counts the
        try, uses a right code up, and refuses it as ``sim_changed`` while the card is new. Raises DatabaseFault."""
        verdict = await self.codes.judge(evidence)
        return verdict.turned if isinstance(verdict, Failed) else verdict

    async def reset_password(self, reset: PasswordReset, channel: Channel) -> Turned | None:
        """Sets a new service password by code and ID; ends all sessions of the line and tells its owner."""
        try:
            return await self._forgotten.reset(reset, channel)
        except NO_ANSWER as fault:
            return _stay_shut(fault)

    async def sign_out(self, token: str) -> None:
        """Ends the session of this token. Raises DatabaseFault: a session that goes on must not look ended."""
        now, by_id = self._now(), await self._by_token.find_granted_id(token)
        async with write(self._engine) as connection:
            ended = await self.sessions.end(connection, token, session_id=by_id, now=now)
            if ended is not None:
                entry = AuditEntry.by(ended.caller, "sign_out", note=ended.device_name)
                await record(connection, entry, now=now)

    async def recheck_line(self, line_id: str) -> None:
        """Its BSS says that something about the line changed: what no longer holds ends at once, and what other parts
        of the house kept for a line that is gone as well. Raises BssFault, DatabaseFault."""
        await self.watch.recheck(line_id)

    async def set_password(
        self, number: str, password: str, *, line_id: str, identity_number: str | None = None
    ) -> WeakPassword | None:
        """Sets a line's service password and ends its sessions, or says why it is too weak (domain §5).

        Raises ValueError for what is no number, DatabaseFault, Overloaded.
        """
        known = parse_number(number)
        if known is None:
            raise ValueError("a service password needs a well-formed number")
        secret = normalize_secret(password)
        weakness = find_weakness(secret, number=known, identity_number=identity_number)
        if weakness is not None:
            return weakness
        password_hash = await self._hashes.hash(secret, number=known)
        async with write(self._engine) as connection:
            await keep_password(connection, NewPassword(known, line_id, password_hash), now=self._now())
            await end_sessions(connection, line_id)
        return None

    async def has_password(self, number: str, *, line_id: str) -> bool:
        """Whether a service password was set for this number and line."""
        known = await fetch_credential(self._engine, parse_number(number) or number)
        return known is not None and known.line_id == line_id and known.password_hash is not None

    async def purge(self) -> None:
        """Forgets sessions, codes, counts and devices that are over. Runs by itself now and then while codes are
        sent."""
        now = self._purged_at = self._now()
        async with write(self._engine) as connection:
            await self.sessions.purge(connection, now=now)
            await purge_codes(connection, now=now)
            await purge_budgets(connection, now=now)
            await purge_devices(connection, now=now)

    async def finish(self, *, within_seconds: float = 5.0) -> None:
        """Ends what is still under way behind the answers, and the threads. Call it when draining."""
        await self.settle(within_seconds=within_seconds)
        self._hashes.close()

    async def settle(self, *, within_seconds: float = 5.0) -> None:
        """Waits until codes that were asked for are on their way."""
        await self._errands.finish(within_seconds=within_seconds)

    async def _admit_strong(self, evidence: StrongEvidence, channel: Channel) -> Admitted | Turned:
        verdict = await self._judge(evidence)
        if isinstance(verdict, Failed):
            return await self._admission.note_failure("sign_in", verdict, channel)
        return verdict if isinstance(verdict, Turned) else await self._admission.let_in(verdict, evidence, channel)

    async def _judge(self, evidence: StrongEvidence) -> Proved | Failed | Turned:
        match evidence:
            case PasswordEvidence():
                return await self._by_password.judge(evidence)
            case CodeEvidence():
                return await self.codes.judge(evidence)
            case PasskeyEvidence():
                return await self._passkeys.judge(evidence) if self._passkeys else Turned("passkey_refused")

    async def _admit_link(self, evidence: LinkEvidence, channel: Channel) -> Admitted:
        number = parse_number(evidence.number) if evidence.link in self._trusted_links else None
        line = await self._lines.find_line(number) if number else None
        if line is None or line.state is LineState.CLOSED:
            return Admitted(Caller(channel, number=number))
        now = self._now()
        return Admitted(sure(Caller(channel, line.id, number), {Factor.LINK: now}, now))


def _stay_shut(fault: Exception) -> Turned:
    log.warning("door_stays_shut", error=type(fault).__name__)
    return Turned("unavailable")
