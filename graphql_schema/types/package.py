"""What does a line hold: its plan and its add-ons?"""

from datetime import date
from enum import Enum

import strawberry

from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class PackageKind(Enum):
    """PLAN: the line's main tariff; ADD_ON: anything taken beside it."""

    PLAN = "plan"
    ADD_ON = "add_on"


@strawberry.enum
class PackageState(Enum):
    """TMF637 v4 status, as far as a held package shows it."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDING = "ending"
    SUSPENDED = "suspended"
    ENDED = "ended"


@word
class Package(Dated):
    """A package held by a line (TMF637 Product). Dates are business days; ``contract_until`` where a contract binds."""

    id: str
    offering_id: str
    name: LocalizedText
    kind: PackageKind
    state: PackageState
    monthly_fee: Money | None
    since: date
    until: date | None
    contract_until: date | None
