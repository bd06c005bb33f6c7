"""How does a person bring several lines together?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.types.own_line import OwnLine
from graphql_schema.types.refusal import CodeExpired, Locked, NotFound, SimChanged, TooMany, WrongSecret
from graphql_schema.types.word import word

Info = strawberry.Info[Context, None]


@word
class LineUnlinked:
    """It can't be opened from here any more."""

    id: str


@strawberry.input
class LinkLineInput:
    """The other line, and the code that was texted to it (its owner's consent), with the challenge of the sending."""

    idempotency_key: str
    number: str
    code: str
    challenge: str


@strawberry.input
class UnlinkLineInput:
    """Which line; either side may end a link."""

    idempotency_key: str
    line_id: strawberry.ID


LinkLineResult = Annotated[
    OwnLine | WrongSecret | CodeExpired | Locked | SimChanged | TooMany | Always, strawberry.union("LinkLineResult")
]
UnlinkLineResult = Annotated[LineUnlinked | NotFound | Always, strawberry.union("UnlinkLineResult")]


@strawberry.type
class OwnLineDeeds:
    """Deeds on the list of one's lines."""

    @strawberry.mutation
    async def link_line(self, info: Info, input: LinkLineInput) -> LinkLineResult:
        """Links another line, with its owner's consent."""
        own_lines = info.context.identity.own_lines
        line = await own_lines.link(under_way().deed, input.number, input.code, input.challenge)
        under_way().note = line.masked_number
        return line

    @strawberry.mutation
    async def unlink_line(self, info: Info, input: UnlinkLineInput) -> UnlinkLineResult:
        """Ends a link, at once."""
        await info.context.identity.own_lines.unlink(under_way().deed, input.line_id)
        return LineUnlinked(id=input.line_id)
