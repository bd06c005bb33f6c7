"""How does a request stand, and how is it told?"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from gateway.identity.tables import from_us, to_us
from graphql_schema.types.personal_data import (
    PersonalDataKind,
    PersonalDataReport,
    PersonalDataRequest,
    PersonalDataState,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done with one kind of record. ``finished``: nothing of it is left to do."""

    record: str
    done: int
    kept: int = 0
    kept_until_us: int | None = None
    why: str = ""
    finished: bool = True


def write_report(entries: list[Entry]) -> str:
    """The entries as they are kept."""
    return json.dumps([asdict(entry) for entry in entries])


def read_report(text: str) -> list[Entry]:
    """The entries as they were kept."""
    return [Entry(**words) for words in json.loads(text)]


def tell_request(row: Row[Any], now: datetime) -> PersonalDataRequest:
    """A row as the graph's word. Only what has ended has a report."""
    state = PersonalDataState(row.state)
    if state is PersonalDataState.DONE and row.expires_at_us is not None and row.expires_at_us <= to_us(now):
        state = PersonalDataState.EXPIRED
    ended = state in (PersonalDataState.DONE, PersonalDataState.EXPIRED)
    return PersonalDataRequest(
        id=row.id,
        kind=PersonalDataKind(row.kind),
        state=state,
        asked_at=from_us(row.asked_at_us),
        due_at=_moment(row.due_at_us),
        done_at=_moment(row.done_at_us) if ended else None,
        expires_at=_moment(row.expires_at_us),
        progress=row.progress,
        report=[_tell_entry(entry) for entry in read_report(row.report)] if ended else [],
    )


def _tell_entry(entry: Entry) -> PersonalDataReport:
    return PersonalDataReport(
        record=entry.record,
        done=entry.done,
        kept=entry.kept,
        kept_until=_moment(entry.kept_until_us),
        why=entry.why,
    )


def _moment(moment_us: int | None) -> datetime | None:
    return None if moment_us is None else from_us(moment_us)
