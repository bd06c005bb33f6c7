"""How far has a search through a month of call records come, and what did it find?"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry

from graphql_schema.context import Context
from graphql_schema.queries.cursor import Cursor
from graphql_schema.queries.record_search import FIRST_MOST, AdmittedQuestion, RecordsAsked, admit_question
from graphql_schema.types.call_record import CallRecordFilter, CallRecordOrder, CallRecordSearch

STEP_SECONDS = 0.2
"""Between two words of progress: more often than five times a second nobody looks."""


@strawberry.type
class CallRecordsRead:
    """A search, as it goes on."""

    @strawberry.subscription
    async def call_records_read(  # noqa: PLR0913, PLR0917  as many parts as ``callRecords``
        self,
        info: strawberry.Info[Context, None],
        month: str | None = None,
        wanted: CallRecordFilter | None = None,
        order: CallRecordOrder = CallRecordOrder.NEWEST,
        first: int = FIRST_MOST,
        after: Cursor | None = None,
        totals: bool = False,
        reveal: bool = False,
    ) -> AsyncGenerator[CallRecordSearch, None]:
        """The same question as ``callRecords``, always with totals: how much of the month was read, at most five times
        a second, then the page; then it ends."""
        asked = RecordsAsked(month, wanted, order, first, after, totals, reveal)
        return _tell(await admit_question(info.context, asked))


async def _tell(admitted: AdmittedQuestion) -> AsyncGenerator[CallRecordSearch, None]:
    """The steps of the search, but for those that follow too soon on another."""
    told_at = float("-inf")
    async with aclosing(admitted.search()) as steps:
        async for step in steps:
            if step.found is not None or time.monotonic() - told_at >= STEP_SECONDS:
                told_at = time.monotonic()
                yield step
