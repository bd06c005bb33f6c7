"""How does a caller learn at once what the house tells a line?"""

from collections.abc import AsyncGenerator

import strawberry

from graphql_schema.context import Context
from graphql_schema.problems import SignInRequired
from graphql_schema.types.inbox import InboxMessage

MESSAGES_AT_ONCE = 20


@strawberry.type
class InboxMessageAdded:
    """The inbox, as it grows."""

    @strawberry.subscription
    async def inbox_message_added(self, info: strawberry.Info[Context, None]) -> AsyncGenerator[InboxMessage, None]:
        """Each message that is added from now on, in their order; the inbox in SQL is the truth and the cursor."""
        caller, inbox = info.context.caller, info.context.facts.ports.inbox
        if caller.subscriber is None:
            raise SignInRequired
        seen = [int(message.id) for message in await inbox.fetch_messages(caller.subscriber, after=0, limit=1)]
        cursor = max(seen, default=0)
        async for _ in info.context.facts.ports.wake_ups.listen(caller.subscriber):
            added = await inbox.fetch_messages(caller.subscriber, after=cursor, limit=MESSAGES_AT_ONCE)
            for message in reversed(added):
                cursor = int(message.id)
                yield message
