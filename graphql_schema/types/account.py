"""What is a billing account (账户), and what does it owe?"""

from datetime import date
from enum import Enum

import strawberry

from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.dated import Dated
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class AccountKind(Enum):
    """Paid after the bill, or drawn from money put in before."""

    POSTPAID = "postpaid"
    PREPAID = "prepaid"


@strawberry.enum
class AccountState(Enum):
    """PAST_DUE: an issued bill was not paid by its day (欠费)."""

    ACTIVE = "active"
    PAST_DUE = "past_due"
    CLOSED = "closed"


@word
class Account(Dated):
    """Who pays (TMF666 BillingAccount). ``owed`` is what issued bills still ask for, the running month excluded."""

    id: str
    kind: AccountKind
    state: AccountState
    owed: Money
    due_on: date | None
    credit_limit: Money | None


@strawberry.enum
class MoneyKind(Enum):
    """Whose money a sub-balance is: the customer's own, granted by a campaign, or granted and still frozen."""

    OWN = "own"
    GRANTED = "granted"
    FROZEN = "frozen"


@word
class Release:
    """Frozen money that is set free on a day."""

    on: date
    amount: Money


@word
class SubBalance:
    """One pot of an account's money (TMF654 Bucket of usage type monetary). Pots are spent in the order in which they
    come.

    ``usable_for`` are the only subjects that it pays (empty: all), ``releases`` when frozen money is set free.
    """

    id: str
    kind: MoneyKind
    remaining: Money
    valid_until: date | None
    usable_for: list[SubjectCode]
    releases: list[Release]


@word
class Balance(Dated):
    """Money at hand: ``available`` adds the pots that can be spent now, frozen ones excluded."""

    available: Money
    sub_balances: list[SubBalance]
