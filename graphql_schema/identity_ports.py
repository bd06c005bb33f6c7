"""What does the graph need from identity? Implemented by gateway.identity.

Every method that changes something is called once per deed (see mutations/once.py) and must be harmless when it is
called
again with the same ``Deed``: a process may die between the effect and the note that it was done. Refusals are raised as
``Problem``; a database that does not answer is a fault of the implementation's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphql_schema.client import Caller
from graphql_schema.types.audit import AuditRecord, AuditVerdict, StaffAuditRecord
from graphql_schema.types.call_record import CallRecordSwitch
from graphql_schema.types.consent import Consent, ConsentPurpose
from graphql_schema.types.contact import Contact, ContactCheck, ContactKind, ContactPurpose
from graphql_schema.types.own_line import Helper, OwnLine
from graphql_schema.types.personal_data import PersonalDataKind, PersonalDataRequest
from graphql_schema.types.session import Passkey, PushKind, SignedInSession
from graphql_schema.types.staff import BulkDeed, BulkKind, MemberLine, ServedLine, StaffMember


@dataclass(frozen=True, slots=True)
class Deed:
    """A deed that has begun: the same id each time it is tried again with the same idempotency key."""

    id: str
    caller: Caller


class SessionDesk(Protocol):
    """Where a line's people are signed in."""

    async def fetch_sessions(self, caller: Caller) -> Sequence[SignedInSession]:
        """The living sessions of the caller's line, the current one first, then by the last sign of life."""
        ...

    async def end_session(self, deed: Deed, session_id: str) -> int:
        """Ends one; its subscriptions close within 5 s. Raises NotFound."""
        ...

    async def end_others(self, deed: Deed) -> int:
        """Ends all but the caller's own, forgets what other devices had proved, and says how many sessions ended."""
        ...

    async def keep_push_token(self, deed: Deed, kind: PushKind, token: str) -> None:
        """Binds a push token to the caller's device and line, until their last session there is ended. Raises
        BadArgument, NotFound where the caller's session has no device."""
        ...


class Passwords(Protocol):
    """The service password of a line."""

    async def change(self, deed: Deed, old: str, new: str) -> datetime:
        """Sets a new one and ends the line's other sessions. Raises WrongSecret, Locked, WeakPassword,
        LineSuspended."""
        ...


class PasskeyShelf(Protocol):
    """The passkeys of a line."""

    async def fetch_passkeys(self, caller: Caller) -> Sequence[Passkey]:
        """By age."""
        ...

    async def remove(self, deed: Deed, passkey_id: str) -> None:
        """It opens nothing any more. Raises NotFound."""
        ...


class OwnLines(Protocol):
    """The lines that one person can open."""

    async def fetch_lines(self, caller: Caller) -> Sequence[OwnLine]:
        """The current one first. A helper who is acting for somebody sees their own line and those they help with."""
        ...

    async def link(self, deed: Deed, number: str, code: str, challenge: str) -> OwnLine:
        """Links a line whose owner consented by telling the code that was texted to it (Purpose.LINK_LINE, ``about`` =
        the caller's masked number). Raises WrongSecret, CodeExpired, Locked, SimChanged, TooMany, BadArgument."""
        ...

    async def unlink(self, deed: Deed, line_id: str) -> None:
        """Either side may end a link, at once: sessions opened over it end. Raises NotFound."""
        ...


class Helpers(Protocol):
    """Who may act for whom: scoped, expiring, ended at once (at most 365 days, at most 5 helpers of a line)."""

    async def fetch_helpers(self, caller: Caller) -> Sequence[Helper]:
        """Of the caller's line: asked and active ones."""
        ...

    async def grant(self, deed: Deed, number: str, scopes: Sequence[str], days: int) -> Helper:
        """The owner lets somebody help, who is told by SMS. A number that is nobody's is accepted alike and opens
        nothing.
        Raises BadArgument, TooMany."""
        ...

    async def ask(self, deed: Deed, number: str, scopes: Sequence[str], days: int) -> None:
        """Somebody asks to help the line of this number: its owner gets an SMS and answers within 24 h by one reply,
        one
        key, or one tap; silence refuses. The same for every well-formed number. Raises BadArgument, TooMany."""
        ...

    async def answer(self, deed: Deed, helper_id: str | None, *, accept: bool) -> Helper:
        """The owner's answer to what was asked; None: the only one that is asked now. Raises NotFound, SimChanged
        (over a
        trusted link alone)."""
        ...

    async def end(self, deed: Deed, helper_id: str) -> None:
        """By the owner or by the helper, at once. Raises NotFound."""
        ...


class ConsentLedger(Protocol):
    """What a person agreed to; every word is kept, the last one counts."""

    async def fetch_consents(self, caller: Caller) -> Sequence[Consent]:
        """The last word on every purpose."""
        ...

    async def record(self, deed: Deed, purpose: ConsentPurpose, *, given: bool) -> Consent:
        """One more word, with channel and the version of the text. PARTNER can only be taken back here, for all
        clients."""
        ...


class AuditTrail(Protocol):
    """What was done, append-only and chained."""

    async def note_refusal(self, caller: Caller, deed: str, outcome: str) -> None:
        """Something was asked that the caller may not do. Never raises: an answer does not wait for it."""
        ...

    async def note_query(self, caller: Caller, field: str, note: str) -> None:
        """A look at call records, or a colleague's at a redemption: recorded before anything is answered (``note``:
        month and kinds, or an id, never a number). Raises a fault where it can't be recorded: then nothing is shown."""
        ...

    async def fetch_own(
        self, caller: Caller, *, first: int, before: str | None, sign_ins_only: bool
    ) -> Sequence[AuditRecord]:
        """What concerns the caller's line, newest first, older than the record ``before``."""
        ...

    async def search(
        self, caller: Caller, *, number: str | None, actor: str | None, first: int, before: str | None
    ) -> Sequence[StaffAuditRecord]:
        """For an auditor; the search itself is recorded."""
        ...

    async def verify(self, caller: Caller) -> AuditVerdict:
        """Recomputes the chain, at most the newest 100,000 records."""
        ...


