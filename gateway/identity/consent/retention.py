"""Which words are no proof of anything any more?"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

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
    withdrawn = and_(~table.c.given, followed_at_us.is_(None), ~preceded)
    return and_(table.c.at_us < long_ago_us, or_(followed_at_us < long_ago_us, withdrawn))
