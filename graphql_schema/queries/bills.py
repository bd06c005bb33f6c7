"""Which page of the bills does a cursor lead to?"""

from collections.abc import Collection
from dataclasses import replace

from graphql_schema.ports import BillsReading
from graphql_schema.problems import BadArgument, BadCursor
from graphql_schema.queries.cursor import Cursor, make_cursor
from graphql_schema.types.bill import Bill, BillCategory, BillConnection, BillEdge, PageInfo

FIRST_LEAST, FIRST_USUAL, FIRST_MOST = 1, 6, 24
"""Bounds of a page: six months are kept online, and an account of several years still fits one page."""


def select_bills(reading: BillsReading, categories: Collection[BillCategory] | None) -> BillsReading:
    """Only the bills of these categories; all of them where none are named."""
    if categories is None:
        return reading
    return replace(reading, bills=tuple(bill for bill in reading.bills if bill.category in categories))


def paginate_bills(reading: BillsReading, *, first: int, after: Cursor | None) -> BillConnection:
    """The page of ``first`` bills that follow the cursor ``after`` (Relay, forward only).

    A cursor names its bill, so a page stays where it is when a newer bill is issued. Raises BadCursor, BadArgument.
    """
    if not FIRST_LEAST <= first <= FIRST_MOST:
        raise BadArgument(name="first", least=FIRST_LEAST, most=FIRST_MOST)
    start = 0 if after is None else _position_after(after, reading.bills)
    page = [BillEdge(cursor=make_cursor(bill.id), node=bill) for bill in reading.bills[start : start + first]]
    return BillConnection(
        edges=page,
        page_info=PageInfo(
            has_next_page=start + first < len(reading.bills),
            has_previous_page=start > 0,
            start_cursor=page[0].cursor if page else None,
            end_cursor=page[-1].cursor if page else None,
        ),
        total_count=len(reading.bills),
        as_of=reading.as_of,
        stale=reading.stale,
    )


def _position_after(cursor: Cursor, bills: tuple[Bill, ...]) -> int:
    position = next((index for index, bill in enumerate(bills) if make_cursor(bill.id) == cursor), None)
    if position is None:
        raise BadCursor
    return position + 1
