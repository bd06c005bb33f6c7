"""How does a person get, or get rid of, what we hold of them?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.types.personal_data import PersonalDataKind, PersonalDataRequest
from graphql_schema.types.refusal import NotFound

Info = strawberry.Info[Context, None]


@strawberry.input
class RequestPersonalDataInput:
    """A copy, or erasure."""

    idempotency_key: str
    kind: PersonalDataKind


@strawberry.input
class CallOffPersonalDataInput:
    """Which request to call off."""

    idempotency_key: str
    request_id: strawberry.ID


RequestPersonalDataResult = Annotated[PersonalDataRequest | Always, strawberry.union("RequestPersonalDataResult")]
CallOffPersonalDataResult = Annotated[
    PersonalDataRequest | NotFound | Always, strawberry.union("CallOffPersonalDataResult")
]


@strawberry.type
class PersonalDataDeeds:
    """Deeds on one's data."""

    @strawberry.mutation
    async def request_personal_data(
        self,
        info: Info,
        input: RequestPersonalDataInput,
    ) -> RequestPersonalDataResult:
        """Queues an export or an erasure; one that waits already is answered instead of a second."""
        under_way().note = input.kind.value
        return await info.context.identity.personal_data.request(under_way().deed, input.kind)

    @strawberry.mutation
    async def call_off_personal_data(
        self,
        info: Info,
        input: CallOffPersonalDataInput,
    ) -> CallOffPersonalDataResult:
        """Calls off a request that waits."""
        return await info.context.identity.personal_data.call_off(under_way().deed, input.request_id)
