"""What do the operator's own people see?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.client import Role
from graphql_schema.types.audit import AuditRecord
from graphql_schema.types.line import LineKind, LineState
from graphql_schema.types.word import word


@word
class StaffMember:
    """One of the operator's people."""

    id: str
    name: str
    role: Role


@word
class ServedLine:
    """What care may see of a line, to help its owner: never an account, a bill or a whole number."""

    id: str
    masked_number: str
    kind: LineKind
    state: LineState
    password_set: bool
    password_locked_until: datetime | None
    sim_changed_at: datetime | None
    sessions: int
    helpers: int
    recent: list[AuditRecord]


@strawberry.enum
class BulkKind(Enum):
    """What can be done to many lines at once."""

    END_SESSIONS = "end_sessions"
    VOID_PASSWORDS = "void_passwords"


@strawberry.enum
class BulkState(Enum):
    """Where a bulk deed stands; nothing happens before another person approved it."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    APPROVED = "approved"
    DONE = "done"
    EXPIRED = "expired"


@word
class BulkDeed:
    """A deed for many lines, proposed by one and decided by another. ``lines`` counts the lines; ``done`` and
    ``failed`` grow
    while it runs."""

    id: str
    kind: BulkKind
    state: BulkState
    reason: str
    lines: int
    done: int
    failed: int
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None


@word
class MemberLine:
    """A line that an enterprise pays for."""

    id: str
    masked_number: str
    kind: LineKind
    state: LineState


def name_bulk_deed(bulk_id: str) -> str:
    """The sign by which the trail's records of one bulk deed belong together; it names nobody."""
    return bulk_id[:8]
