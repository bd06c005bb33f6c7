"""Who did what, when, through which channel, how surely, and with what outcome?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.client import Channel
from graphql_schema.types.word import word


@strawberry.enum
class Actor(Enum):
    """Who did it, as the line's owner sees it."""

    OWNER = "owner"
    HELPER = "helper"
    STAFF = "staff"
    SYSTEM = "system"
    UNKNOWN = "unknown"


@word
class AuditRecord:
    """One deed. ``deed`` is a name of the trail's (``sign_in``, ``step_up``, ``change_password``, a mutation's name);
    ``outcome`` is ``done`` or the code of the refusal; ``note`` a masked fact that helps to recognise it (a device's
    name, a
    masked number), or empty."""

    id: str
    at: datetime
    deed: str
    actor: Actor
    channel: Channel
    level: int
    outcome: str
    note: str


@word
class StaffAuditRecord:
    """The same as an auditor sees it: who by id, and which line by id."""

    record: AuditRecord
    actor_id: str
    subject: str | None


@word
class AuditVerdict:
    """What a check of the chain found: whole, or the first seal that does not fit."""

    intact: bool
    seals: int
    records: int
    waiting: int
    broken_at: str | None
