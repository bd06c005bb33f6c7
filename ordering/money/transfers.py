"""How does a line's own money reach another line, once?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import Credit, CreditState
from graphql_schema.ports import Accounts, BssFault
from graphql_schema.problems import AmountRefused, PaidByOther, SignInRequired, TransferRefused
from graphql_schema.types.account import MoneyKind
from graphql_schema.types.line import Line, LineState, Payer, mask_number
from graphql_schema.types.money import Money
from graphql_schema.types.month import BUSINESS_ZONE
from graphql_schema.types.recharge import BalanceTransfer, TransferState, TransferTerms
from ordering.behind import Behind
from ordering.money.intents import judge_target
from ordering.money.needs import Till
from ordering.money.rows import claim, find_pause, free
from ordering.money.units import from_fen, from_us, to_fen, to_us
from ordering.needs import insert_new
from ordering.transfer_tables import balance_transfer, transfer_day

SHOWN_MOST: Final = 50
ONE_RUN: Final = 20
REASONS: Final = frozenset({"insufficient", "not_allowed"})
_STATES = {"asked": TransferState.PENDING, "done": TransferState.DONE, "refused": TransferState.REFUSED}


@dataclass(frozen=True, slots=True)
class TransferRules:
    """Bounds in yuan: of one transfer, and of an account's business day; ``kept_for`` is how long a day is counted."""

    least: Decimal = Decimal(1)
    most: Decimal = Decimal(200)
    most_a_day: Decimal = Decimal(500)
    kept_for: timedelta = field(default=timedelta(days=3))


