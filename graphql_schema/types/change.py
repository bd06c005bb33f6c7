"""What is to change on a line, and what would come of it?"""

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_schema.client import Channel
from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.scalar import Long
from graphql_schema.types.word import word


@strawberry.enum
class ChangeAction(Enum):
    """What is done to a line: an add-on taken (ADD), the plan changed, something dropped (``0000``), a service switched
    on or off, the card reported lost and the line taken up again, closing (held for a while, then final) and calling
    that off, another line opened."""

    ADD = "add"
    CHANGE_PLAN = "change_plan"
    DROP = "drop"
    SWITCH_ON = "switch_on"
    SWITCH_OFF = "switch_off"
    REPORT_LOSS = "report_loss"
    RESUME = "resume"
    CLOSE = "close"
    KEEP_OPEN = "keep_open"
    OPEN_LINE = "open_line"


@strawberry.enum
class ChangeStart(Enum):
    """From when: the first instant of the next cycle (次月生效), or at once."""

    NEXT_CYCLE = "next_cycle"
    AT_ONCE = "at_once"


@strawberry.enum
class ObstacleCode(Enum):
    """Why a change can't be made (domain page §6).

    EXCLUDED: something held excludes it (``offering``). REQUIRED: it requires ``offering``, which is not held, or
    something held requires what would go. NOT_ON_SALE, NOT_IN_THIS_CHANNEL. ALREADY_HELD, NOT_HELD. CONTRACT: bound
    ``until`` a day to an equal or dearer plan. ONCE_A_CYCLE: the plan was changed in this cycle already. UNDER_WAY:
    another order waits (``order_id``). IN_ARREARS. SUSPENDED, LINE_CLOSED. START: not from then. NUMBER_TAKEN.
    NOT_OFFERED: this line can't have it. MEMBERS: other lines depend on this one.
    """

    EXCLUDED = "excluded"
    REQUIRED = "required"
    NOT_ON_SALE = "not_on_sale"
    NOT_IN_THIS_CHANNEL = "not_in_this_channel"
    ALREADY_HELD = "already_held"
    NOT_HELD = "not_held"
    CONTRACT = "contract"
    ONCE_A_CYCLE = "once_a_cycle"
    UNDER_WAY = "under_way"
    IN_ARREARS = "in_arrears"
    SUSPENDED = "suspended"
    LINE_CLOSED = "line_closed"
    START = "start"
    NUMBER_TAKEN = "number_taken"
    NOT_OFFERED = "not_offered"
    MEMBERS = "members"


@word
class ChangeObstacle:
    """One reason against a change, with the offering, the day or the order that it is about."""

    code: ObstacleCode
    offering: LocalizedText | None
    until: date | None
    order_id: str | None


@strawberry.enum
class ChangeChargeKind(Enum):
    """MONTHLY: from ``since`` on, every month. ONCE: with the change. PENALTY: for leaving a contract early.
    SETTLEMENT: what is owed when a line closes. REFUND (negative): own money given back then."""

    MONTHLY = "monthly"
    ONCE = "once"
    PENALTY = "penalty"
    SETTLEMENT = "settlement"
    REFUND = "refund"


@word
class ChangeCharge:
    """One thing that the change costs, exact; ``since`` is the first day to which it applies."""

    kind: ChangeChargeKind
    name: LocalizedText
    amount: Money
    since: date


@strawberry.enum
class LossKind(Enum):
    """What a change takes away: data that was rolled over, what is left of an allowance, a discount, a gift, a package
    that goes with it, granted money, or the number itself."""

    ROLLED_OVER = "rolled_over"
    ALLOWANCE = "allowance"
    DISCOUNT = "discount"
    GIFT = "gift"
    PACKAGE = "package"
    GRANTED_MONEY = "granted_money"
    NUMBER = "number"


@word
class ChangeLoss:
    """One thing that is lost, on a day: ``used_up_to`` bytes, seconds or messages of it are left now, or so much money
    a month."""

    kind: LossKind
    name: LocalizedText
    left: Long | None
    amount: Money | None
    on: date


@word
class ChangePreview(Dated):
    """What a change would do, computed by the BSS (TMF679) and shown alike in every channel, before anyone confirms.

    ``allowed`` if ``obstacles`` is empty; an impossible change has no starts, charges or losses. ``name`` is the
    offering, package, service or line that it is about; ``takes_away`` the packages that end with it. ``starts`` are
    the possible ones, the usual first; ``start`` the chosen one, ``starts_on`` its day. ``monthly_before`` and
    ``monthly_after`` are all recurring fees of the line less its discounts. ``repeats``: it charges again and again,
    so it is confirmed twice (二次确认, rule 2004). ``contract_until`` is what would bind from then on. ``price`` is
    what the confirmation names: the monthly fee, or what is charged once, null where nothing is.
    """

    action: ChangeAction
    offering_id: str | None
    package_id: str | None
    service: str | None
    number: str | None
    name: LocalizedText
    allowed: bool
    obstacles: list[ChangeObstacle]
    start: ChangeStart | None
    starts: list[ChangeStart]
    starts_on: date | None
    price: Money | None
    repeats: bool
    charges: list[ChangeCharge]
    losses: list[ChangeLoss]
    takes_away: list[LocalizedText]
    monthly_before: Money
    monthly_after: Money
    contract_until: date | None
    terms: LocalizedText | None


@strawberry.enum
class PreparedState(Enum):
    """WAITING for its confirmation; CONFIRMED; WITHDRAWN by the customer; EXPIRED: silence withdrew it."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@word
class PreparedChange:
    """A change that waits to be confirmed (二次确认): what was shown, in which channel, and until when an answer
    counts.

    It can be confirmed in another channel than the one where it was prepared. ``order_id`` once it is confirmed.
    """

    id: str
    preview: ChangePreview
    state: PreparedState
    channel: Channel
    prepared_at: datetime
    expires_at: datetime
    order_id: str | None


@word
class ChangeWithdrawn:
    """The change will not be made."""

    prepared_id: str
