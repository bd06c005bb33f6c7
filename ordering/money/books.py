"""What do the provider, our rows and the operator say of a day, by the reference that all of them know it by?"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.payment_ports import StatementRow
from graphql_schema.types.month import BUSINESS_ZONE
from graphql_schema.types.recharge import RechargeSource
from ordering.money.differences import Known, Sides
from ordering.money.ledger import VOUCHER
from ordering.money.needs import Till
from ordering.money.refund_rows import OPEN, derive_reference
from ordering.money.units import to_fen, to_us
from ordering.money_tables import money_movement, recharge, recharge_refund

REFERENCES_AT_ONCE: Final = 500
"""A database takes so many parameters and no more, and a day may have any number of payments."""
UNDER_WAY: Final = ("paid", "crediting")
CREDITED: Final = ("credited", "refunding", "refunded")
PAID: Final = (*UNDER_WAY, *CREDITED)

Span = tuple[int, int]
"""The first microsecond of a business day, and the first after it."""


async def gather_sides(till: Till, source: RechargeSource, day: date) -> Sides:
    """A day of one provider from all sides. What no provider's statement names (cards, take-backs, and what nobody
    knows) is looked at with the first one. Raises PaymentFault, BssFault."""
    statement = await till.providers[source].fetch_statement(day)
    booked = {each.reference: to_fen(each.amount) for each in await till.money.fetch_booked(day)}
    paid_there, back_there = _read_statement(statement)
    span, is_first = _find_span(day), source is next(iter(till.providers))
    async with till.reading() as connection:
        paid = await _read_paid(connection, source, span, paid_there)
        back = await _read_given(connection, source, span, back_there)
        return Sides(
            paid_there=paid_there,
            paid_here={row.id: each for row in paid if (each := _know_payment(row, paid_there)) is not None},
            back_there=back_there,
            back_here={row.id: _know_refund(row) for row in back if row.state == "given"},
            back_open=await _read_open_refunds(connection, source, span),
            credited={row.id: Known(row.id, row.id, row.amount_fen) for row in paid if row.credited_at_us is not None},
            owed=await _read_owed(connection, source, span),
            besides=await _read_besides(connection, span) if is_first else {},
            booked=booked,
            unknown=await _find_unknown(connection, booked, span) if is_first else {},
        )


def _read_statement(statement: Sequence[StatementRow]) -> tuple[Mapping[str, Known], Mapping[str, Known]]:
    """Payments, and what was given back of them."""
    paid, back = dict[str, Known](), dict[str, Known]()
    for each in statement:
        if each.refund_reference is None:
            paid[each.reference] = Known(each.reference, each.reference, to_fen(each.amount))
        else:
            back[each.refund_reference] = Known(each.refund_reference, each.reference, abs(to_fen(each.amount)))
    return paid, back


async def _read_paid(
    connection: AsyncConnection, source: RechargeSource, span: Span, there: Collection[str]
) -> Sequence[Row[Any]]:
    """Payments of the day by our rows, or on the statement."""
    ours = select(recharge).where(recharge.c.source == source.value)
    of_day = (await connection.execute(ours.where(_within(recharge.c.paid_at_us, span)))).all()
    return _once([*of_day, *await _read_each(connection, ours, recharge.c.id, there)])


async def _read_given(
    connection: AsyncConnection, source: RechargeSource, span: Span, there: Collection[str]
) -> Sequence[Row[Any]]:
    """Refunds that ended on the day by our rows, or stand on the statement."""
    ours = _refunds_of(source)
    of_day = (await connection.execute(ours.where(_within(recharge_refund.c.ended_at_us, span)))).all()
    return _once([*of_day, *await _read_each(connection, ours, recharge_refund.c.id, there)])


async def _read_owed(connection: AsyncConnection, source: RechargeSource, span: Span) -> Mapping[str, Known]:
    """What was paid until the end of the day, of whatever day, and is neither credited nor given back."""
    table = recharge
    going_back = (table.c.state == "refunding") & table.c.credited_at_us.is_(None)
    owed = select(table.c.id, table.c.amount_fen).where(
        table.c.source == source.value,
        table.c.paid_at_us < span[1],
        table.c.state.in_(UNDER_WAY) | going_back,
    )
    return {row.id: Known(row.id, row.id, row.amount_fen) for row in (await connection.execute(owed)).all()}


async def _read_open_refunds(connection: AsyncConnection, source: RechargeSource, span: Span) -> Mapping[str, Known]:
    """Refunds that were begun before the day and have not ended."""
    late = (recharge_refund.c.state.in_(OPEN), recharge_refund.c.began_at_us < span[0])
    return {row.id: _know_refund(row) for row in (await connection.execute(_refunds_of(source).where(*late))).all()}


async def _read_besides(connection: AsyncConnection, span: Span) -> Mapping[str, Known]:
    """What else of a day should stand in the operator's books, by our ledger: cards, what was taken back (below
    nothing), and what was put in again because its provider gave nothing back."""
    table, found = money_movement, dict[str, Known]()
    ours = (table.c.credit == VOUCHER) | table.c.id.startswith("taken:") | table.c.id.startswith("restored:")
    moved = select(table.c.id, table.c.reference, table.c.amount_fen).where(_within(table.c.at_us, span), ours)
    for row in (await connection.execute(moved)).all():
        event, _, name = row.id.partition(":")
        reference = derive_reference(name, "restore") if event == "restored" else name
        found[reference] = Known(reference, row.reference, -row.amount_fen if event == "taken" else row.amount_fen)
    return found


async def _find_unknown(connection: AsyncConnection, booked: Mapping[str, int], span: Span) -> Mapping[str, Known]:
    """What the operator booked in our name and we did not; its books do not say by which provider. What is paid here
    and on its way there is not meant: it is owed."""
    begun = await _read_each(connection, select(recharge), recharge.c.id, booked)
    refunds = await _read_each(connection, select(recharge_refund), recharge_refund.c.id, booked)
    moved, taken = select(money_movement.c.id), [f"taken:{each}" for each in booked]
    noted = {row.id.partition(":")[2] for row in await _read_each(connection, moved, money_movement.c.id, taken)}
    noted |= {row.id for row in begun if row.credited_at_us is not None or row.state in UNDER_WAY}
    day_us = span[1] - span[0]
    restored = moved.where(money_movement.c.id.startswith("restored:"), money_movement.c.at_us >= span[0] - day_us)
    for row in (await connection.execute(restored)).all():
        noted.add(derive_reference(row.id.partition(":")[2], "restore"))
    whose = {row.id: row.id for row in begun} | {row.id: row.recharge_id for row in refunds}
    return {each: Known(each, whose.get(each), fen) for each, fen in booked.items() if each not in noted}


async def _read_each(
    connection: AsyncConnection, asked: Select[Any], column: ColumnElement[str], values: Collection[str]
) -> Sequence[Row[Any]]:
    """The rows whose column is one of these, of which there may be any number."""
    found = list[Row[Any]]()
    for some in _split(list(values)):
        found += (await connection.execute(asked.where(column.in_(some)))).all()
    return found


def _split(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(values), REFERENCES_AT_ONCE):
        yield values[begin : begin + REFERENCES_AT_ONCE]


def _once(rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    return list({row.id: row for row in rows}.values())


def _refunds_of(source: RechargeSource) -> Select[Any]:
    joined = select(recharge_refund).join(recharge, recharge.c.id == recharge_refund.c.recharge_id)
    return joined.where(recharge.c.source == source.value)


def _know_payment(row: Row[Any], there: Mapping[str, Known]) -> Known | None:
    """A payment that is paid here; and one that is not, of which the provider collected another amount than ours."""
    theirs = there.get(row.id)
    differs = theirs is not None and theirs.amount_fen != row.amount_fen
    return Known(row.id, row.id, row.amount_fen) if row.state in PAID or differs else None


def _know_refund(row: Row[Any]) -> Known:
    return Known(row.id, row.recharge_id, row.amount_fen)


def _within(instant_us: ColumnElement[int], span: Span) -> ColumnElement[bool]:
    return instant_us.between(span[0], span[1] - 1)


def _find_span(day: date) -> Span:
    begins = datetime.combine(day, time(), BUSINESS_ZONE)
    return to_us(begins), to_us(begins + timedelta(days=1))
