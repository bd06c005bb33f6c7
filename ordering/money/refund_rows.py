"""From which state may a refund pass into which, and what becomes of its recharge in the same commit?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.recharge import RechargeSource
from ordering.money.ledger import DUE, Movement, move, provider_account
from ordering.money.needs import Till
from ordering.money.receipts import announce, send_notice
from ordering.money.rows import HELD
from ordering.money.units import to_us
from ordering.money_tables import recharge, recharge_refund
from ordering.needs import insert_new

OPEN: Final = ("taking", "giving", "restoring")
COMES_FROM: Final[Mapping[str, tuple[str, ...]]] = {
    "giving": ("taking", "restoring"),
    "restoring": ("giving",),
    "given": ("giving",),
    "refused": ("taking", "restoring"),
}


@dataclass(frozen=True, slots=True)
class Passage:
    """Into which state, and what moves meanwhile: ``event`` names the movement from ``credit`` to ``debit``."""

    state: str
    event: str = ""
    debit: str = ""
    credit: str = ""
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class WantedRefund:
    """How much of a recharge somebody gives back; ``id`` is the deed's."""

    id: str
    amount_fen: int
    asked_by: str


class Begun(Enum):
    """NEW: the intent is written. THERE: by the same deed before. TOO_MUCH: not so much is left, or it is not
    credited."""

    NEW = "new"
    THERE = "there"
    TOO_MUCH = "too_much"


async def begin_refund(connection: AsyncConnection, till: Till, paid: Row[Any], wish: WantedRefund) -> Begun:
    """Sets so much of a credited recharge apart and writes the intent, in the caller's transaction."""
    table, now = recharge, till.now()
    row = _draft(wish.id, paid.id, wish.amount_fen, now)
    row |= {"state": "taking", "asked_by": wish.asked_by, "free_at_us": to_us(now + till.rules.lease)}
    if not await insert_new(connection, recharge_refund, row):
        return Begun.THERE
    enough = (
        table.c.id == paid.id,
        table.c.state.in_(("credited", "refunding")),
        table.c.back_fen + wish.amount_fen <= table.c.amount_fen,
    )
    kept = {"state": "refunding", "back_fen": table.c.back_fen + wish.amount_fen, "changed_at_us": to_us(now)}
    if (await connection.execute(update(table).where(*enough).values(kept))).rowcount == 1:
        return Begun.NEW
    await connection.execute(delete(recharge_refund).where(recharge_refund.c.id == wish.id))
    return Begun.TOO_MUCH


async def begin_held_refund(
    connection: AsyncConnection, till: Till, held: Row[Any], wish: WantedRefund, *, paid_at: datetime | None
) -> Begun:
    """What the provider collected instead of the recharge's amount arrives in the ledger, and the intent to give all of
    it back is written, in the caller's transaction: the operator's books never hear of it."""
    table, now = recharge, till.now()
    row = _draft(wish.id, held.id, wish.amount_fen, now)
    row |= {
        "state": "giving",
        "asked_by": wish.asked_by,
        "automatic": True,
        "free_at_us": to_us(now + till.rules.lease),
    }
    if not await insert_new(connection, recharge_refund, row):
        return Begun.THERE
    kept = {
        "state": "refunding",
        "amount_fen": wish.amount_fen,
        "back_fen": wish.amount_fen,
        "paid_at_us": to_us(paid_at or now),
        "changed_at_us": to_us(now),
        "free_at_us": None,
        "attempts": 0,
    }
    still = (table.c.id == held.id, table.c.state == HELD)
    if (await connection.execute(update(table).where(*still).values(kept))).rowcount != 1:
        await connection.execute(delete(recharge_refund).where(recharge_refund.c.id == wish.id))
        return Begun.TOO_MUCH
    source = provider_account(RechargeSource(held.source))
    movement = Movement(f"paid:{held.id}", held.id, DUE, source, wish.amount_fen, held.currency)
    await move(connection, movement, now=now)
    return Begun.NEW


async def begin_automatic_refund(connection: AsyncConnection, refused: Row[Any], *, now: datetime) -> None:
    """All of it goes back, in the transaction that says that the operator will not take it."""
    row = _draft(derive_reference(refused.id, "back"), refused.id, refused.amount_fen, now)
    state = {"state": "giving", "asked_by": "system", "automatic": True, "free_at_us": to_us(now)}
    await insert_new(connection, recharge_refund, row | state)


