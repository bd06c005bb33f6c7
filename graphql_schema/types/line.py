"""What is a line (用户)?"""

from enum import Enum

import strawberry

from graphql_schema.types.dated import Dated
from graphql_schema.types.word import word


@strawberry.enum
class LineKind(Enum):
    """The service that a line carries."""

    MOBILE = "mobile"
    FIXED = "fixed"
    BROADBAND = "broadband"
    IPTV = "iptv"


@strawberry.enum
class LineState(Enum):
    """Where the line stands in its life, credit control included (单停 = OUTGOING_BARRED, 双停 = SUSPENDED)."""

    PENDING = "pending"
    ACTIVE = "active"
    OUTGOING_BARRED = "outgoing_barred"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@strawberry.enum
class FamilyRole(Enum):
    """A line's place in a family share: MAIN pays and shares its buckets, SECONDARY draws from them."""

    NONE = "none"
    MAIN = "main"
    SECONDARY = "secondary"


@strawberry.enum
class Payer(Enum):
    """Who pays for the line: its own customer, the main line of a family, or an organization (统付).

    Only with SELF may the line see the account's money; otherwise it is the payer's.
    """

    SELF = "self"
    FAMILY = "family"
    ORGANIZATION = "organization"


@word
class Line(Dated):
    """One service line, by number or service account (TMF637 Product)."""

    id: str
    number: str
    masked_number: str
    kind: LineKind
    state: LineState
    family_role: FamilyRole
    payer: Payer
    account_id: str
    customer_id: str


def mask_number(number: str) -> str:
    """Hides the middle of a number: ``13812344566`` → ``138****4566``; shorter ones keep two digits at each end."""
    if len(number) >= 11:
        return f"{number[:-8]}****{number[-4:]}"
    return f"{number[:2]}****{number[-2:]}" if len(number) >= 6 else "****"
