"""What has the caller proved?"""

from datetime import datetime

import strawberry

from graphql_schema.assurance import Factor
from graphql_schema.client import Channel, Role
from graphql_schema.types.word import word

strawberry.enum(Factor)
strawberry.enum(Channel)
strawberry.enum(Role)


@word
class Assurance:
    """How sure we are of the caller (levels 0-3), since when, and what that rests on.

    ``until`` is when level 3 ends, null below it; ``rests_until`` is until when call records and the like stay shut
    after
    a password reset.
    """

    level: int
    since: datetime | None
    until: datetime | None
    proved: list[Factor]
    rests_until: datetime | None
