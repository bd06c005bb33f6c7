"""How does a person agree, or take an agreement back?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.problems import BadArgument
from graphql_schema.types.consent import Consent, ConsentPurpose


@strawberry.input
class SetConsentInput:
    """What is agreed to, or not any more."""

    idempotency_key: str
    purpose: ConsentPurpose
    given: bool


SetConsentResult = Annotated[Consent | Always, strawberry.union("SetConsentResult")]


@strawberry.type
class ConsentDeeds:
    """Deeds on consents."""

    @strawberry.mutation
    async def set_consent(
        self,
        info: strawberry.Info[Context, None],
        input: SetConsentInput,
    ) -> SetConsentResult:
        """Records one more word on a purpose; a partner is agreed to on its consent page alone."""
        if input.purpose is ConsentPurpose.PARTNER and input.given:
            raise BadArgument(name="purpose")
        under_way().note = f"{input.purpose.value}={'yes' if input.given else 'no'}"
        return await info.context.identity.consents.record(under_way().deed, input.purpose, given=input.given)
