"""How do parts of money, and what was asked back of them, stand in rows?"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.money import Money
from loyalty.campaign_tables import grant_part
from loyalty.campaigns.money_steps import Part, Return
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.rows import fetch_parts, fetch_returns

FEN_PER_YUAN: Final = 100


async def read_money(bureau: Bureau, row: Row[Any]) -> tuple[list[Part], list[Return]]:
    """All parts of a grant, and all that was asked back, in order."""
    async with bureau.reading() as connection:
        parts = await fetch_parts(connection, [row.id])
        returns = await fetch_returns(connection, row.id)
    return [read_part(part) for part in parts], [_read_return(each) for each in returns]


async def change_parts(
    connection: AsyncConnection,
    row: Row[Any],
    parts: Sequence[Part],
    **values: Any,  # noqa: ANN401  columns
) -> None:
    """Writes the same into each, in the caller's transaction, which holds the grant."""
    mine = (grant_part.c.grant_id == row.id, grant_part.c.number.in_([part.number for part in parts]))
    await connection.execute(update(grant_part).where(*mine).values(values))


def read_part(row: Row[Any]) -> Part:
    """A part as its row says."""
    return Part(
        number=row.number,
        on_day=date.fromisoformat(row.on_day),
        amount_fen=row.amount_fen,
        cut_fen=row.cut_fen,
        taken_fen=row.taken_fen,
        reference=row.reference,
        state=row.state,
        asked_at_us=row.asked_at_us,
    )


def from_fen(fen: int, currency: str) -> Money:
    """So much of a currency whose unit has a hundred."""
    return Money(amount=Decimal(fen) / FEN_PER_YUAN, currency=currency)


def to_fen(money: Money) -> int:
    """Whole fen; a part of one is left out."""
    return int(money.amount * FEN_PER_YUAN)


def _read_return(row: Row[Any]) -> Return:
    return Return(row.reference, row.granted, row.most_fen, row.taken_fen, row.state, row.at_us)
