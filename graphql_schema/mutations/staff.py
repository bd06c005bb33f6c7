"""What can the operator's own people do?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.mutations.session import SessionsEnded
from graphql_schema.problems import BadArgument
from graphql_schema.types.contact import Contact, ContactKind, ContactPurpose
from graphql_schema.types.line import mask_number
from graphql_schema.types.refusal import NeedsOtherEyes, NotFound
from graphql_schema.types.staff import BulkDeed, BulkKind, name_bulk_deed
from graphql_schema.types.word import word

MINUTES_MOST = 1440
NUMBERS_MOST = 10_000
REASON_CHARACTERS = range(4, 201)
Info = strawberry.Info[Context, None]


@word
class ContactOpened:
    """The contact, and the code that the colleague names to the customer."""

    contact: Contact
    code: str


@strawberry.input
class OpenContactInput:
    """Whom a colleague turns to, how and why, and for how many minutes the code lives (1-1440)."""

    idempotency_key: str
    number: str
    kind: ContactKind
    purpose: ContactPurpose
    minutes: int = 60


@strawberry.input
class EndLineSessionsInput:
    """Whose sessions to end, and why (4-200 characters)."""

    idempotency_key: str
    number: str
    reason: str


@strawberry.input
class ProposeBulkDeedInput:
    """What to do to which lines (at most 10,000), and why (4-200 characters)."""

    idempotency_key: str
    kind: BulkKind
    numbers: list[str]
    reason: str


@strawberry.input
class DecideBulkDeedInput:
    """Which proposal, and yes or no."""

    idempotency_key: str
    bulk_deed_id: strawberry.ID
    approve: bool


OpenContactResult = Annotated[ContactOpened | NotFound | Always, strawberry.union("OpenContactResult")]
EndLineSessionsResult = Annotated[SessionsEnded | NotFound | Always, strawberry.union("EndLineSessionsResult")]
ProposeBulkDeedResult = Annotated[BulkDeed | NotFound | Always, strawberry.union("ProposeBulkDeedResult")]
DecideBulkDeedResult = Annotated[
    BulkDeed | NotFound | NeedsOtherEyes | Always, strawberry.union("DecideBulkDeedResult")
]


@strawberry.type
class StaffDeeds:
    """Deeds of the operator's own people."""

    @strawberry.mutation
    async def open_contact(self, info: Info, input: OpenContactInput) -> OpenContactResult:
        """Opens a contact whose code the customer can check in every channel."""
        if not 1 <= input.minutes <= MINUTES_MOST:
            raise BadArgument(name="minutes", least=1, most=MINUTES_MOST)
        under_way().note = mask_number(input.number)
        contacts = info.context.identity.contacts
        contact, code = await contacts.open(under_way().deed, input.number, input.kind, input.purpose, input.minutes)
        return ContactOpened(contact=contact, code=code)

    @strawberry.mutation
    async def end_line_sessions(self, info: Info, input: EndLineSessionsInput) -> EndLineSessionsResult:
        """Ends every session of a customer's line, at their wish."""
        reason = _check(input.reason)
        under_way().note = mask_number(input.number)
        staff = info.context.identity.staff
        return SessionsEnded(count=await staff.end_line_sessions(under_way().deed, input.number, reason))

    @strawberry.mutation
    async def propose_bulk_deed(self, info: Info, input: ProposeBulkDeedInput) -> ProposeBulkDeedResult:
        """Proposes a deed for many lines; nothing happens before another person approved it."""
        if not 1 <= len(input.numbers) <= NUMBERS_MOST:
            raise BadArgument(name="numbers", least=1, most=NUMBERS_MOST)
        under_way().note = f"{input.kind.value} × {len(input.numbers)}"
        bulk, reason = info.context.identity.bulk, _check(input.reason)
        proposed = await bulk.propose(under_way().deed, input.kind, input.numbers, reason)
        under_way().note += f" · {name_bulk_deed(proposed.id)}"
        return proposed

    @strawberry.mutation
    async def decide_bulk_deed(self, info: Info, input: DecideBulkDeedInput) -> DecideBulkDeedResult:
        """Approves or refuses a colleague's proposal."""
        under_way().note = f"{name_bulk_deed(input.bulk_deed_id)} · {'approved' if input.approve else 'refused'}"
        return await info.context.identity.bulk.decide(under_way().deed, input.bulk_deed_id, approve=input.approve)


def _check(reason: str) -> str:
    plain = reason.strip()
    if len(plain) not in REASON_CHARACTERS:
        raise BadArgument(name="reason", least=REASON_CHARACTERS.start, most=REASON_CHARACTERS.stop - 1)
    return plain
