"""How does one person let another act for their line?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.problems import BadArgument
from graphql_schema.scopes import HELPER_SCOPES
from graphql_schema.types.own_line import Helper
from graphql_schema.types.refusal import NotFound, SimChanged, TooMany
from graphql_schema.types.word import word

DAYS_MOST = 365
Info = strawberry.Info[Context, None]


@word
class HelpAsked:
    """The owner was asked, if the number has one; without an answer in 24 h it is a no."""

    scopes: list[str]
    days: int


@word
class HelpEnded:
    """The permission ended, at once."""

    id: str


@strawberry.input
class GrantHelpInput:
    """Whom to let help: by number, for which scopes (line, usage, money, bills), for how many days (1-365)."""

    idempotency_key: str
    number: str
    scopes: list[str]
    days: int


@strawberry.input
class AskToHelpInput:
    """Whose line to help with: by number, for which scopes, for how many days (1-365)."""

    idempotency_key: str
    number: str
    scopes: list[str]
    days: int


@strawberry.input
class AnswerHelpInput:
    """Yes or no to who asked to help; without an id to the only one who asks now."""

    idempotency_key: str
    helper_id: strawberry.ID | None = None
    accept: bool


@strawberry.input
class EndHelpInput:
    """Which permission to end; the owner and the helper may both do that."""

    idempotency_key: str
    helper_id: strawberry.ID


GrantHelpResult = Annotated[Helper | TooMany | Always, strawberry.union("GrantHelpResult")]
AskToHelpResult = Annotated[HelpAsked | TooMany | Always, strawberry.union("AskToHelpResult")]
AnswerHelpResult = Annotated[Helper | NotFound | SimChanged | Always, strawberry.union("AnswerHelpResult")]
EndHelpResult = Annotated[HelpEnded | NotFound | Always, strawberry.union("EndHelpResult")]


@strawberry.type
class HelpDeeds:
    """Deeds on trusted helpers."""

    @strawberry.mutation
    async def grant_help(self, info: Info, input: GrantHelpInput) -> GrantHelpResult:
        """Lets somebody act for the caller's line, within scopes and for a time."""
        scopes = _check(input.scopes, input.days)
        helper = await info.context.identity.helpers.grant(under_way().deed, input.number, scopes, input.days)
        under_way().note = helper.masked_number
        return helper

    @strawberry.mutation
    async def ask_to_help(self, info: Info, input: AskToHelpInput) -> AskToHelpResult:
        """Asks the owner of a number to let the caller help."""
        scopes = _check(input.scopes, input.days)
        await info.context.identity.helpers.ask(under_way().deed, input.number, scopes, input.days)
        return HelpAsked(scopes=scopes, days=input.days)

    @strawberry.mutation
    async def answer_help(self, info: Info, input: AnswerHelpInput) -> AnswerHelpResult:
        """The owner's yes or no."""
        helpers = info.context.identity.helpers
        helper = await helpers.answer(under_way().deed, input.helper_id, accept=input.accept)
        under_way().note = helper.masked_number
        return helper

    @strawberry.mutation
    async def end_help(self, info: Info, input: EndHelpInput) -> EndHelpResult:
        """Ends a permission, at once."""
        await info.context.identity.helpers.end(under_way().deed, input.helper_id)
        return HelpEnded(id=input.helper_id)


def _check(scopes: list[str], days: int) -> list[str]:
    if not 1 <= days <= DAYS_MOST:
        raise BadArgument(name="days", least=1, most=DAYS_MOST)
    if not scopes or not HELPER_SCOPES.issuperset(scopes):
        raise BadArgument(name="scopes")
    return sorted(set(scopes) | {"line"})