class Contacts(Protocol):
    """Is it really the operator?"""

    async def check(self, caller: Caller, code: str, number: str | None) -> ContactCheck:
        """Judges the code that somebody on the phone, at the door or in a message named. Counted per source line or
        number.
        Raises Locked, BadArgument (a visitor must name the number)."""
        ...

    async def fetch_recent(self, caller: Caller, *, first: int) -> Sequence[Contact]:
        """What we really said to this line lately, newest first: messages, calls and visits."""
        ...

    async def open(
        self, deed: Deed, number: str, kind: ContactKind, purpose: ContactPurpose, minutes: int
    ) -> tuple[Contact, str]:
        """A colleague turns to a customer: the contact and the code to name (eight digits). Raises NotFound,
        BadArgument."""
        ...


class RecordLock(Protocol):
    """The customer's own switch on their call records (清单禁查)."""

    async def fetch_switch(self, caller: Caller) -> CallRecordSwitch:
        """Whether nobody, the customer included, can ask for the line's call records."""
        ...

    async def is_locked(self, line_id: str) -> bool:
        """The same for a line, for a job that has no caller any more."""
        ...

    async def set_switch(self, deed: Deed, *, locked: bool) -> CallRecordSwitch:
        """Locks or opens; exports that wait fail, ready ones can't be fetched while it is locked."""
        ...


class PersonalData(Protocol):
    """Export and erasure of what we hold of a line's people, as jobs that a worker claims."""

    async def fetch_requests(self, caller: Caller) -> Sequence[PersonalDataRequest]:
        """Newest first."""
        ...

    async def request(self, deed: Deed, kind: PersonalDataKind) -> PersonalDataRequest:
        """Queues one; one that is waiting or working already is answered instead of a second."""
        ...

    async def call_off(self, deed: Deed, request_id: str) -> PersonalDataRequest:
        """While it waits. Raises NotFound."""
        ...


class StaffDesk(Protocol):
    """What the operator's people do."""

    async def fetch_member(self, caller: Caller) -> StaffMember:
        """Who the caller is. Raises NotFound."""
        ...

    async def find_line(self, caller: Caller, number: str) -> ServedLine:
        """A customer's line, to help with; each look is in the trail. Raises NotFound, BssFault."""
        ...

    async def fetch_members(self, caller: Caller) -> Sequence[MemberLine]:
        """The lines of an enterprise administrator's organization. Raises BssFault."""
        ...

    async def end_line_sessions(self, deed: Deed, number: str, reason: str) -> int:
        """Ends every session of a customer's line, at their wish. Raises NotFound, BadArgument."""
        ...


class BulkDesk(Protocol):
    """Deeds for many lines: one proposes, another decides, a worker does."""

    async def fetch_bulk_deeds(self, caller: Caller, *, first: int) -> Sequence[BulkDeed]:
        """Newest first; an enterprise administrator sees those of the own organization."""
        ...

    async def propose(self, deed: Deed, kind: BulkKind, numbers: Sequence[str], reason: str) -> BulkDeed:
        """At most 10,000 numbers; unknown ones count as failed later. An administrator's must be the own
        organization's.
        Raises BadArgument, NotFound."""
        ...

    async def decide(self, deed: Deed, bulk_id: str, *, approve: bool) -> BulkDeed:
        """By another person of the same role (and organization), within 24 h. Raises NotFound, NeedsOtherEyes."""
        ...


@dataclass(frozen=True, slots=True)
class BegunDeed:
    """A new deed, or (``taken_over``) one that broke off before an answer was noted."""

    deed: Deed
    taken_over: bool = False


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The deed was done before; this is what was answered then: the word's name and its JSON."""

    word: str
    text: str


class Deeds(Protocol):
    """Remembers for at least 72 h what was answered to an idempotency key, and puts each deed into the audit trail."""

    async def begin(self, caller: Caller, deed: str, key: str, body: bytes) -> BegunDeed | KeptAnswer:
        """Claims the key for this caller and deed; of any number at once one begins. Raises KeyReused,
        StillUnderWay."""
        ...

    async def finish(self, begun: Deed, answer: KeptAnswer, *, outcome: str, note: str) -> None:
        """Keeps the answer and the audit record in one commit. ``outcome`` is ``done`` or a refusal's code."""
        ...

    async def give_up(self, begun: Deed) -> None:
        """Nothing of it happened: the key may be used again at once, for a deed of its own."""
        ...

    async def leave(self, begun: Deed) -> None:
        """It broke off, and how far it came is not known: the same key takes the same deed over, at once."""
        ...


@dataclass(frozen=True, slots=True)
class IdentityPorts:
    """Everything of identity that a resolver may ask."""

    sessions: SessionDesk
    passwords: Passwords
    passkeys: PasskeyShelf
    own_lines: OwnLines
    helpers: Helpers
    consents: ConsentLedger
    trail: AuditTrail
    contacts: Contacts
    personal_data: PersonalData
    record_lock: RecordLock
    staff: StaffDesk
    bulk: BulkDesk
    deeds: Deeds
