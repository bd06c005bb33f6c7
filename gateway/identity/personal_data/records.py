"""How are the records of one kind read, counted and erased, whatever table they stand in?"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, select, tuple_
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.audit.trail import recognize
from gateway.identity.personal_data.person import Person
from gateway.identity.tables import from_us
from graphql_schema.types.line import mask_number

MOST_EXPORTED = 50_000
"""Of one kind; an export that leaves something out says so in its manifest."""

Which = Callable[[Person], ColumnElement[bool]]
Judge = Callable[[Row[Any]], bool]
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """Why an erasure leaves some records: ``why`` is a code of PersonalDataReport, ``until`` an SQL expression over
    those that are left (microseconds), None where no day can be named."""

    why: str
    until: ColumnElement[int] | None = None


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One kind of record that says something about a person.

    ``of`` finds a person's rows; ``shown`` are the columns that an export holds, never a digest or a secret;
    ``erasable`` narrows ``of`` to what an erasure deletes (None: nothing), and ``kept`` says why the rest stays.
    ``judge`` makes, from the house's secret, who tells rows that bear a mark from those that were changed since.
    """

    name: str
    table: Table
    of: Which
    shown: tuple[str, ...]
    erasable: Which | None
    kept: Kept | None = None
    judge: Callable[[bytes], Judge] | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What an erasure leaves of a kind."""

    count: int
    until: datetime | None
    why: str


async def read_rows(
    connection: AsyncConnection, kind: RecordKind, person: Person, *, secret: bytes | None = None
) -> list[dict[str, Any]]:
    """A person's records as an export shows them, the oldest first; instants as ISO 8601, UTC. With the house's
    ``secret``, those that bear a mark also say whether they are ``genuine``; the log counts what is not."""
    judge = None if secret is None or kind.judge is None else kind.judge(secret)
    columns = [kind.table.c[name] for name in kind.shown] if judge is None else list(kind.table.c)
    asked = select(*columns).where(kind.of(person)).order_by(*kind.table.primary_key).limit(MOST_EXPORTED)
    rows = (await connection.execute(asked)).all()
    shown = [_show({name: getattr(row, name) for name in kind.shown}, person) for row in rows]
    return shown if judge is None else _say_genuine(kind, shown, [judge(row) for row in rows])


Keys = Sequence[tuple[Any, ...]]


async def find_batch(connection: AsyncConnection, kind: RecordKind, person: Person, *, limit: int) -> Keys:
    """The primary keys of some of a person's records that may go. Look for them outside of a write transaction: large
    tables know a person by no index."""
    if kind.erasable is None:
        return []
    key = list(kind.table.primary_key)
    some = select(*key).where(kind.of(person), kind.erasable(person)).order_by(*key).limit(limit)
    return [tuple(row) for row in await connection.execute(some)]


async def erase(connection: AsyncConnection, kind: RecordKind, keys: Keys) -> int:
    """Deletes these; how many of them were still there."""
    mine = tuple_(*kind.table.primary_key).in_(keys)
    return (await connection.execute(delete(kind.table).where(mine))).rowcount


async def count_left(connection: AsyncConnection, kind: RecordKind, person: Person) -> Left:
    """What is there still, until when, and why."""
    until = None if kind.kept is None else kind.kept.until
    asked: Any = [func.count()] if until is None else [func.count(), until]
    row = (await connection.execute(select(*asked).select_from(kind.table).where(kind.of(person)))).one()
    if not row[0]:
        return Left(0, None, "")
    until_us = row[1] if until is not None else None
    why = kind.kept.why if kind.kept else ""
    return Left(int(row[0]), None if until_us is None else from_us(int(until_us)), why)


def _say_genuine(kind: RecordKind, shown: list[dict[str, Any]], genuine: list[bool]) -> list[dict[str, Any]]:
    if not all(genuine):
        LOG.error(
            "%d of %s do not bear our mark: they were changed after they were written", genuine.count(False), kind.name
        )
    return [{**each, "genuine": ours} for each, ours in zip(shown, genuine, strict=True)]


def _show(row: Mapping[str, Any], person: Person) -> dict[str, Any]:
    return {_name(column): _show_value(column, value, person) for column, value in row.items()}


def _name(column: str) -> str:
    return f"{column.removesuffix('_us').removesuffix('_at')}_at" if column.endswith("_us") else column


def _show_value(column: str, value: Any, person: Person) -> Any:  # noqa: ANN401  whatever stands in a column
    if value is None:
        return None
    if column.endswith("_us"):
        return from_us(value).isoformat()
    if column == "actor":
        return recognize(value, person.line_id).value
    if column.endswith("number") and value != person.number:
        return mask_number(value)  # somebody else's
    return value
