"""What can a caller ask about the own call records (详单)?"""

import strawberry

from graphql_schema.context import Context
from graphql_schema.queries.cursor import Cursor
from graphql_schema.queries.record_search import FIRST_MOST, RecordsAsked, admit_question
from graphql_schema.types.call_record import (
    CallRecordConnection,
    CallRecordFilter,
    CallRecordOrder,
    CallRecordSwitch,
)
from graphql_schema.types.record_export import RecordExport

Info = strawberry.Info[Context, None]


@strawberry.type
class MyRecords:
    """Call records of the running month and the five before, the switch on them, and exports."""

    @strawberry.field
    async def call_records(  # noqa: PLR0913, PLR0917  a search has as many parts
        self,
        info: Info,
        month: str | None = None,
        wanted: CallRecordFilter | None = None,
        order: CallRecordOrder = CallRecordOrder.NEWEST,
        first: int = FIRST_MOST,
        after: Cursor | None = None,
        totals: bool = False,
        reveal: bool = False,
    ) -> CallRecordConnection | None:
        """A page of a month's records (1-100): the running month, or ``2026-10``. Each look stands in the trail.

        Other numbers are masked unless ``reveal``. The plain first look is one call to the BSS; a filter, another order
        or ``totals`` read the whole month (``callRecordsRead`` says how far it has come).
        """
        asked = RecordsAsked(month, wanted, order, first, after, totals, reveal)
        return await (await admit_question(info.context, asked)).answer()

    @strawberry.field
    async def call_record_switch(self, info: Info) -> CallRecordSwitch | None:
        """Whether call records can be asked for at all (清单禁查)."""
        return await info.context.identity.record_lock.fetch_switch(info.context.caller)

    @strawberry.field
    async def record_exports(self, info: Info) -> list[RecordExport] | None:
        """Exports of call records, newest first."""
        return list(await info.context.facts.ports.exports.fetch_exports(info.context.caller))
