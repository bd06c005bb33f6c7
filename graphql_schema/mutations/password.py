"""How does a person change the service password?"""

from datetime import datetime
from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.types.refusal import LineSuspended, Locked, WeakPassword, WrongSecret
from graphql_schema.types.word import word


@word
class PasswordChanged:
    """The new one holds in every channel; other sessions of the line have ended."""

    changed_at: datetime


@strawberry.input
class ChangePasswordInput:
    """The old one and the new one, six digits each."""

    idempotency_key: str
    old_password: str
    new_password: str


ChangePasswordResult = Annotated[
    PasswordChanged | WrongSecret | Locked | WeakPassword | LineSuspended | Always,
    strawberry.union("ChangePasswordResult"),
]


@strawberry.type
class PasswordDeeds:
    """Deeds on the service password."""

    @strawberry.mutation
    async def change_password(
        self,
        info: strawberry.Info[Context, None],
        input: ChangePasswordInput,
    ) -> ChangePasswordResult:
        """Sets a new service password by the old one."""
        passwords = info.context.identity.passwords
        changed_at = await passwords.change(under_way().deed, input.old_password, input.new_password)
        return PasswordChanged(changed_at=changed_at)
