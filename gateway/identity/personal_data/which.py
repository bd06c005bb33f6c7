"""Which rows of a table are a person's, and how long are they kept?"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, func, literal, or_

from gateway.identity.personal_data.person import Person
from gateway.identity.personal_data.records import Which


def by_line(table: Table, *columns: str, at: str | None = None) -> Which:
    """Rows of the line; where an erasure leaves some, only those (``at``) since its holder has had it."""

    def of(person: Person) -> ColumnElement[bool]:
        mine = or_(*(table.c[name] == person.line_id for name in columns or ("line_id",)))
        return mine if at is None else and_(mine, table.c[at] > person.held_since_us)

    return of


def by_number(table: Table, column: str, *, at: str) -> Which:
    """Rows that know a number alone: only while it is the person's, and none from before it was."""

    def of(person: Person) -> ColumnElement[bool]:
        if person.number is None:
            return false()
        return and_(table.c[column] == person.number, table.c[at] >= person.since_us)

    return of


def all_rows(_person: Person) -> ColumnElement[bool]:
    """Each of them."""
    return literal(1) == 1


def after(moment_us: ColumnElement[Any], period: timedelta) -> ColumnElement[int]:
    """When the youngest of the rows that are left has been kept for the period."""
    return func.max(moment_us) + period // timedelta(microseconds=1)


def longer_ago(moment_us: ColumnElement[Any], period: timedelta) -> Which:
    """Rows that are older than the period."""
    return lambda person: moment_us < person.now_us - period // timedelta(microseconds=1)
