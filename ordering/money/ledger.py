"""Where is the money, and how did it get there?

Double entry: a movement leaves one account and arrives at another, in one row, in the commit of the state that it
belongs to. Accounts:

- ``provider:<source>``  what came from a provider, below nothing (``provider:sandbox``: -50)
- ``voucher``            what came from cards, below nothing
- ``due:customer``       paid and not credited yet, or taken back and not given back yet
- ``bss``                what the operator's books got from us, less what they gave back
- ``refund:<source>``    what a provider gave back to payers

An account's balance is what arrived less what left; all balances together are nothing, always.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.recharge import RechargeSource
from ordering.money.units import to_us
from ordering.money_tables import money_movement
from ordering.needs import insert_new

DUE: Final = "due:customer"
BSS: Final = "bss"
VOUCHER: Final = "voucher"


@dataclass(frozen=True, slots=True)
class Movement:
    """``amount_fen`` leaves ``credit`` and arrives at ``debit``. ``id`` names the event (``paid:<recharge>``), and an
    event moves money once."""

    id: str
    reference: str
    debit: str
    credit: str
    amount_fen: int
    currency: str


def provider_account(source: RechargeSource) -> str:
    """Where a provider's collected money comes from."""
    return f"provider:{source.value}"


def refund_account(source: RechargeSource) -> str:
    """Where a provider's refunds went."""
    return f"refund:{source.value}"


async def move(connection: AsyncConnection, movement: Movement, *, now: datetime) -> bool:
    """Writes the movement in the caller's transaction; False where it was written before."""
    row = {
        "id": movement.id,
        "reference": movement.reference,
        "debit": movement.debit,
        "credit": movement.credit,
        "amount_fen": movement.amount_fen,
        "currency": movement.currency,
        "at_us": to_us(now),
    }
    return await insert_new(connection, money_movement, row)


async def fetch_balances(connection: AsyncConnection, *, reference: str | None = None) -> Mapping[str, int]:
    """Every account's balance in fen, of one reference or of all; they sum to nothing."""
    table, balances = money_movement, dict[str, int]()
    for account, sign in ((table.c.debit, 1), (table.c.credit, -1)):
        asked = select(account, func.sum(table.c.amount_fen)).group_by(account)
        if reference is not None:
            asked = asked.where(table.c.reference == reference)
        for name, sum_fen in (await connection.execute(asked)).all():
            balances[name] = balances.get(name, 0) + sign * int(sum_fen)
    return balances
