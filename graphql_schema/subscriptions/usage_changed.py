"""How does a caller learn that usage changed?"""

from collections.abc import AsyncGenerator, Awaitable, Hashable

import strawberry

from graphql_schema.context import Context
from graphql_schema.ports import BssFault, UsageReading
from graphql_schema.problems import Problem, SignInRequired
from graphql_schema.queries.me import Me


@strawberry.type
class UsageChanged:
    """Usage, as it changes."""

    @strawberry.subscription
    async def usage_changed(self, info: strawberry.Info[Context, None]) -> AsyncGenerator[Me, None]:
        """The line as it is now, and again whenever its allowances changed."""
        subscriber = info.context.caller.subscriber
        if subscriber is None:
            raise SignInRequired
        facts = info.context.facts
        yield Me(facts=facts)
        told = await _fingerprint(facts.usage())
        async for _ in facts.ports.wake_ups.listen(subscriber):
            facts = facts.afresh()
            seen = await _fingerprint(facts.usage())
            if seen is not None and seen != told:
                told = seen
                yield Me(facts=facts)


async def _fingerprint(reading: Awaitable[UsageReading]) -> Hashable:
    """What counts as a change: the counters, not the moment of reading. None when they can't be read now."""
    try:
        return tuple((bucket.id, bucket.used, bucket.total, bucket.throttled) for bucket in (await reading).buckets)
    except (BssFault, Problem):
        return None
