"""How is a month of call records exported, and an export got rid of?"""

from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.problems import RecordsLocked, SignInRequired
from graphql_schema.queries.kept_month import find_kept_month
from graphql_schema.queries.record_filter import parse_filter
from graphql_schema.types.call_record import CallRecordFilter
from graphql_schema.types.record_export import ExportFormat, RecordExport
from graphql_schema.types.refusal import ExportUnderWay, MonthNotKept, NotFound, TooMany
from graphql_schema.types.refusal import RecordsLocked as RecordsLockedWord
from graphql_schema.types.word import word

Info = strawberry.Info[Context, None]


@word
class RecordExportDeleted:
    """It can't be fetched any more."""

    id: str


@strawberry.input
class ExportCallRecordsInput:
    """Which month (``2026-10``, null for the running one), as what, and which of its records; ``reveal`` writes other
    numbers in full."""

    idempotency_key: str
    month: str | None = None
    format: ExportFormat
    wanted: CallRecordFilter | None = None
    reveal: bool = False


@strawberry.input
class DeleteRecordExportInput:
    """Which export."""

    idempotency_key: str
    export_id: strawberry.ID


ExportCallRecordsResult = Annotated[
    RecordExport | MonthNotKept | RecordsLockedWord | ExportUnderWay | TooMany | Always,
    strawberry.union("ExportCallRecordsResult"),
]
DeleteRecordExportResult = Annotated[
    RecordExportDeleted | NotFound | Always, strawberry.union("DeleteRecordExportResult")
]


@strawberry.type
class RecordExportDeeds:
    """Exports of call records."""

    @strawberry.mutation
    async def export_call_records(
        self,
        info: Info,
        input: ExportCallRecordsInput,
    ) -> ExportCallRecordsResult:
        """Queues an export; while the same one waits or is worked on, a second is refused."""
        line_id, ports = info.context.caller.subscriber, info.context.facts.ports
        if line_id is None:
            raise SignInRequired
        month = find_kept_month(input.month, now=ports.clock.now())
        wanted = parse_filter(input.wanted, month)
        if await info.context.identity.record_lock.is_locked(line_id):
            raise RecordsLocked
        under_way().note = " ".join([month.text, input.format.value, *(["reveal"] if input.reveal else [])])
        return await ports.exports.begin(under_way().deed, month, input.format, wanted, reveal=input.reveal)

    @strawberry.mutation
    async def delete_record_export(
        self,
        info: Info,
        input: DeleteRecordExportInput,
    ) -> DeleteRecordExportResult:
        """It is gone at once, ready or not."""
        await info.context.facts.ports.exports.delete(under_way().deed, input.export_id)
        return RecordExportDeleted(id=input.export_id)
