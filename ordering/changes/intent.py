"""Who works on an order of ours, and what became of it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Table, and_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.change import ChangeObstacle
from graphql_schema.types.order import Order, OrderState
from ordering.change_tables import change_order
from ordering.needs import Transaction, View
from ordering.tables import to_us

_OBSTACLES: Final[TypeAdapter[list[ChangeObstacle]]] = TypeAdapter(list[ChangeObstacle])
ENDS: Final = frozenset(
    {
        OrderState.COMPLETED,
        OrderState.FAILED,
        OrderState.PARTIAL,
        OrderState.REJECTED,
        OrderState.CANCELLED,
    }
)
"""States of TMF622 that an order does not leave."""


class Stage(StrEnum):
    """PLACING: confirmed, and not known to be with the operator. PLACED: it is. REFUSED by the operator for good.
    FAILED: it never got there. WITHDRAWN: called off before it got there. ENDED: the operator is done with it."""

    PLACING = "placing"
    PLACED = "placed"
    REFUSED = "refused"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


OPEN: Final = (Stage.PLACING.value, Stage.PLACED.value)


class Failure(StrEnum):
    """NOT_TAKEN: order management said no to what was sent. NOT_PLACED: it could not be reached for too long. CHANGED:
    meanwhile it would have done something else than was confirmed."""

    NOT_TAKEN = "not_taken"
    NOT_PLACED = "not_placed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Lease:
    """An order (or its cancellation) that is one worker's alone until its time is over: ``attempts`` is the fence."""

    key: tuple[str, ...]
    attempts: int


async def claim(
    transaction: Transaction, table: Table, row: Row[Any], *, at: datetime, length: timedelta
) -> Lease | None:
    """The row, leased to the caller alone; None where another was faster."""
    key = tuple(str(getattr(row, column.name)) for column in table.primary_key)
    lease = Lease(key, row.attempts + 1)
    same = and_(_is(table, key), table.c.attempts == row.attempts, table.c.free_at_us <= to_us(at))
    leased = {"attempts": lease.attempts, "free_at_us": to_us(at + length)}
    async with transaction() as connection:
        done = await connection.execute(update(table).where(same).values(leased))
    return lease if done.rowcount == 1 else None


async def change(connection: AsyncConnection, table: Table, lease: Lease, **values: Any) -> bool:  # noqa: ANN401  columns
    """Keeps columns of a leased row; False where the lease went to another: what they found out counts."""
    mine = and_(_is(table, lease.key), table.c.attempts == lease.attempts)
    return (await connection.execute(update(table).where(mine).values(values))).rowcount == 1


async def fetch_due(view: View, table: Table, states: Sequence[str], *, at: datetime, limit: int) -> Sequence[Row[Any]]:
    """Rows that can be claimed, those that waited longest first."""
    due = (table.c.state.in_(states), table.c.free_at_us <= to_us(at))
    async with view() as connection:
        return (await connection.execute(select(table).where(*due).order_by(table.c.free_at_us).limit(limit))).all()


def write_known(order: Order, *, at: datetime, look_at: datetime) -> dict[str, Any]:
    """The columns of what order management says of an order of ours."""
    ended = order.state in ENDS
    return {
        "state": (Stage.ENDED if ended else Stage.PLACED).value,
        "known_state": order.state.value,
        "known_at_us": to_us(at),
        "ended_at_us": to_us(at) if ended else None,
        "free_at_us": to_us(look_at),
    }


def write_end(
    stage: Stage, *, at: datetime, failure: Failure | None = None, obstacles: list[ChangeObstacle] | None = None
) -> dict[str, Any]:
    """The columns of an order that never came to be at the operator."""
    return {
        "state": stage.value,
        "failure": None if failure is None else failure.value,
        "obstacles": None if obstacles is None else _OBSTACLES.dump_json(obstacles).decode(),
        "ended_at_us": to_us(at),
    }


def read_obstacles(row: Row[Any]) -> list[ChangeObstacle]:
    """Why it was refused."""
    return [] if row.obstacles is None else _OBSTACLES.validate_json(row.obstacles)


async def find_order(connection: AsyncConnection, order_id: str) -> Row[Any] | None:
    """The row of an order of ours."""
    return (await connection.execute(select(change_order).where(change_order.c.id == order_id))).one_or_none()


def _is(table: Table, key: tuple[str, ...]) -> Any:  # noqa: ANN401  an SQL condition
    return and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))
