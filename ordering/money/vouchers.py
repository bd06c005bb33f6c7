"""How does a voucher card's money arrive on a line, once, and how many guesses has anybody?

The card is kept sealed while nobody knows what became of it, and then only as a digest that is good for nothing but to
know it again.
"""

import hmac
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.engine import Row

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import Credit, CreditState
from graphql_schema.ports import BssFault
from graphql_schema.problems import Locked, VoucherRefused
from graphql_schema.types.line import Line
from graphql_schema.types.recharge import RechargeSource
from ordering.money.credits import book
from ordering.money.intents import draft
from ordering.money.needs import Till
from ordering.money.receipts import announce
from ordering.money.rows import enter, fetch_row, find_pause, free
from ordering.money.units import to_us
from ordering.money_tables import recharge
from ordering.needs import insert_new

REASONS: Final = frozenset({"unknown", "used", "expired", "of_other"})
NOT_ASKED: Final = "unavailable"
"""Nobody could ask the operator about the card, so nothing is known of it."""


class Vouchers:
    """The steps of a card. Each takes a row as it was read or claimed, and answers it as it then stands."""

    def __init__(self, till: Till) -> None:
        self._till, self._cross = till, till.cross

    async def begin(self, deed: Deed, line: Line, card: str) -> Row[Any]:
        """Counts the try, keeps the card sealed, and asks. Raises Locked, VoucherRefused, BssFault."""
        till, caller = self._till, deed.caller
        row = draft(till, deed, line, RechargeSource.VOUCHER) | {
            "amount_fen": 0,
            "state": "redeeming",
            "card": till.seal.close(card),
            "card_digest": digest_card(till, card),
        }
        async with till.transaction() as connection:
            new = await insert_new(connection, recharge, row)
        intended = await fetch_row(till, deed.id)
        if not new:  # another process does the same deed at this moment
            return intended
        self._cross("voucher.intended")
        tries_left = await self._count(intended, caller, line)
        self._cross("voucher.counted")
        try:
            asked = await self.redeem(intended, first=True)
        except BssFault:
            await till.tries.give_back(caller, line.id)
            raise
        if asked.state == "credited":
            await till.tries.give_back(caller, line.id)
        if asked.state == "refused":
            raise VoucherRefused(reason=read_reason(asked), tries_left=tries_left)
        return asked

    async def redeem(self, row: Row[Any], *, first: bool = False) -> Row[Any]:
        """Asks the operator to put the card's money in, or what became of it. ``first``: nobody asked before, so a
        fault that leaves nothing open ends it, and is raised. Raises BssFault then."""
        try:
            credit = await self._find_or_redeem(row, first=first)
        except BssFault as fault:
            if not first or fault.outcome_unknown:
                return await self._leave(row)
            await self._refuse(row, NOT_ASKED)
            raise
        self._cross("voucher.redeemed")
        if credit.state is CreditState.REFUSED:
            return await self._refuse(row, credit.reason if credit.reason in REASONS else "unknown")
        if credit.state is CreditState.UNKNOWN or credit.amount is None or credit.amount.amount <= Decimal(0):
            return await self._leave(row)
        async with self._till.transaction() as connection:
            booked = await book(self._till, connection, row, credit)
        self._cross("voucher.credited")
        if booked is None:
            return await fetch_row(self._till, row.id)
        await announce(self._till, booked)
        return booked

    async def _count(self, intended: Row[Any], caller: Caller, line: Line) -> int:
        """Counts the try before it is made. Raises Locked: then it is not made."""
        try:
            return await self._till.tries.spend(caller, line.id)
        except Locked:
            async with self._till.transaction() as connection:
                await connection.execute(delete(recharge).where(recharge.c.id == intended.id))
            raise

    async def _find_or_redeem(self, row: Row[Any], *, first: bool) -> Credit:
        money = self._till.money
        found = None if first else await money.find_top_up(row.account_id, row.id)
        if found is not None and found.state is not CreditState.UNKNOWN:
            return found
        return await money.redeem_voucher(row.id, row.account_id, card=self._till.seal.open(row.card))

    async def _refuse(self, row: Row[Any], reason: str) -> Row[Any]:
        now = self._till.now()
        async with self._till.transaction() as connection:
            ended_at_us = to_us(now)
            refused = await enter(
                connection, row.id, "refused", now=now, failure=reason, card="", ended_at_us=ended_at_us
            )
        return refused or await fetch_row(self._till, row.id)

    async def _leave(self, row: Row[Any]) -> Row[Any]:
        pause = find_pause(self._till.rules, row.attempts)
        await free(self._till, recharge, row, after=pause)
        return await fetch_row(self._till, row.id)


def digest_card(till: Till, card: str) -> str:
    """Keyed, since eighteen digits can be tried one by one."""
    key = hmac.digest(till.secret, b"voucher-card", "sha256")
    return hmac.new(key, card.encode(), "sha256").hexdigest()


def read_reason(refused: Row[Any]) -> str:
    """Why a card was refused, as VoucherRefused says it."""
    return refused.failure if refused.failure in REASONS else "unknown"
