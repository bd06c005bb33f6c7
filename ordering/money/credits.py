"""How does money that was paid arrive at the operator, once?"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.payment_ports import Credit, CreditState
from graphql_schema.ports import BssFault
from ordering.money.ledger import BSS, DUE, VOUCHER, Movement, move
from ordering.money.needs import Credited, Till
from ordering.money.receipts import announce, send_notice
from ordering.money.refund_rows import begin_automatic_refund
from ordering.money.rows import enter, fetch_row, find_pause, free
from ordering.money.units import from_fen, from_us, to_fen, to_us
from ordering.money.view import DIFFERS
from ordering.money_tables import recharge

REASON_CHARACTERS = 32
GIVEN_BACK_AFTER: Final = timedelta(days=1)
"""How long money that is paid waits for an operator that turns it down without saying that it will never take it: long
enough to mend a permission that was taken away, and no request that was sent before can still be on its way."""


class Credits:
    """The steps of a credit. Each takes a row as it was read or claimed, and answers it as it then stands."""

    def __init__(self, till: Till) -> None:
        self._till, self._cross = till, till.cross

    async def credit(self, row: Row[Any]) -> Row[Any]:
        """Puts the money of a paid recharge in: on an unknown outcome, what became of it is asked before it is asked
        for again."""
        asked_before = row.state == "crediting"
        if not asked_before:
            intended = await self._intend(row)
            if intended is None:
                return await fetch_row(self._till, row.id)
            row = intended
            self._cross("recharge.credit_intended")
        try:
            credit = await self._find_or_top_up(row, asked_before=asked_before)
        except BssFault:
            return await self._leave(row)
        self._cross("recharge.topped_up")
        return await self._conclude(row, credit)

    async def _intend(self, row: Row[Any]) -> Row[Any] | None:
        async with self._till.transaction() as connection:
            now, lease = self._till.now(), self._till.rules.lease
            since_us = row.changed_at_us  # it counts as late from when it was paid
            return await enter(connection, row.id, "crediting", now=now, free_in=lease, changed_at_us=since_us)

    async def _find_or_top_up(self, row: Row[Any], *, asked_before: bool) -> Credit:
        money = self._till.money
        found = await money.find_top_up(row.account_id, row.id) if asked_before else None
        if found is not None and found.state is not CreditState.UNKNOWN:
            return found
        try:
            return await money.top_up(row.id, row.account_id, amount=from_fen(row.amount_fen, row.currency))
        except BssFault as fault:
            if found is None or not self._is_hopeless(row, fault):
                raise
            return Credit(row.id, CreditState.REFUSED, reason=fault.code)

    def _is_hopeless(self, row: Row[Any], fault: BssFault) -> bool:
        """Whether it goes back: the operator said just now that it has it not, then turned it down for certain and not
        for the moment, and that for so long. All else waits, and reconciliation says so every day."""
        waited = self._till.now() - from_us(row.changed_at_us)
        return not (fault.retryable or fault.outcome_unknown) and waited >= GIVEN_BACK_AFTER

    async def _conclude(self, row: Row[Any], credit: Credit) -> Row[Any]:
        match credit.state:
            case CreditState.DONE if credit.amount in (None, from_fen(row.amount_fen, row.currency)):
                return await self._book(row, credit)
            case CreditState.DONE:
                return await self._leave(row, failure=DIFFERS)
            case CreditState.REFUSED:
                return await self._give_back(row, credit)
            case CreditState.UNKNOWN:
                return await self._leave(row)

    async def _book(self, row: Row[Any], credit: Credit) -> Row[Any]:
        async with self._till.transaction() as connection:
            booked = await book(self._till, connection, row, credit)
        self._cross("recharge.credited")
        return await self._say(booked, row)

    async def _give_back(self, row: Row[Any], credit: Credit) -> Row[Any]:
        """The operator will not take it: it goes back to the payer without anybody's asking."""
        now, reason = self._till.now(), credit.reason[:REASON_CHARACTERS] or "refused"
        async with self._till.transaction() as connection:
            kept = {"failure": reason, "back_fen": row.amount_fen}
            mine = await _is_still_mine(connection, row)
            refunding = await enter(connection, row.id, "refunding", now=now, **kept) if mine else None
            if refunding is not None:
                await begin_automatic_refund(connection, refunding, now=now)
        self._cross("recharge.refund_decided")
        return await self._say(refunding, row)

    async def _say(self, changed: Row[Any] | None, row: Row[Any]) -> Row[Any]:
        if changed is None:  # another was faster
            return await fetch_row(self._till, row.id)
        await announce(self._till, changed)
        return changed

    async def _leave(self, row: Row[Any], *, failure: str | None = None) -> Row[Any]:
        pause = find_pause(self._till.rules, row.attempts)
        await free(self._till, recharge, row, after=pause, failure=failure)
        return await fetch_row(self._till, row.id)


async def _is_still_mine(connection: AsyncConnection, row: Row[Any]) -> bool:
    """Whether nobody claimed it since; nobody can until the transaction ends. Whoever did may be putting it in at this
    moment."""
    mine = (recharge.c.id == row.id, recharge.c.state == row.state, recharge.c.attempts == row.attempts)
    unchanged = update(recharge).where(*mine).values(attempts=recharge.c.attempts)
    return (await connection.execute(unchanged)).rowcount == 1


async def book(till: Till, connection: AsyncConnection, row: Row[Any], credit: Credit) -> Row[Any] | None:
    """State, movement and receipt by SMS in the caller's transaction; None where it was booked before. A card's amount
    is known from here on."""
    now, by_card = till.now(), row.source == "voucher"
    amount_fen = to_fen(credit.amount) if by_card and credit.amount is not None else row.amount_fen
    booked = await enter(connection, row.id, "credited", now=now, **_write(credit, now, amount_fen))
    if booked is None:
        return None
    movement = Movement(f"credited:{row.id}", row.id, BSS, VOUCHER if by_card else DUE, amount_fen, row.currency)
    await move(connection, movement, now=now)
    await till.rewards.note_recharge(connection, _tell(booked))
    await send_notice(till, connection, booked, "recharge_credited", key=row.id, amount_fen=amount_fen)
    return booked


def _tell(booked: Row[Any]) -> Credited:
    return Credited(
        recharge_id=booked.id,
        line_id=booked.line_id,
        account_id=booked.account_id,
        amount_fen=booked.amount_fen,
        channel=booked.channel,
        at=from_us(booked.credited_at_us),
    )


def _write(credit: Credit, now: datetime, amount_fen: int) -> dict[str, Any]:
    arrears = credit.arrears_settled
    return {
        "amount_fen": amount_fen,
        "arrears_fen": None if arrears is None else min(to_fen(arrears), amount_fen),
        "credited_at_us": to_us(credit.at or now),
        "ended_at_us": to_us(now),
        "failure": None,
        "card": "",
    }
