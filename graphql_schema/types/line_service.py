"""Which services of a line can be switched, and what else belongs to its life?"""

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.package import PackageKind, PackageState
from graphql_schema.types.word import word


@word
class ServiceSwitch(Dated):
    """A service of a line that is on or off (roaming, caller id, …); ``changing_to`` while an order is under way."""

    id: str
    name: LocalizedText
    on: bool
    changing_to: bool | None
    monthly_fee: Money | None


@word
class SubscribedItem(Dated):
    """One thing that the line has (``0000``): ``position`` is the number that drops it, from 1; the plan has it too,
    but can only be changed (``droppable`` false). ``until`` where it ends already."""

    position: int
    package_id: str
    offering_id: str
    name: LocalizedText
    kind: PackageKind
    state: PackageState
    monthly_fee: Money | None
    of_third_party: bool
    droppable: bool
    since: date
    until: date | None


@word
class Puk(Dated):
    """The code that unlocks a SIM card whose PIN was entered wrongly three times; it is kept nowhere here."""

    puk: str
    tries_of_card: int | None

    def __repr__(self) -> str:
        """Without the code, wherever it might be printed."""
        return "Puk(…)"


@word
class FreeNumber:
    """A number that can be reserved for a new line; ``monthly_least`` is a minimum spend that it demands."""

    number: str
    monthly_least: Money | None


@strawberry.enum
class Standing(Enum):
    """Where a line is on its way to its end: LOST is suspended by its owner, CLOSING is held until ``closes_on``."""

    USUAL = "usual"
    LOST = "lost"
    CLOSING = "closing"


@word
class LineLife(Dated):
    """What the owner did to the line: reported lost (``since``), or pre-closed (``closes_on``)."""

    standing: Standing
    since: datetime | None
    closes_on: date | None