async def pass_refund(till: Till, refund: Row[Any], paid: Row[Any], passage: Passage) -> Row[Any]:
    """State of the refund, movement and state of the recharge in one commit, of any number that try by one."""
    now = till.now()
    async with till.transaction() as connection:
        await _take_turns(connection, paid.id)
        passed = await _enter(till, connection, refund, passage, now=now)
        if passed is not None:
            await _follow(till, connection, passed, paid, passage)
    if passed is None:
        return await fetch_refund(till, refund.id)
    await announce(till, paid)
    return passed


async def find_refund(till: Till, refund_id: str) -> Row[Any] | None:
    """A row that may be there."""
    async with till.reading() as connection:
        asked = select(recharge_refund).where(recharge_refund.c.id == refund_id)
        return (await connection.execute(asked)).one_or_none()


async def fetch_refund(till: Till, refund_id: str) -> Row[Any]:
    """A row that is there."""
    async with till.reading() as connection:
        return (await connection.execute(select(recharge_refund).where(recharge_refund.c.id == refund_id))).one()


def derive_reference(reference: str, purpose: str) -> str:
    """A reference of its own for what follows from another: 32 hex digits, always the same."""
    return sha256(f"{purpose}:{reference}".encode()).hexdigest()[:32]


def _draft(refund_id: str, recharge_id: str, amount_fen: int, now: datetime) -> dict[str, Any]:
    return {
        "id": refund_id,
        "recharge_id": recharge_id,
        "amount_fen": amount_fen,
        "automatic": False,
        "began_at_us": to_us(now),
        "free_at_us": None,
        "attempts": 0,
    }


async def _take_turns(connection: AsyncConnection, recharge_id: str) -> None:
    """Two refunds of one recharge that end at once would each see the other as open: the second waits here, and what it
    reads afterwards is new."""
    mine = recharge.c.id == recharge_id
    await connection.execute(update(recharge).where(mine).values(attempts=recharge.c.attempts))


async def _enter(
    till: Till, connection: AsyncConnection, refund: Row[Any], passage: Passage, *, now: datetime
) -> Row[Any] | None:
    table, ended = recharge_refund, passage.state not in OPEN
    kept = {
        "state": passage.state,
        "failure": passage.failure,
        "attempts": 0,
        "free_at_us": None if ended else to_us(now + till.rules.lease),
        "ended_at_us": to_us(now) if ended else None,
    }
    mine = (table.c.id == refund.id, table.c.state.in_(COMES_FROM[passage.state]))
    return (await connection.execute(update(table).where(*mine).values(kept).returning(*table.c))).one_or_none()


async def _follow(till: Till, connection: AsyncConnection, refund: Row[Any], paid: Row[Any], passage: Passage) -> None:
    if passage.event:
        name, amount_fen = f"{passage.event}:{refund.id}", refund.amount_fen
        movement = Movement(name, paid.id, passage.debit, passage.credit, amount_fen, paid.currency)
        await move(connection, movement, now=till.now())
    if passage.state in OPEN:
        return
    given_fen = await _conclude(connection, refund, given=passage.state == "given", now=till.now())
    if passage.state == "given":
        await till.rewards.note_refund(connection, paid.id, given_fen=given_fen)
        key, amount_fen = refund.id, refund.amount_fen
        await send_notice(till, connection, paid, "recharge_refunded", key=key, amount_fen=amount_fen)


async def _conclude(connection: AsyncConnection, refund: Row[Any], *, given: bool, now: datetime) -> int:
    """One refund is over: its recharge stays in ``refunding`` while another is not. Answers what of it, in all, was
    given back."""
    table = recharge
    others = select(func.count()).where(
        recharge_refund.c.recharge_id == refund.recharge_id, recharge_refund.c.state.in_(OPEN)
    )
    under_way = (await connection.execute(others)).scalar_one() > 0
    given_fen = table.c.given_fen + (refund.amount_fen if given else 0)
    after = case((given_fen == table.c.amount_fen, "refunded"), else_="credited")
    kept = {
        "state": "refunding" if under_way else after,
        "given_fen": given_fen,
        "back_fen": table.c.back_fen - (0 if given else refund.amount_fen),
        "changed_at_us": to_us(now),
        "ended_at_us": to_us(now),
    }
    concluded = update(table).where(table.c.id == refund.recharge_id).values(kept).returning(table.c.given_fen)
    return int((await connection.execute(concluded)).scalar_one())
