"""Who asked for an export, and which records shall be in it?"""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from graphql_schema.types.call_record import CallDirection, CallRecordFilter, CallRecordKind


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What has to be known until the file is made. ``wanted`` None asks for all records of the month, ``reveal`` for
    other numbers in full."""

    number: str | None
    reveal: bool
    wanted: CallRecordFilter | None

    def asks_the_same(self, other: "ExportWish") -> bool:
        """Whether the same records would be in the file, whoever asked."""
        return self.reveal == other.reveal and self.wanted == other.wanted


def write_wish(wish: ExportWish) -> str:
    """The wish as it is sealed."""
    wanted = None if wish.wanted is None else asdict(wish.wanted)
    return json.dumps({"number": wish.number, "reveal": wish.reveal, "wanted": wanted}, default=_write)


def read_wish(text: str) -> ExportWish:
    """The wish again."""
    kept = json.loads(text)
    wanted = None if kept["wanted"] is None else _read_filter(kept["wanted"])
    return ExportWish(kept["number"], kept["reveal"], wanted)


def narrow(wanted: CallRecordFilter | None) -> CallRecordFilter | None:
    """None where a filter leaves nothing out."""
    return None if wanted == CallRecordFilter() else wanted


def _read_filter(kept: dict[str, Any]) -> CallRecordFilter:
    kinds, direction = kept["kinds"], kept["direction"]
    return CallRecordFilter(
        **kept
        | {
            "kinds": None if kinds is None else [CallRecordKind(kind) for kind in kinds],
            "direction": None if direction is None else CallDirection(direction),
            "from_day": _read_day(kept["from_day"]),
            "to_day": _read_day(kept["to_day"]),
        }
    )


def _read_day(day: str | None) -> date | None:
    return None if day is None else date.fromisoformat(day)


def _write(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a filter can't hold a {type(value).__name__}")
