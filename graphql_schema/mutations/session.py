"""How does a person end sessions, and let a device be reached?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.types.refusal import NotFound
from graphql_schema.types.session import PushKind
from graphql_schema.types.word import word

Info = strawberry.Info[Context, None]


@word
class SessionsEnded:
    """So many sessions ended; their subscriptions close within 5 s."""

    count: int


@word
class PushTokenKept:
    """The device can be reached from now on."""

    kind: PushKind


@strawberry.input
class EndSessionInput:
    """Which session to end."""

    idempotency_key: str
    session_id: strawberry.ID


@strawberry.input
class EndOtherSessionsInput:
    """All but the caller's own."""

    idempotency_key: str


@strawberry.input
class KeepPushTokenInput:
    """What a push service gave to the device."""

    idempotency_key: str
    kind: PushKind
    token: str


EndSessionResult = Annotated[SessionsEnded | NotFound | Always, strawberry.union("EndSessionResult")]
EndOtherSessionsResult = Annotated[SessionsEnded | Always, strawberry.union("EndOtherSessionsResult")]
KeepPushTokenResult = Annotated[PushTokenKept | NotFound | Always, strawberry.union("KeepPushTokenResult")]


@strawberry.type
class SessionDeeds:
    """Deeds on sessions."""

    @strawberry.mutation
    async def end_session(self, info: Info, input: EndSessionInput) -> EndSessionResult:
        """Ends one session of the line, at once."""
        return SessionsEnded(count=await info.context.identity.sessions.end_session(under_way().deed, input.session_id))

    @strawberry.mutation
    async def end_other_sessions(self, info: Info, input: EndOtherSessionsInput) -> EndOtherSessionsResult:
        """Ends every session of the line but the caller's own, at once."""
        return SessionsEnded(count=await info.context.identity.sessions.end_others(under_way().deed))

    @strawberry.mutation
    async def keep_push_token(self, info: Info, input: KeepPushTokenInput) -> KeepPushTokenResult:
        """Binds a push token to the caller's device and line, and to no other."""
        await info.context.identity.sessions.keep_push_token(under_way().deed, input.kind, input.token)
        return PushTokenKept(kind=input.kind)
