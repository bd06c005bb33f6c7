"""How does a customer stop charges that run away?"""

from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from graphql_schema.types.dated import Dated
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class PausableCharge(Enum):
    """What can be paused: use outside every allowance, charges collected for third parties, and roaming."""

    OUT_OF_BUCKET = "out_of_bucket"
    THIRD_PARTY = "third_party"
    ROAMING = "roaming"


@word
class ChargeBrake(Dated):
    """The brake on one line: what is paused, and whether spending is far above the line's own mean.

    ``spent`` is what these kinds cost so far in the running month (null while the BSS can't say: pausing must not wait
    for that), ``mean`` what they cost by the same share of the month on average over up to five months (null without
    history). ``offered`` says that ``spent`` is at least ``factor`` times the mean and no less than a least sum, and
    that something is left to pause: the channels then offer the brake.
    """

    paused: list[PausableCharge]
    paused_since: datetime | None
    spent: Money | None
    mean: Money | None
    factor: Decimal
    offered: bool
