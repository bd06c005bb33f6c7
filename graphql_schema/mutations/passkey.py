"""How does a person give up a passkey?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.types.refusal import NotFound
from graphql_schema.types.word import word


@word
class PasskeyRemoved:
    """It opens nothing any more."""

    id: str


@strawberry.input
class RemovePasskeyInput:
    """Which passkey."""

    idempotency_key: str
    passkey_id: strawberry.ID


RemovePasskeyResult = Annotated[PasskeyRemoved | NotFound | Always, strawberry.union("RemovePasskeyResult")]


@strawberry.type
class PasskeyDeeds:
    """Deeds on passkeys; they are made in a ceremony of the browser's (door.PasskeyDoor)."""

    @strawberry.mutation
    async def remove_passkey(
        self,
        info: strawberry.Info[Context, None],
        input: RemovePasskeyInput,
    ) -> RemovePasskeyResult:
        """Removes a passkey of the line."""
        await info.context.identity.passkeys.remove(under_way().deed, input.passkey_id)
        return PasskeyRemoved(id=input.passkey_id)
