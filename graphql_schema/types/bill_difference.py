"""Why is this bill different from others?"""

from datetime import date
from enum import Enum

import strawberry

from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class BillBasis(Enum):
    """What a bill is compared with: the month before, or the mean of up to six months before."""

    LAST_MONTH = "last_month"
    MEAN = "mean"


@strawberry.enum
class CauseKind(Enum):
    """Why an amount came or went; the channels word them. OTHER is what no cause explains, rounding included."""

    NEW_PACKAGE = "new_package"
    ENDED_PACKAGE = "ended_package"
    PRICE_CHANGED = "price_changed"
    NEW_DISCOUNT = "new_discount"
    LAPSED_DISCOUNT = "lapsed_discount"
    CHANGED_DISCOUNT = "changed_discount"
    OUT_OF_BUCKET = "out_of_bucket"
    ROAMING = "roaming"
    MORE_BOUGHT = "more_bought"
    THIRD_PARTY = "third_party"
    ADJUSTMENT = "adjustment"
    ONE_TIME = "one_time"
    LATE_FEE = "late_fee"
    OTHER = "other"


@word
class Cause:
    """One cause with its signed part of the difference, exact to the 厘.

    ``name`` is the package, discount or rate, ``masked_number`` the line. Of use (OUT_OF_BUCKET, ROAMING, THIRD_PARTY)
    ``days`` are the days of this bill on which it was charged, and ``first_day``-``last_day`` their span; ``places``
    are where, abroad, and told of the caller's own line only, not to helpers and clients. There are none where the use
    could not be read.
    """

    kind: CauseKind
    amount: Money
    name: LocalizedText | None
    masked_number: str | None
    days: list[date]
    first_day: date | None
    last_day: date | None
    places: list[str]


@word
class SubjectDifference:
    """One subject's difference; its causes add up to it exactly, largest first."""

    code: SubjectCode
    this: Money
    that: Money
    difference: Money
    causes: list[Cause]


@word
class BillDifference(Dated):
    """A bill against its basis: ``difference`` = ``this`` - ``that`` = the sum of the subjects' differences, exactly.

    ``months`` is how many bills the basis rests on; ``other`` the sum of all OTHER causes without their signs.
    """

    bill_id: str
    basis: BillBasis
    months: int
    this: Money
    that: Money
    difference: Money
    other: Money
    subjects: list[SubjectDifference]
