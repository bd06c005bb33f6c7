"""How is a question about call records let in, and how is a month searched through?"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from graphql_schema.context import Context
from graphql_schema.money_ports import CallRecords, RecordPage
from graphql_schema.problems import BadArgument, RecordsLocked, SignInRequired
from graphql_schema.queries.call_records import (
    RecordQuestion,
    RecordSieve,
    connect_page,
    connect_sieve,
    name_question,
    position_of,
)
from graphql_schema.queries.cursor import Cursor
from graphql_schema.queries.kept_month import find_kept_month
from graphql_schema.queries.record_cursor import RecordCursors
from graphql_schema.queries.record_filter import leaves_nothing_out, parse_filter
from graphql_schema.types.call_record import (
    CallRecordConnection,
    CallRecordFilter,
    CallRecordOrder,
    CallRecordSearch,
)

FIRST_LEAST, FIRST_MOST = 1, 100
"""A page of call records (domain page §4)."""

QUERY = "callRecords"
"""How a look at call records is called in the trail, whichever way it was asked."""


@dataclass(frozen=True, slots=True)
class RecordsAsked:
    """The arguments of ``callRecords``, as they came."""

    month: str | None
    wanted: CallRecordFilter | None
    order: CallRecordOrder
    first: int
    after: Cursor | None
    totals: bool
    reveal: bool


@dataclass(frozen=True, slots=True)
class AdmittedQuestion:
    """A question that makes sense, is allowed, and stands in the trail."""

    question: RecordQuestion
    cursors: RecordCursors
    records: CallRecords

    async def answer(self) -> CallRecordConnection:
        """The page: a plain one by one call, any other out of the whole month. Raises BssFault."""
        question = self.question
        if question.plain:
            page = await self.records.fetch_page(
                question.line_id, question.month, after=position_of(question.after), limit=question.first
            )
            return connect_page(page, question, self.cursors)
        async with aclosing(self.search()) as steps:
            async for step in steps:
                if step.found is not None:
                    return step.found
        raise AssertionError("a search ends with what it found")

    async def search(self) -> AsyncGenerator[CallRecordSearch, None]:
        """Where the search stands after each page of the BSS's, then what was found. Raises BssFault."""
        sieve, as_of = RecordSieve(self.question), None
        async with _closing(self.records.read_month(self.question.line_id, self.question.month)) as pages:
            async for page in pages:
                sieve.take(page.records)
                as_of = as_of or page.as_of
                yield CallRecordSearch(read=sieve.read, of=max(page.total, sieve.read), found=None)
        if as_of is None:
            raise AssertionError("a month has a page, if an empty one")
        found = connect_sieve(sieve, self.question, self.cursors, as_of=as_of)
        yield CallRecordSearch(read=sieve.read, of=sieve.read, found=found)


@asynccontextmanager
async def _closing(pages: AsyncIterator[RecordPage]) -> AsyncGenerator[AsyncIterator[RecordPage], None]:
    """Ends the reading with whoever reads: nobody asks the BSS on behalf of one who has gone."""
    try:
        yield pages
    finally:
        if isinstance(pages, AsyncGenerator):
            await pages.aclose()


async def admit_question(context: Context, asked: RecordsAsked) -> AdmittedQuestion:
    """Judges a question about the caller's call records, and has it recorded before anything is answered.

    Raises MonthNotKept, BadArgument, BadCursor; RecordsLocked where the customer switched them off (清单禁查),
    which is told to the trail too; and what the trail raises: unrecorded, nothing is shown.
    """
    line_id, ports = context.caller.subscriber, context.facts.ports
    if line_id is None:
        raise SignInRequired
    if not FIRST_LEAST <= asked.first <= FIRST_MOST:
        raise BadArgument(name="first", least=FIRST_LEAST, most=FIRST_MOST)
    month = find_kept_month(asked.month, now=ports.clock.now())
    wanted = parse_filter(asked.wanted, month)
    cursors = RecordCursors(ports.cursor_key, name_question(line_id, month, wanted, asked.order))
    after = None if asked.after is None else cursors.parse(asked.after)
    question = RecordQuestion(line_id, month, wanted, asked.order, asked.first, after, asked.totals, asked.reveal)
    if await context.identity.record_lock.is_locked(line_id):
        await context.identity.trail.note_refusal(context.caller, QUERY, RecordsLocked.code)
        raise RecordsLocked
    await context.identity.trail.note_query(context.caller, QUERY, describe_question(question))
    return AdmittedQuestion(question, cursors, ports.call_records)


def describe_question(question: RecordQuestion) -> str:
    """What the trail says of it: ``2026-10 voice,sms filtered reveal``. Never a number, a place or an amount."""
    wanted, kinds = question.wanted, "all"
    if wanted is not None and wanted.kinds is not None:
        kinds = ",".join(kind.value for kind in wanted.kinds)
    filtered = wanted is not None and not leaves_nothing_out(replace(wanted, kinds=None))
    marks = [word for word, holds in (("filtered", filtered), ("reveal", question.reveal)) if holds]
    return " ".join([question.month.text, kinds, *marks])
