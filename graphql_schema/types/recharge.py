"""How is money put in, and where does it stand?"""

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class RechargeSource(Enum):
    """Where the money comes from: a payment provider, or a voucher card (UVC)."""

    WECHAT_PAY = "wechat_pay"
    ALIPAY = "alipay"
    SANDBOX = "sandbox"
    VOUCHER = "voucher"


@strawberry.enum
class PayWay(Enum):
    """How a payment is made: a code to scan, the provider's app, or the provider's page."""

    QR = "qr"
    APP = "app"
    PAGE = "page"


@strawberry.enum
class RechargeState(Enum):
    """WAITING for the payer → PAID (the money is here, being credited) → CREDITED. REFUSED by the provider, CLOSED
    before it was paid, REFUNDING → REFUNDED where the operator can't take it or it was given back. CHECKING: we are
    asking the provider or the operator what became of it."""

    WAITING = "waiting"
    CHECKING = "checking"
    PAID = "paid"
    CREDITED = "credited"
    REFUSED = "refused"
    CLOSED = "closed"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


@word
class Recharge:
    """One recharge of a line. ``receipt`` opens it again without signing in, for whoever began it; null for others.

    ``given_back`` is what was refunded of ``amount``; ``arrears_settled`` what the operator took of it for what was
    owed. ``late``: it takes longer than usual, and resolves itself.
    """

    id: str
    receipt: str | None
    masked_number: str
    amount: Money
    source: RechargeSource
    way: PayWay | None
    state: RechargeState
    automatic: bool
    began_at: datetime
    paid_at: datetime | None
    credited_at: datetime | None
    expires_at: datetime | None
    given_back: Money | None
    arrears_settled: Money | None
    late: bool


@word
class AppParameter:
    """One parameter that the provider's own SDK in an app is called with."""

    name: str
    value: str


@word
class PayOffer:
    """How to pay: a page to go to, the text of a code to scan, or the parameters for the provider's app."""

    page: str | None
    qr: str | None
    app: list[AppParameter]


@word
class RechargeStarted:
    """The recharge waits for its payment; ``pay`` is null where it was paid or closed in the meantime."""

    recharge: Recharge
    pay: PayOffer | None


@word
class RechargeProvider:
    """A way to pay that this hall offers."""

    source: RechargeSource
    ways: list[PayWay]
    agreements: bool


@word
class RechargeOptions:
    """Suggested amounts, the bounds of a free one (whole fen), and the ways to pay."""

    suggested: list[Money]
    least: Money
    most: Money
    providers: list[RechargeProvider]


@strawberry.enum
class AutoRechargeRule(Enum):
    """When it recharges by itself: when the balance falls below a threshold, or on a day of each month."""

    THRESHOLD = "threshold"
    DAY = "day"


@strawberry.enum
class AutoRechargeState(Enum):
    """SIGNING: the agreement with the provider is not signed yet. ACTIVE. PAUSED after three refusals. ENDED."""

    SIGNING = "signing"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


@word
class AutoRecharge:
    """A standing order to recharge the own line, with a cap for each month and the provider's agreement behind it."""

    id: str
    rule: AutoRechargeRule
    threshold: Money | None
    day: int | None
    amount: Money
    monthly_cap: Money
    spent_this_month: Money
    source: RechargeSource
    state: AutoRechargeState
    sign_page: str | None
    agreed_at: datetime | None
    next_on: date | None


@strawberry.enum
class TransferState(Enum):
    """DONE, REFUSED, or PENDING: asked for, and it resolves itself."""

    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"


@word
class BalanceTransfer:
    """Own money given to another line."""

    id: str
    masked_number: str
    amount: Money
    state: TransferState
    asked_at: datetime
    done_at: datetime | None


@word
class TransferTerms:
    """How much own money can be given to others: a time, what is left of today's most, and what is there."""

    least: Money
    most: Money
    left_today: Money
    available: Money


@strawberry.enum
class MismatchKind(Enum):
    """What a day's statement and our records disagree about, and what was done: a payment that we did not know or
    thought open (TAKEN_UP), one that we thought paid and the provider does not know (CLEARED), another amount (HELD
    for a person), a credit missing at the BSS (CREDITED), a credit without our record (HELD), a refund
    (REFUND_NOTED)."""

    TAKEN_UP = "taken_up"
    CLEARED = "cleared"
    AMOUNT_DIFFERS = "amount_differs"
    CREDITED = "credited"
    UNKNOWN_CREDIT = "unknown_credit"
    REFUND_NOTED = "refund_noted"


@word
class Mismatch:
    """One difference: ``recharge_id`` where we know it, the amounts of both sides, and whether it is mended."""

    kind: MismatchKind
    recharge_id: str | None
    reference: str
    ours: Money | None
    theirs: Money | None
    mended: bool
    found_at: datetime


@word
class Reconciliation:
    """A day of one provider held against our records and the BSS's: the sums, and every difference."""

    day: date
    source: RechargeSource
    done_at: datetime
    payments: int
    paid: Money
    refunded: Money
    credited: Money
    agrees: bool
    mismatches: list[Mismatch]


@word
class RefundBegun:
    """The refund is on its way to the payer; the recharge says when it is there."""

    recharge: Recharge