class SqlTransfers:
    """The ``BalanceTransfers`` of graphql_schema.payment_ports over SQL."""

    def __init__(self, till: Till, accounts: Accounts, *, rules: TransferRules | None = None) -> None:
        self._till, self._accounts, self._cross = till, accounts, till.cross
        self._rules, self.behind = rules or TransferRules(), Behind("transfers", self.work)

    async def fetch_terms(self, caller: Caller) -> TransferTerms:
        """What may be given now. Raises PaidByOther, BssFault."""
        line = await self._own_line(caller)
        balance = await self._accounts.fetch_balance(line.account_id)
        own = sum((pot.remaining.amount for pot in balance.sub_balances if pot.kind is MoneyKind.OWN), Decimal(0))
        day = select(transfer_day.c.given_fen).where(*_of_day(line.account_id, self._today()))
        async with self._till.reading() as connection:
            given_fen = (await connection.execute(day)).scalar_one_or_none() or 0
        left_fen = max(0, to_fen(self._money(self._rules.most_a_day)) - given_fen)
        return TransferTerms(
            least=self._money(self._rules.least),
            most=self._money(self._rules.most),
            left_today=from_fen(left_fen, self._till.rules.currency),
            available=self._money(own),
        )

    async def fetch_transfers(self, caller: Caller) -> Sequence[BalanceTransfer]:
        """What the caller's line gave, newest first."""
        table = balance_transfer
        newest = table.c.asked_at_us.desc(), table.c.id
        mine = select(table).where(table.c.line_id == _line_of(caller)).order_by(*newest).limit(SHOWN_MOST)
        async with self._till.reading() as connection:
            return [_show(row) for row in (await connection.execute(mine)).all()]

    async def transfer(self, deed: Deed, number: str, amount: Money) -> BalanceTransfer:
        """Writes the intent, then asks the BSS: on an unknown outcome it is PENDING and resolves itself. The same deed
        gives once. Raises AmountRefused, NotRechargeable, TransferRefused, PaidByOther, TooMany, BssFault."""
        standing = await self._find(deed.id)
        if standing is None:
            if not self._rules.least <= amount.amount <= self._rules.most:
                raise AmountRefused(least=self._money(self._rules.least), most=self._money(self._rules.most))
            line = await self._own_line(deed.caller)
            await self._till.lookups(deed.caller)
            target = await self._find_target(number, line)
            await self._intend(deed, line, target, amount)
            self._cross("transfer.intended")
            standing = await self._find(deed.id)
        if standing is None:
            raise LookupError("a transfer that was written is there")
        if standing.state == "asked":
            standing = await self._go_on(standing)
        if standing.state == "refused":
            raise TransferRefused(reason=standing.failure)
        return _show(standing)

    async def work(self) -> int:
        """Goes on with those whose outcome is not known; how many it looked at."""
        looked = 0
        while looked < ONE_RUN and (row := await claim(self._till, balance_transfer)) is not None:
            await self._go_on(row, asked_before=True)
            looked += 1
        return looked

    async def forget_days(self) -> None:
        """Forgets what was counted of days that are over."""
        oldest = (self._till.now() - self._rules.kept_for).astimezone(BUSINESS_ZONE).date().isoformat()
        async with self._till.transaction() as connection:
            await connection.execute(delete(transfer_day).where(transfer_day.c.day < oldest))

    async def _intend(self, deed: Deed, line: Line, target: Line, amount: Money) -> None:
        """The row, and its amount on the day's count: both or neither. Raises TransferRefused."""
        now, day, fen = self._till.now(), self._today(), to_fen(amount)
        row = {
            "id": deed.id,
            "line_id": line.id,
            "account_id": line.account_id,
            "to_account_id": target.account_id,
            "masked_number": mask_number(target.number),
            "numbers": self._till.seal.close(json.dumps([line.number, target.number])),
            "amount_fen": fen,
            "currency": amount.currency,
            "day": day,
            "state": "asked",
            "asked_at_us": to_us(now),
            "free_at_us": to_us(now + self._till.rules.lease),
            "attempts": 0,
        }
        async with self._till.transaction() as connection:
            if await insert_new(connection, balance_transfer, row):
                await self._count(connection, line.account_id, day, fen)

    async def _count(self, connection: AsyncConnection, account_id: str, day: str, fen: int) -> None:
        """This statement decides, of any number at once. Raises TransferRefused."""
        most_fen = to_fen(self._money(self._rules.most_a_day))
        await insert_new(connection, transfer_day, {"account_id": account_id, "day": day, "given_fen": 0})
        room = (*_of_day(account_id, day), transfer_day.c.given_fen + fen <= most_fen)
        counted = update(transfer_day).where(*room).values(given_fen=transfer_day.c.given_fen + fen)
        if (await connection.execute(counted)).rowcount != 1:
            raise TransferRefused(reason="daily_most")

    async def _go_on(self, row: Row[Any], *, asked_before: bool = False) -> Row[Any]:
        """Asks the BSS, for what became of it first where it may have been asked already."""
        money, amount = self._till.money, from_fen(row.amount_fen, row.currency)
        try:
            credit = await money.find_transfer(row.account_id, row.id) if asked_before or row.attempts else None
            if credit is None or credit.state is CreditState.UNKNOWN:
                credit = await money.transfer(row.id, row.account_id, row.to_account_id, amount=amount)
        except BssFault:
            await free(self._till, balance_transfer, row, after=find_pause(self._till.rules, row.attempts))
            return row
        self._cross("transfer.asked")
        if credit.state is CreditState.UNKNOWN:
            await free(self._till, balance_transfer, row, after=find_pause(self._till.rules, row.attempts))
            return row
        return await self._conclude(row, credit)

    async def _conclude(self, row: Row[Any], credit: Credit) -> Row[Any]:
        """State, the day's count and the texts in one commit; of any number that try at once, one."""
        now, done = self._till.now(), credit.state is CreditState.DONE
        ended = {
            "state": "done" if done else "refused",
            "failure": None if done else (credit.reason if credit.reason in REASONS else "not_allowed"),
            "ended_at_us": to_us(now),
            "free_at_us": None,
            "numbers": "",
        }
        mine = (balance_transfer.c.id == row.id, balance_transfer.c.state == "asked")
        async with self._till.transaction() as connection:
            changed = update(balance_transfer).where(*mine).values(ended).returning(*balance_transfer.c)
            concluded = (await connection.execute(changed)).one_or_none()
            if concluded is not None and done:
                await self._tell(connection, row)
            elif concluded is not None:
                less = update(transfer_day).where(*_of_day(row.account_id, row.day))
                await connection.execute(less.values(given_fen=transfer_day.c.given_fen - row.amount_fen))
        self._cross("transfer.concluded")
        return concluded if concluded is not None else await self._fetch(row.id)

    async def _tell(self, connection: AsyncConnection, row: Row[Any]) -> None:
        giver, receiver = json.loads(self._till.seal.open(row.numbers))
        amount = from_fen(row.amount_fen, row.currency).amount
        for number, notice, other in ((giver, "transfer_done", receiver), (receiver, "transfer_received", giver)):
            facts = {"amount": amount, "other": mask_number(other)}
            await self._till.teller.send(connection, number=number, notice=notice, key=row.id, **facts)

    async def _own_line(self, caller: Caller) -> Line:
        line = await self._till.lines.fetch_line(_line_of(caller))
        if line is None or line.state is LineState.CLOSED:
            raise TransferRefused(reason="not_allowed")
        if line.stale:
            raise BssFault("line_unavailable", retryable=True)
        if line.payer is not Payer.SELF:
            raise PaidByOther(payer=line.payer.name)
        return line

    async def _find_target(self, number: str, line: Line) -> Line:
        spelled = self._till.spell(number)
        target = judge_target(await self._till.lines.find_line(spelled) if spelled else None)
        if target.account_id == line.account_id:
            raise TransferRefused(reason="own_line")
        return target

    async def _find(self, transfer_id: str) -> Row[Any] | None:
        async with self._till.reading() as connection:
            asked = select(balance_transfer).where(balance_transfer.c.id == transfer_id)
            return (await connection.execute(asked)).one_or_none()

    async def _fetch(self, transfer_id: str) -> Row[Any]:
        found = await self._find(transfer_id)
        if found is None:
            raise LookupError("a transfer that was written is there")
        return found

    def _today(self) -> str:
        return self._till.now().astimezone(BUSINESS_ZONE).date().isoformat()

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self._till.rules.currency)


def _of_day(account_id: str, day: str) -> tuple[Any, Any]:
    return transfer_day.c.account_id == account_id, transfer_day.c.day == day


def _line_of(caller: Caller) -> str:
    if caller.subscriber is None:
        raise SignInRequired
    return caller.subscriber


def _show(row: Row[Any]) -> BalanceTransfer:
    return BalanceTransfer(
        id=row.id,
        masked_number=row.masked_number,
        amount=from_fen(row.amount_fen, row.currency),
        state=_STATES[row.state],
        asked_at=from_us(row.asked_at_us),
        done_at=None if row.ended_at_us is None or row.state != "done" else from_us(row.ended_at_us),
    )
