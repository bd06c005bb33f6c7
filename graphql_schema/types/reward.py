"""What can be had for points, and what became of what was redeemed?"""

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class RewardKind(Enum):
    """BALANCE is money for the account; DATA, VOICE, SMS a pack; VOUCHER a code to use elsewhere; GOODS are sent;
    DONATION gives the points to a good cause."""

    BALANCE = "balance"
    DATA = "data"
    VOICE = "voice"
    SMS = "sms"
    VOUCHER = "voucher"
    GOODS = "goods"
    DONATION = "donation"


@strawberry.enum
class RedemptionObstacleCode(Enum):
    """Why something can't be had now. SUSPENDED, OWES, NOT_REAL_NAME: of the line. LINE_TOO_NEW: it is younger than the
    rules ask for (``until``). PAID_BY_ORGANIZATION: the money would be that of whoever pays for the line.
    POINTS_ELSEWHERE: they are redeemed on the operator's own platform. OFF: the item was put away. NOT_YET (``until``),
    OVER, OUT_OF_STOCK. LIMIT_REACHED: this line had ``most`` of it this month (``until``).
    TOO_FEW_POINTS: so many are ``missing``. ITEM_CHANGED: it is not what was shown any more."""

    SUSPENDED = "suspended"
    OWES = "owes"
    NOT_REAL_NAME = "not_real_name"
    LINE_TOO_NEW = "line_too_new"
    PAID_BY_ORGANIZATION = "paid_by_organization"
    POINTS_ELSEWHERE = "points_elsewhere"
    OFF = "off"
    NOT_YET = "not_yet"
    OVER = "over"
    OUT_OF_STOCK = "out_of_stock"
    LIMIT_REACHED = "limit_reached"
    TOO_FEW_POINTS = "too_few_points"
    ITEM_CHANGED = "item_changed"


@word
class RedemptionObstacle:
    """One reason against it, with what a sentence about it needs."""

    code: RedemptionObstacleCode
    missing: int | None = None
    most: int | None = None
    until: datetime | None = None


@word
class RewardItem:
    """One thing in the mall, for so many points. ``code`` is what is typed (DH#code). ``left`` is how many there are,
    null: no end; ``per_month`` how many a line can have in a month, null: no end. ``on`` False: the desk put it away,
    and customers are not shown it. ``obstacles`` is what keeps the asking line from it now, as far as is known;
    the line's own are left out for visitors."""

    code: str
    kind: RewardKind
    points: int
    name: LocalizedText
    terms: LocalizedText
    amount: Money | None
    offering_id: str | None
    left: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    per_month: int | None
    on: bool
    obstacles: list[RedemptionObstacle]


@word
class RewardItemChange:
    """What the desk made of an item, and who did it."""

    version: int
    changed_by: str
    at: datetime
    item: RewardItem


@strawberry.enum
class RedemptionState(Enum):
    """WORKING: the points are held and the operator gives it, or we ask what became of it. SENT, of goods: it is on its
    way. DONE: it is there and the points are spent. RELEASED: it could not be had, and the points are back. RETURNING →
    RETURNED, of goods: the points come back when the goods do."""

    WORKING = "working"
    SENT = "sent"
    DONE = "done"
    RELEASED = "released"
    RETURNING = "returning"
    RETURNED = "returned"


@word
class MaskedDelivery:
    """Where goods go, with all hidden that a stranger could use."""

    person: str
    number: str
    address: str


@word
class Redemption:
    """One thing that was redeemed, as it was when it was chosen.

    ``voucher_code`` is what a voucher is used with; ``tracking`` where goods are, ``delivery`` where they go until that
    is forgotten; ``returnable_until`` until when they can be given back. ``failure`` is why it was released. ``late``:
    it takes longer than usual, and resolves itself.
    """

    id: str
    code: str
    kind: RewardKind
    name: LocalizedText
    terms: LocalizedText
    amount: Money | None
    points: int
    state: RedemptionState
    began_at: datetime
    done_at: datetime | None
    usable_until: date | None
    voucher_code: str | None
    tracking: str | None
    delivery: MaskedDelivery | None
    returnable_until: datetime | None
    failure: str | None
    late: bool


@word
class RedemptionPreview:
    """What redeeming one would do; nothing was done. ``points_left`` would be left of ``points``, null where these are
    too few; both are null where points live on the operator's own platform. It can be used from ``usable_from`` on
    (null: goods when they arrive, a donation never) until ``usable_until`` (null: it has no end of its own).
    ``item.obstacles`` is empty where it can be had."""

    item: RewardItem
    points: int | None
    points_left: int | None
    usable_from: datetime | None
    usable_until: date | None
    needs_delivery: bool
