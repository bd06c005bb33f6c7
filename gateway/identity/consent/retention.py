"""Which words are no proof of anything any more?"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.consent.tables import LEAST_KEPT_DAYS, consent_word
from gateway.identity.tables import to_us

KEEP = timedelta(days=LEAST_KEPT_DAYS + 1)
"""After a word stopped to hold. A day more than the database insists on: clocks differ."""


def is_over(now: datetime, *, keep: timedelta = KEEP) -> ColumnElement[bool]:
    """Whether a word stopped to hold longer ago than ``keep``.

    A word stops to hold when another one follows. A withdrawal proves that something held before: it goes last, when
    nothing stands before it, so that a word of before never counts again.
    """
    table, later, earlier = consent_word, consent_word.alias("later"), consent_word.alias("earlier")
    same = [
        and_(other.c.line_id == table.c.line_id, other.c.purpose == table.c.purpose, other.c.party == table.c.party)
        for other in (later, earlier)
    ]
    followed_at_us = select(func.min(later.c.at_us)).where(same[0], later.c.id > table.c.id).scalar_subquery()
    preceded = select(earlier.c.id).where(same[1], earlier.c.id < table.c.id).exists()
    long_ago_us = to_us(now - keep)
    withdrawn = and_(~table.c.given, table.c.at_us < long_ago_us, followed_at_us.is_(None), ~preceded)
    return or_(followed_at_us < long_ago_us, withdrawn)


async def forget_old_words(
    connection: AsyncConnection, *, now: datetime, limit: int, line_id: str | None = None, keep: timedelta = KEEP
) -> int:
    """Deletes some words that are over, the oldest first, of one line or of all; how many. Call again until 0."""
    mine = [] if line_id is None else [consent_word.c.line_id == line_id]
    over = select(consent_word.c.id).where(*mine, is_over(now, keep=keep)).order_by(consent_word.c.id).limit(limit)
    found = (await connection.execute(over)).scalars().all()
    if not found:
        return 0
    return (await connection.execute(delete(consent_word).where(consent_word.c.id.in_(found)))).rowcount
