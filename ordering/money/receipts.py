"""What is the owner of a number told by SMS about money?"""

from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ordering.money.needs import Till
from ordering.money.units import from_fen


async def send_notice(  # noqa: PLR0913  all that the text says
    till: Till, connection: AsyncConnection, row: Row[Any], notice: str, *, key: str, amount_fen: int
) -> None:
    """Queues the text for the number that the money was for, in the caller's transaction and once by its key; none
    where the number changed hands since."""
    if row.number:
        amount = from_fen(amount_fen, row.currency).amount
        await till.teller.send(connection, number=till.seal.open(row.number), notice=notice, key=key, amount=amount)


async def announce(till: Till, row: Row[Any]) -> None:
    """Wakes whoever looks at the line."""
    if till.announce is not None and row.line_id is not None:
        await till.announce(row.line_id)
