"""What does identity answer in tests? One person's sessions, lines, helpers …, with every call noted and refusals at
will."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from graphql_schema.client import Caller, Channel, Role
from graphql_schema.identity_ports import BegunDeed, Deed, IdentityPorts, KeptAnswer
from graphql_schema.problems import KeyReused, Problem
from graphql_schema.types.audit import Actor, AuditRecord, AuditVerdict, StaffAuditRecord
from graphql_schema.types.call_record import CallRecordSwitch
from graphql_schema.types.consent import Consent, ConsentPurpose
from graphql_schema.types.contact import Contact, ContactCheck, ContactKind, ContactPurpose
from graphql_schema.types.line import LineKind, LineState
from graphql_schema.types.own_line import Helper, HelpState, LineRelation, OwnLine
from graphql_schema.types.personal_data import PersonalDataKind, PersonalDataRequest, PersonalDataState
from graphql_schema.types.session import Passkey, PushKind, SignedInSession
from graphql_schema.types.staff import BulkDeed, BulkKind, BulkState, MemberLine, ServedLine, StaffMember

AT = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)


def make_session(session_id: str = "S1", **changes: Any) -> SignedInSession:
    facts: dict[str, Any] = {
        "id": session_id,
        "channel": Channel.WEB,
        "device_name": "Chrome · Windows",
        "client_name": None,
        "helper": None,
        "level": 2,
        "began_at": AT,
        "seen_at": AT,
        "current": session_id == "S1",
    }
    return SignedInSession(**(facts | changes))


def make_record(record_id: str = "1", **changes: Any) -> AuditRecord:
    facts: dict[str, Any] = {
        "id": record_id,
        "at": AT,
        "deed": "sign_in",
        "actor": Actor.OWNER,
        "channel": Channel.WEB,
        "level": 2,
        "outcome": "done",
        "note": "Chrome · Windows",
    }
    return AuditRecord(**(facts | changes))


def make_own_line(line_id: str = "L1", **changes: Any) -> OwnLine:
    facts: dict[str, Any] = {
        "id": line_id,
        "masked_number": "138****8001",
        "kind": LineKind.MOBILE,
        "state": LineState.ACTIVE,
        "relation": LineRelation.CURRENT,
        "can_open": True,
        "scopes": [],
        "until": None,
    }
    return OwnLine(**(facts | changes))


def make_helper(helper_id: str = "H1", **changes: Any) -> Helper:
    facts: dict[str, Any] = {
        "id": helper_id,
        "masked_number": "138****8003",
        "scopes": ["line", "usage"],
        "state": HelpState.ACTIVE,
        "asked_at": AT,
        "until": AT + timedelta(days=30),
    }
    return Helper(**(facts | changes))


def make_contact(contact_id: str = "K1", **changes: Any) -> Contact:
    facts: dict[str, Any] = {
        "id": contact_id,
        "kind": ContactKind.CALL,
        "purpose": ContactPurpose.FAULT,
        "person": "李工",
        "badge": "1024",
        "at": AT,
        "valid_until": AT + timedelta(hours=1),
    }
    return Contact(**(facts | changes))


def make_request(kind: PersonalDataKind = PersonalDataKind.EXPORT, **changes: Any) -> PersonalDataRequest:
    facts: dict[str, Any] = {
        "id": "P1",
        "kind": kind,
        "state": PersonalDataState.WAITING,
        "asked_at": AT,
        "due_at": None,
        "done_at": None,
        "expires_at": None,
        "progress": 0,
        "report": [],
    }
    return PersonalDataRequest(**(facts | changes))


def make_bulk_deed(**changes: Any) -> BulkDeed:
    facts: dict[str, Any] = {
        "id": "U1",
        "kind": BulkKind.END_SESSIONS,
        "state": BulkState.PROPOSED,
        "reason": "a leaked list",
        "lines": 2,
        "done": 0,
        "failed": 0,
        "proposed_by": "staff-1",
        "proposed_at": AT,
        "decided_by": None,
        "decided_at": None,
    }
    return BulkDeed(**(facts | changes))


@dataclass
class FakeIdentity:
    """Stands behind every port of identity. ``refusing`` names calls that raise; ``calls`` notes each with its
    arguments."""

    sessions: list[SignedInSession] = field(default_factory=lambda: [make_session(), make_session("S2")])
    passkeys: list[Passkey] = field(default_factory=lambda: [Passkey(id="Y1", name="Phone", made_at=AT, used_at=None)])
    own_lines: list[OwnLine] = field(default_factory=lambda: [make_own_line()])
    helpers: list[Helper] = field(default_factory=lambda: [make_helper()])
    consents: list[Consent] = field(default_factory=list)
    records: list[AuditRecord] = field(default_factory=lambda: [make_record()])
    contacts: list[Contact] = field(default_factory=lambda: [make_contact()])
    requests: list[PersonalDataRequest] = field(default_factory=list)
    locked: bool = False
    queries: list[tuple[str, str]] = field(default_factory=list)
    bulk_deeds: list[BulkDeed] = field(default_factory=lambda: [make_bulk_deed()])
    refusing: dict[str, Exception] = field(default_factory=dict)
    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    kept: dict[tuple[str, str], tuple[str, bytes, KeptAnswer | None]] = field(default_factory=dict)
    outcomes: list[tuple[str, str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def ports(self) -> IdentityPorts:
        return IdentityPorts(**dict.fromkeys(IdentityPorts.__dataclass_fields__, self))  # type: ignore[arg-type]

    def refuse(self, call: str, problem: Problem) -> None:
        self.refusing[call] = problem

    async def note_query(self, caller: Caller, field: str, note: str) -> None:
        self._note("note_query", field, note)
        self.queries.append((field, note))

    async def fetch_switch(self, caller: Caller) -> CallRecordSwitch:
        return CallRecordSwitch(locked=self.locked, since=AT if self.locked else None)

    async def is_locked(self, line_id: str) -> bool:
        return self.locked

    async def set_switch(self, deed: Deed, *, locked: bool) -> CallRecordSwitch:
        self._note("set_switch", locked)
        self.locked = locked
        return CallRecordSwitch(locked=locked, since=AT if locked else None)

    def _note(self, call: str, *arguments: Any) -> None:
        self.calls.append((call, arguments))
        if call in self.refusing:
            raise self.refusing[call]

    async def fetch_sessions(self, caller: Caller) -> Sequence[SignedInSession]:
        self._note("fetch_sessions", caller)
        return self.sessions

    async def end_session(self, deed: Deed, session_id: str) -> int:
        self._note("end_session", deed, session_id)
        return 1

    async def end_others(self, deed: Deed) -> int:
        self._note("end_others", deed)
        return len(self.sessions) - 1

    async def keep_push_token(self, deed: Deed, kind: PushKind, token: str) -> None:
        self._note("keep_push_token", deed, kind, token)

    async def change(self, deed: Deed, old: str, new: str) -> datetime:
        self._note("change", deed, old, new)
        return AT

    async def fetch_passkeys(self, caller: Caller) -> Sequence[Passkey]:
        self._note("fetch_passkeys", caller)
        return self.passkeys

    async def remove(self, deed: Deed, passkey_id: str) -> None:
        self._note("remove", deed, passkey_id)

    async def fetch_lines(self, caller: Caller) -> Sequence[OwnLine]:
        self._note("fetch_lines", caller)
        return self.own_lines

    async def link(self, deed: Deed, number: str, code: str, challenge: str) -> OwnLine:
        self._note("link", deed, number, code, challenge)
        return make_own_line("L2", relation=LineRelation.LINKED)

    async def unlink(self, deed: Deed, line_id: str) -> None:
        self._note("unlink", deed, line_id)

    async def fetch_helpers(self, caller: Caller) -> Sequence[Helper]:
        self._note("fetch_helpers", caller)
        return self.helpers

    async def grant(self, deed: Deed, number: str, scopes: Sequence[str], days: int) -> Helper:
        self._note("grant", deed, number, scopes, days)
        return make_helper(scopes=list(scopes))

    async def ask(self, deed: Deed, number: str, scopes: Sequence[str], days: int) -> None:
        self._note("ask", deed, number, scopes, days)

    async def answer(self, deed: Deed, helper_id: str | None, *, accept: bool) -> Helper:
        self._note("answer", deed, helper_id, accept)
        return make_helper(state=HelpState.ACTIVE if accept else HelpState.REFUSED)

    async def end(self, deed: Deed, helper_id: str) -> None:
        self._note("end", deed, helper_id)

    async def fetch_consents(self, caller: Caller) -> Sequence[Consent]:
        self._note("fetch_consents", caller)
        return self.consents

    async def record(self, deed: Deed, purpose: ConsentPurpose, *, given: bool) -> Consent:
        self._note("record", deed, purpose, given)
        return Consent(
            purpose=purpose, party="", given=given, changed_at=AT, channel=deed.caller.channel, wording="2026-11"
        )

    async def note_refusal(self, caller: Caller, deed: str, outcome: str) -> None:
        self.refusals.append((deed, outcome))

    async def fetch_own(
        self, caller: Caller, *, first: int, before: str | None, sign_ins_only: bool
    ) -> Sequence[AuditRecord]:
        self._note("fetch_own", caller, first, before, sign_ins_only)
        return self.records[:first]

    async def search(
        self, caller: Caller, *, number: str | None, actor: str | None, first: int, before: str | None
    ) -> Sequence[StaffAuditRecord]:
        self._note("search", caller, number, actor, first, before)
        return [StaffAuditRecord(record=each, actor_id="line:L1", subject="L1") for each in self.records[:first]]

    async def verify(self, caller: Caller) -> AuditVerdict:
        self._note("verify", caller)
        return AuditVerdict(intact=True, seals=1, records=1, waiting=0, broken_at=None)

    async def check(self, caller: Caller, code: str, number: str | None) -> ContactCheck:
        self._note("check", caller, code, number)
        genuine = code == "12345678"
        return ContactCheck(genuine=genuine, contact=self.contacts[0] if genuine and caller.subscriber else None)

    async def fetch_recent(self, caller: Caller, *, first: int) -> Sequence[Contact]:
        self._note("fetch_recent", caller, first)
        return self.contacts[:first]

    async def open(
        self, deed: Deed, number: str, kind: ContactKind, purpose: ContactPurpose, minutes: int
    ) -> tuple[Contact, str]:
        self._note("open", deed, number, kind, purpose, minutes)
        return make_contact(kind=kind, purpose=purpose), "12345678"

    async def fetch_requests(self, caller: Caller) -> Sequence[PersonalDataRequest]:
        self._note("fetch_requests", caller)
        return self.requests

    async def request(self, deed: Deed, kind: PersonalDataKind) -> PersonalDataRequest:
        self._note("request", deed, kind)
        return make_request(kind)

    async def call_off(self, deed: Deed, request_id: str) -> PersonalDataRequest:
        self._note("call_off", deed, request_id)
        return make_request(state=PersonalDataState.CALLED_OFF)

    async def fetch_member(self, caller: Caller) -> StaffMember:
        self._note("fetch_member", caller)
        return StaffMember(id="staff-1", name="李工", role=caller.staff.role if caller.staff else Role.CARE)

    async def find_line(self, caller: Caller, number: str) -> ServedLine:
        self._note("find_line", caller, number)
        return ServedLine(
            id="L1",
            masked_number="138****8001",
            kind=LineKind.MOBILE,
            state=LineState.ACTIVE,
            password_set=True,
            password_locked_until=None,
            sim_changed_at=None,
            sessions=2,
            helpers=1,
            recent=self.records,
        )

    async def fetch_members(self, caller: Caller) -> Sequence[MemberLine]:
        self._note("fetch_members", caller)
        return [MemberLine(id="L8", masked_number="138****8008", kind=LineKind.MOBILE, state=LineState.ACTIVE)]

    async def end_line_sessions(self, deed: Deed, number: str, reason: str) -> int:
        self._note("end_line_sessions", deed, number, reason)
        return 2

    async def fetch_bulk_deeds(self, caller: Caller, *, first: int) -> Sequence[BulkDeed]:
        self._note("fetch_bulk_deeds", caller, first)
        return self.bulk_deeds[:first]

    async def propose(self, deed: Deed, kind: BulkKind, numbers: Sequence[str], reason: str) -> BulkDeed:
        self._note("propose", deed, kind, numbers, reason)
        return make_bulk_deed(kind=kind, lines=len(numbers))

    async def decide(self, deed: Deed, bulk_id: str, *, approve: bool) -> BulkDeed:
        self._note("decide", deed, bulk_id, approve)
        return make_bulk_deed(state=BulkState.APPROVED if approve else BulkState.REFUSED)

    async def begin(self, caller: Caller, deed: str, key: str, body: bytes) -> BegunDeed | KeptAnswer:
        name, digest, answer = self.kept.setdefault((caller.actor, key), (deed, body, None))
        if (name, digest) != (deed, body):
            raise KeyReused
        return answer or BegunDeed(Deed(f"{caller.actor}/{key}", caller))

    async def finish(self, begun: Deed, answer: KeptAnswer, *, outcome: str, note: str) -> None:
        who, _, key = begun.id.rpartition("/")
        name, digest, _ = self.kept[who, key]
        self.kept[who, key] = (name, digest, answer)
        self.outcomes.append((name, outcome, note))

    async def leave(self, begun: Deed) -> None:
        self.left.append(begun.id)  # the key stands, and whoever comes with it goes on

    async def give_up(self, begun: Deed) -> None:
        who, _, key = begun.id.rpartition("/")
        del self.kept[who, key]
