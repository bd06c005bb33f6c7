"""How does a voucher card's money arrive on a line, once, and how many guesses has anybody?

The card is kept sealed while nobody knows what became of it, and then only as a digest that is good for nothing but to
know it again.
"""

import hmac
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.engine import Row

from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import Credit, CreditState
from graphql_schema.ports import BssFault
from graphql_schema.problems import Locked, NotRechargeable, Problem, VoucherRefused
from graphql_schema.types.line import Line
from graphql_schema.types.recharge import RechargeSource
from ordering.money.credits import book
from ordering.money.intents import draft
from ordering.money.needs import Till
from ordering.money.receipts import announce
from ordering.money.rows import enter, fetch_row, find_pause, free
from ordering.money.units import from_us, to_us
from ordering.money_tables import recharge
from ordering.needs import insert_new

REASONS: Final = frozenset({"unknown", "used", "expired", "of_other"})
NOT_ASKED: Final = "unavailable"
"""Nobody could ask the operator about the card, so nothing is known of it."""
OF_THE_ACCOUNT: Final = frozenset({"closed", "unknown_account"})
"""The operator would put no money there, whatever the card: that is no guess."""
KNOWN_FOR: Final = timedelta(days=1)


class Vouchers:
    """The steps of a card. Each takes a row as it was read or claimed, and answers it as it then stands."""

    def __init__(self, till: Till) -> None:
        self._till, self._cross = till, till.cross

    async def begin(self, deed: Deed, line: Line, card: str) -> Row[Any]:
        """Counts the try and keeps the card sealed in one commit, then asks. A card that the same caller put onto the
        same line within a day is answered as it stands, and is no try. Raises Locked, VoucherRefused,
        NotRechargeable, BssFault."""
        row = draft(self._till, deed, line, RechargeSource.VOUCHER)
        row |= {"amount_fen": 0, "state": "redeeming", "card_digest": digest_card(self._till, card)}
        known = await self._find_known(row)
        if known is not None:
            return known
        try:
            left = await self._intend(deed, line, row, card)
        except Locked:  # unless it is the very card that took the last try
            known = await self._find_known(row)
            if known is None:
                raise
            return known
        if left is None:
            return await self._find_known(row) or await fetch_row(self._till, deed.id)
        self._cross("voucher.intended")
        asked = await self.redeem(await fetch_row(self._till, deed.id), first=True)
        if asked.state == "refused":
            raise turn_down(asked, tries_left=left)
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
            return await self._refuse(row, credit.reason)
        if credit.state is CreditState.UNKNOWN or credit.amount is None or credit.amount.amount <= Decimal(0):
            return await self._leave(row)
        async with self._till.transaction() as connection:
            booked = await book(self._till, connection, row, credit)
            if booked is not None:
                await self._till.tries.give_back(connection, self._open(row)[1], tried_at=from_us(row.began_at_us))
        self._cross("voucher.credited")
        if booked is None:
            return await fetch_row(self._till, row.id)
        await announce(self._till, booked)
        return booked

    async def _intend(self, deed: Deed, line: Line, row: dict[str, Any], card: str) -> int | None:
        """The try and the row, both or neither: how many tries are left; None where another was faster with the card.
        Raises Locked."""
        till = self._till
        async with till.transaction() as connection:
            tried = await till.tries.spend(connection, deed.caller, line.id)  # the others wait here
            known = (await connection.execute(select(recharge.c.id).where(_is_known(row)).limit(1))).first()
            sealed = till.seal.close(json.dumps([card, tried.whose]))
            if known is None and await insert_new(connection, recharge, row | {"card": sealed}):
                return tried.left
            await till.tries.give_back(connection, tried.whose, tried_at=till.now())
            return None

    async def _find_known(self, row: dict[str, Any]) -> Row[Any] | None:
        newest = select(recharge).where(_is_known(row)).order_by(recharge.c.began_at_us.desc()).limit(1)
        async with self._till.reading() as connection:
            return (await connection.execute(newest)).one_or_none()

    async def _find_or_redeem(self, row: Row[Any], *, first: bool) -> Credit:
        money = self._till.money
        found = None if first else await money.find_top_up(row.account_id, row.id)
        if found is not None and found.state is not CreditState.UNKNOWN:
            return found
        return await money.redeem_voucher(row.id, row.account_id, card=self._open(row)[0])

    async def _refuse(self, row: Row[Any], said: str) -> Row[Any]:
        """A wrong card stays counted; where nothing was said about the card, the try is given back."""
        now, no_guess = self._till.now(), said == NOT_ASKED or said in OF_THE_ACCOUNT
        failure, ended_at_us = said if no_guess or said in REASONS else "unknown", to_us(now)
        async with self._till.transaction() as connection:
            refused = await enter(
                connection, row.id, "refused", now=now, failure=failure, card="", ended_at_us=ended_at_us
            )
            if refused is not None and no_guess:
                await self._till.tries.give_back(connection, self._open(row)[1], tried_at=from_us(row.began_at_us))
        return refused or await fetch_row(self._till, row.id)

    async def _leave(self, row: Row[Any]) -> Row[Any]:
        pause = find_pause(self._till.rules, row.attempts)
        await free(self._till, recharge, row, after=pause)
        return await fetch_row(self._till, row.id)

    def _open(self, row: Row[Any]) -> tuple[str, str]:
        """The card, and whose try it was."""
        card, whose = json.loads(self._till.seal.open(row.card))
        return card, whose


def digest_card(till: Till, card: str) -> str:
    """Keyed, since eighteen digits can be tried one by one."""
    key = hmac.digest(till.secret, b"voucher-card", "sha256")
    return hmac.new(key, card.encode(), "sha256").hexdigest()


def turn_down(refused: Row[Any], *, tries_left: int) -> Problem:
    """Why a card's money was not put in, as whoever tried is told."""
    if refused.failure in OF_THE_ACCOUNT:
        return NotRechargeable(reason="closed" if refused.failure == "closed" else "unknown")
    return VoucherRefused(reason=refused.failure, tries_left=tries_left)


def _is_known(row: dict[str, Any]) -> ColumnElement[bool]:
    """The same deed's, or the same card's of the same caller for the same line, unless it was refused."""
    table, since_us = recharge, row["began_at_us"] - KNOWN_FOR // timedelta(microseconds=1)
    same = and_(
        table.c.line_id == row["line_id"],
        table.c.began_at_us >= since_us,
        table.c.card_digest == row["card_digest"],
        table.c.by_line_id.is_not_distinct_from(row["by_line_id"]),
        table.c.state.in_(("redeeming", "credited")),
    )
    return or_(table.c.id == row["id"], same)
