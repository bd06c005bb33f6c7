"""What do we hold of a person, and what becomes of it?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.types.word import word


@strawberry.enum
class PersonalDataKind(Enum):
    """A copy of everything that we hold, or its erasure."""

    EXPORT = "export"
    ERASURE = "erasure"


@strawberry.enum
class PersonalDataState(Enum):
    """Where a request stands. An erasure waits for some days in which it can be called off."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    CALLED_OFF = "called_off"
    EXPIRED = "expired"


@word
class PersonalDataReport:
    """What was done with one kind of record: how many were exported or erased, how many are kept, until when and why
    (``why`` is a code: ``law_5_months``, ``audit``, ``open_session`` …, empty if none is kept)."""

    record: str
    done: int
    kept: int
    kept_until: datetime | None
    why: str


@word
class PersonalDataRequest:
    """A request of the line's owner, and its report once it is done. ``progress`` is 0-100; ``due_at`` is when an
    erasure
    begins; an export can be fetched until ``expires_at``."""

    id: str
    kind: PersonalDataKind
    state: PersonalDataState
    asked_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    expires_at: datetime | None
    progress: int
    report: list[PersonalDataReport]
