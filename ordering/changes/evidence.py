"""What proves that a customer was asked, and what they answered (二次确认, rule 2004)?

A row holds the question as it was shown, who saw it where and when, and the answer with the same. Each half carries a
mark that nobody can make without the house's secret: a row that was written by another hand is told from ours.
"""

import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy.engine import Row

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import WantedChange
from graphql_schema.types.change import ChangeAction, ChangePreview, ChangeStart, PreparedChange, PreparedState
from graphql_schema.types.line import Line
from ordering.changes.comparing import name_thing
from ordering.tables import from_us, to_us

LI: Final = 1000
NAME_CHARACTERS: Final = 200
_PREVIEW: Final[TypeAdapter[ChangePreview]] = TypeAdapter(ChangePreview)
_MARKED: Final = (
    *("id", "line_id", "account_id", "action", "offering_id", "package_id", "service", "number", "wanted_start"),
    *("name_zh", "name_en", "price_li", "currency", "repeats", "shown"),
    *("channel", "actor", "level", "prepared_at_us", "expires_at_us"),
)
_MARKED_ANSWER: Final = (
    *("answer", "answered_at_us", "answer_deed"),
    *("answer_channel", "answer_actor", "answer_level"),
)


class BrokenEvidence(Exception):  # noqa: N818  a fault of whoever wrote it
    """A question or an answer was changed after it was written, or written by another hand."""


class Answer(StrEnum):
    """YES; NO; REPLACED by another question about the same; SILENCE; the holder LEFT the line."""

    YES = "yes"
    NO = "no"
    REPLACED = "replaced"
    SILENCE = "silence"
    LEFT = "left"


STATE_AFTER: Final = {
    Answer.YES: PreparedState.CONFIRMED,
    Answer.NO: PreparedState.WITHDRAWN,
    Answer.REPLACED: PreparedState.WITHDRAWN,
    Answer.SILENCE: PreparedState.EXPIRED,
    Answer.LEFT: PreparedState.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Question:
    """A row of prepared_change, read."""

    id: str
    line_id: str
    account_id: str
    wanted: WantedChange
    shown: ChangePreview
    state: PreparedState
    channel: Channel
    prepared_at: datetime
    expires_at: datetime
    former: bool

    def tell(self, *, now: datetime) -> PreparedChange:
        """As the customer sees it: what nobody answered in time is over, marked so or not."""
        over = self.state is PreparedState.WAITING and self.expires_at <= now
        return PreparedChange(
            id=self.id,
            preview=self.shown,
            state=PreparedState.EXPIRED if over else self.state,
            channel=self.channel,
            prepared_at=self.prepared_at,
            expires_at=self.expires_at,
            order_id=self.id if self.state is PreparedState.CONFIRMED else None,
        )


class Evidence:
    """Writes questions and answers, and tells ours from others."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"change-evidence", "sha256")

    def ask(
        self, deed: Deed, line: Line, wanted: WantedChange, shown: ChangePreview, *, period: tuple[datetime, datetime]
    ) -> dict[str, Any]:
        """The row of a question that waits, but for its slot; ``period`` is when it was asked, and until when an answer
        counts."""
        price, (at, until) = shown.price, period
        currency = (price or shown.monthly_after).currency
        row = {
            "id": deed.id,
            "line_id": line.id,
            "account_id": line.account_id,
            **_write_wanted(wanted),
            "thing": name_thing(wanted),
            "name_zh": shown.name.zh[:NAME_CHARACTERS],
            "name_en": shown.name.en[:NAME_CHARACTERS],
            "price_li": None if price is None else int(price.amount * LI),
            "currency": currency,
            "repeats": shown.repeats,
            "shown": _PREVIEW.dump_json(shown).decode(),
            **_write_caller(deed.caller),
            "prepared_at_us": to_us(at),
            "expires_at_us": to_us(until),
            "state": PreparedState.WAITING.value,
            "former": False,
        }
        return {**row, "mark": self._mark([row[name] for name in _MARKED])}

    def answer(self, mark: str, answer: Answer, *, at: datetime, deed: Deed | None = None) -> dict[str, Any]:
        """The columns of an answer to the question of this mark. ``deed`` None: nobody said anything."""
        by = {"channel": None, "actor": None, "level": None} if deed is None else _write_caller(deed.caller)
        columns: dict[str, Any] = {
            "answer": answer.value,
            "answered_at_us": to_us(at),
            "answer_deed": None if deed is None else deed.id,
            **{f"answer_{name}": value for name, value in by.items()},
        }
        return {
            **columns,
            "answer_mark": self._mark([mark, *(columns[name] for name in _MARKED_ANSWER)]),
            "state": STATE_AFTER[answer].value,
            "slot": None,
            "thing": None,
        }

    def is_ours(self, row: Row[Any]) -> bool:
        """Whether nothing that was marked was changed since."""
        mark = self._mark([getattr(row, name) for name in _MARKED])
        if not hmac.compare_digest(mark, row.mark):
            return False
        if row.answer is None:
            return bool(row.state == PreparedState.WAITING.value)
        marked = self._mark([row.mark, *(getattr(row, name) for name in _MARKED_ANSWER)])
        return hmac.compare_digest(marked, row.answer_mark or "") and row.state == STATE_AFTER[Answer(row.answer)].value

    def demand(self, row: Row[Any], answer: Answer) -> None:
        """Raises BrokenEvidence unless the question is ours, and so is this answer to it."""
        if not self.is_ours(row) or row.answer != answer.value:
            raise BrokenEvidence

    def _mark(self, facts: list[Any]) -> str:
        return hmac.new(self._key, json.dumps(facts, ensure_ascii=False).encode(), sha256).hexdigest()


def read_question(row: Row[Any]) -> Question:
    """A row of prepared_change."""
    return Question(
        id=row.id,
        line_id=row.line_id,
        account_id=row.account_id,
        wanted=WantedChange(
            action=ChangeAction(row.action),
            offering_id=row.offering_id,
            package_id=row.package_id,
            service=row.service,
            number=row.number,
            start=None if row.wanted_start is None else ChangeStart(row.wanted_start),
        ),
        shown=_PREVIEW.validate_json(row.shown),
        state=PreparedState(row.state),
        channel=Channel(row.channel),
        prepared_at=from_us(row.prepared_at_us),
        expires_at=from_us(row.expires_at_us),
        former=row.former,
    )


def _write_wanted(wanted: WantedChange) -> dict[str, Any]:
    facts = asdict(wanted)
    start = facts.pop("start")
    return {**facts, "action": wanted.action.value, "wanted_start": None if start is None else start.value}


def _write_caller(caller: Caller) -> dict[str, Any]:
    return {"channel": caller.channel.value, "actor": caller.actor, "level": caller.assurance}
