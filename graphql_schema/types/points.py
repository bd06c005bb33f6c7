"""How many points does a line have, where did they come from, and when do they end?"""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum

import strawberry

from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.word import word


@strawberry.enum
class PointsKind(Enum):
    """What moved points. EARNED on a bill that was paid; BONUS by a campaign or for being on time; REDEEMED for a
    reward (or donated) and RETURNED with it; EXPIRED; TRANSFERRED between lines of one customer; TAKEN_BACK with what
    they were earned on; MOVED: whatever an operator's own platform calls otherwise."""

    EARNED = "earned"
    BONUS = "bonus"
    REDEEMED = "redeemed"
    RETURNED = "returned"
    EXPIRED = "expired"
    TRANSFERRED_IN = "transferred_in"
    TRANSFERRED_OUT = "transferred_out"
    TAKEN_BACK = "taken_back"
    MOVED = "moved"


@word
class PointsExpiry:
    """Points that can be spent on this business day for the last time."""

    on: date
    points: int


@word
class Points(Dated):
    """The points of a line. ``available`` can be spent now, ``held`` wait for a redemption to end, ``owed`` is taken
    from what is earned next. ``stars`` (0-5) holds until ``stars_until``; each yuan of a paid bill earns ``factor``
    points.

    ``redeemable`` False: they live on the operator's own platform, and are shown here. ``expiring`` is what ends within
    three months, soonest first.
    """

    available: int
    held: int
    owed: int
    stars: int | None
    stars_until: date | None
    factor: Decimal | None
    redeemable: bool
    expiring: list[PointsExpiry]


@word
class PointsEntry:
    """One movement of a line's points: ``points`` above nothing came, below went; ``balance`` is what then was there.
    ``name`` is the campaign's or the reward's."""

    id: str
    at: datetime
    kind: PointsKind
    points: int
    balance: int
    name: LocalizedText | None


@word
class PointsMonth:
    """A month of a line's points: ``opening``, every entry's points and ``unlisted`` add up to ``closing``, always.
    ``unlisted`` is the sum of what is beyond the first entries that are shown, nothing in any usual month."""

    month: str
    opening: int
    closing: int
    entries: list[PointsEntry]
    unlisted: int


@word
class PointsTransferred:
    """Points that went to another line of the same customer, each lot with its own end."""

    id: str
    masked_number: str
    points: int
    available: int
