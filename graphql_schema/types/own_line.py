"""Which lines can one person open, and who helps whom?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.types.line import LineKind, LineState
from graphql_schema.types.word import word


@strawberry.enum
class LineRelation(Enum):
    """Why a line is in the list: it is the one that is open now, the same customer's, linked by a code, or helped
    with."""

    CURRENT = "current"
    SAME_CUSTOMER = "same_customer"
    LINKED = "linked"
    HELPING = "helping"


@word
class OwnLine:
    """A line that the caller has to do with. ``can_open`` is False for one of the same customer that was not linked
    yet.

    ``scopes`` and ``until`` limit a line that is helped with; the scopes are empty and the end null otherwise.
    """

    id: str
    masked_number: str
    kind: LineKind
    state: LineState
    relation: LineRelation
    can_open: bool
    scopes: list[str]
    until: datetime | None


@strawberry.enum
class HelpState(Enum):
    """Where a permission to help stands."""

    ASKED = "asked"
    ACTIVE = "active"
    ENDED = "ended"
    REFUSED = "refused"


@word
class Helper:
    """Somebody who may act for this line, or asked to: by masked number, for these scopes, until then."""

    id: str
    masked_number: str
    scopes: list[str]
    state: HelpState
    asked_at: datetime
    until: datetime
