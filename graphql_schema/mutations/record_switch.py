"""How does a customer switch all queries of their call records off, and on again (清单禁查)?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.types.call_record import CallRecordSwitch

Info = strawberry.Info[Context, None]


@strawberry.input
class LockCallRecordsInput:
    """Nothing but the key."""

    idempotency_key: str


@strawberry.input
class OpenCallRecordsInput:
    """Nothing but the key."""

    idempotency_key: str


LockCallRecordsResult = Annotated[CallRecordSwitch | Always, strawberry.union("LockCallRecordsResult")]
OpenCallRecordsResult = Annotated[CallRecordSwitch | Always, strawberry.union("OpenCallRecordsResult")]


@strawberry.type
class RecordSwitchDeeds:
    """The customer's own switch on their call records."""

    @strawberry.mutation
    async def lock_call_records(
        self,
        info: Info,
        input: LockCallRecordsInput,
    ) -> LockCallRecordsResult:
        """From now on nobody can ask for the line's call records or fetch an export of them; the customer neither."""
        return await info.context.identity.record_lock.set_switch(under_way().deed, locked=True)

    @strawberry.mutation
    async def open_call_records(
        self,
        info: Info,
        input: OpenCallRecordsInput,
    ) -> OpenCallRecordsResult:
        """Call records can be asked for again, by whoever proves enough."""
        return await info.context.identity.record_lock.set_switch(under_way().deed, locked=False)
