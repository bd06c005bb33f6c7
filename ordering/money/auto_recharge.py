"""What did a line's owner agree to, so that it is recharged by itself?"""

from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import PaymentFault, WantedAutoRecharge
from graphql_schema.problems import NotFound, PaidByOther, ProviderRefused, SignInRequired
from graphql_schema.types.line import Line, LineState, Payer
from graphql_schema.types.month import BUSINESS_ZONE, Month
from graphql_schema.types.recharge import AutoRecharge, AutoRechargeRule, AutoRechargeState, RechargeSource
from ordering.auto_tables import auto_month, auto_recharge
from ordering.money.needs import Till
from ordering.money.units import from_fen, from_us, to_fen, to_us
from ordering.needs import insert_new

AT_ONCE: Final = timedelta()


class SqlAutoRecharges:
    """The ``AutoRecharges`` of graphql_schema.payment_ports over SQL."""

    def __init__(self, till: Till) -> None:
        self._till, self._cross = till, till.cross

    async def fetch(self, caller: Caller) -> AutoRecharge | None:
        """The living one of the caller's line."""
        row = await self._find(auto_recharge.c.living == _line_of(caller))
        return None if row is None else await self._show(row)

    async def set_up(self, deed: Deed, wanted: WantedAutoRecharge) -> AutoRecharge:
        """Keeps what was agreed to, in the place of the one before, and opens the provider's page to sign. Where the
        provider does not answer, the page comes later by itself. Raises ProviderRefused, PaidByOther, BssFault."""
        made = await self._find(auto_recharge.c.id == deed.id)
        if made is None:
            if wanted.source not in self._till.agreements:
                raise ProviderRefused(reason="not_offered")
            line = await self._own_line(deed.caller)
            async with self._till.transaction() as connection:
                await self._replace(connection, deed, line, wanted)
            self._cross("auto.agreed")
            made = await self._fetch(deed.id)
        if made.agreement_id is None and made.state == "signing":
            made = await self._begin_agreement(made)
        return await self._show(made)

    async def end(self, deed: Deed) -> None:
        """Nothing is recharged from now on; the provider's agreement is ended behind it. Raises NotFound."""
        line_id = _line_of(deed.caller)
        if await self._find(auto_recharge.c.living == line_id) is None:
            if await self._find(auto_recharge.c.line_id == line_id) is None:
                raise NotFound
            return  # it ended before: the same deed again, or another of the same wish
        async with self._till.transaction() as connection:
            await end_living(connection, line_id, now=self._till.now())
        self._cross("auto.ended")

    async def _replace(self, connection: AsyncConnection, deed: Deed, line: Line, wanted: WantedAutoRecharge) -> None:
        now = self._till.now()
        standing = select(auto_recharge.c.id).where(auto_recharge.c.id == deed.id)
        if (await connection.execute(standing)).one_or_none() is None:
            await end_living(connection, line.id, now=now)
            await insert_new(connection, auto_recharge, self._draft(deed, line, wanted, now))

    def _draft(self, deed: Deed, line: Line, wanted: WantedAutoRecharge, now: datetime) -> dict[str, Any]:
        caller = deed.caller
        return {
            "id": deed.id,
            "line_id": line.id,
            "living": line.id,
            "rule": wanted.rule.value,
            "threshold_fen": None if wanted.threshold is None else to_fen(wanted.threshold),
            "day": wanted.day,
            "amount_fen": to_fen(wanted.amount),
            "cap_fen": to_fen(wanted.monthly_cap),
            "currency": wanted.amount.currency,
            "source": wanted.source.value,
            "state": "signing",
            "agreement_ends": False,
            "channel": caller.channel.value,
            "actor": caller.actor,
            "level": caller.assurance,
            "asked_at_us": to_us(now),
            "is_low": False,
            "refusals": 0,
            "free_at_us": to_us(now + self._till.rules.lease),
            "attempts": 0,
        }

    async def _begin_agreement(self, row: Row[Any]) -> Row[Any]:
        begun = await begin_agreement(self._till, row)
        self._cross("auto.agreement_begun")
        return await self._fetch(row.id) if begun else row

    async def _own_line(self, caller: Caller) -> Line:
        line = await self._till.lines.fetch_line(_line_of(caller))
        if line is None or line.state is LineState.CLOSED:
            raise ProviderRefused(reason="refused")
        if line.payer is not Payer.SELF:
            raise PaidByOther(payer=line.payer.name)
        return line

    async def _find(self, which: Any) -> Row[Any] | None:  # noqa: ANN401  an expression
        async with self._till.reading() as connection:
            found = select(auto_recharge).where(which).order_by(auto_recharge.c.asked_at_us.desc()).limit(1)
            return (await connection.execute(found)).one_or_none()

    async def _fetch(self, auto_id: str) -> Row[Any]:
        row = await self._find(auto_recharge.c.id == auto_id)
        if row is None:
            raise LookupError("a standing order that was written is there")
        return row

    async def _show(self, row: Row[Any]) -> AutoRecharge:
        month = Month.of(self._till.now()).text
        asked = select(auto_month.c.spent_fen).where(auto_month.c.line_id == row.line_id, auto_month.c.month == month)
        async with self._till.reading() as connection:
            spent_fen = (await connection.execute(asked)).scalar_one_or_none() or 0
        return AutoRecharge(
            id=row.id,
            rule=AutoRechargeRule(row.rule),
            threshold=None if row.threshold_fen is None else from_fen(row.threshold_fen, row.currency),
            day=row.day,
            amount=from_fen(row.amount_fen, row.currency),
            monthly_cap=from_fen(row.cap_fen, row.currency),
            spent_this_month=from_fen(spent_fen, row.currency),
            source=RechargeSource(row.source),
            state=AutoRechargeState(row.state),
            sign_page=row.sign_page if row.state == "signing" else None,
            agreed_at=None if row.agreed_at_us is None else from_us(row.agreed_at_us),
            next_on=None if row.next_day is None or row.state != "active" else date.fromisoformat(row.next_day),
        )


async def begin_agreement(till: Till, row: Row[Any]) -> bool:
    """Opens the agreement at the provider, once for the row; False: it did not answer, and is asked again later."""
    provider = till.agreements.get(RechargeSource(row.source))
    if provider is None:
        return False
    cap, page = from_fen(row.cap_fen, row.currency), f"{till.pages.rstrip('/')}/recharge/auto"
    try:
        agreement = await provider.begin_agreement(row.id, most_a_month=cap, return_url=page)
    except PaymentFault:
        return False
    till.cross("auto.agreement_opened")
    mine = (auto_recharge.c.id == row.id, auto_recharge.c.agreement_id.is_(None))
    kept = {"agreement_id": agreement.id, "sign_page": agreement.sign_page}
    async with till.transaction() as connection:
        await connection.execute(update(auto_recharge).where(*mine).values(kept))
        ends = {"agreement_ends": True, "free_at_us": to_us(till.now())}  # it was ended in between
        gone = (auto_recharge.c.id == row.id, auto_recharge.c.state == "ended")
        await connection.execute(update(auto_recharge).where(*gone).values(ends))
    return True


async def end_living(connection: AsyncConnection, line_id: str, *, now: datetime) -> None:
    """Ends the line's standing order, if it has one: by its owner, or because the line ended or changed hands."""
    await connection.execute(update(auto_recharge).where(auto_recharge.c.living == line_id).values(_ended(now)))


async def end_one(connection: AsyncConnection, row: Row[Any], *, now: datetime) -> None:
    """Ends the order that was read, if it is what it was."""
    table = auto_recharge
    same = (table.c.id == row.id, table.c.state == row.state, table.c.attempts == row.attempts)
    await connection.execute(update(table).where(*same).values(_ended(now)))


def _ended(now: datetime) -> dict[str, Any]:
    table = auto_recharge
    return {
        "state": "ended",
        "living": None,
        "ended_at_us": to_us(now),
        "agreement_ends": table.c.agreement_id.is_not(None),
        "free_at_us": to_us(now),
        "attempts": 0,
    }


def find_next_day(day: int, *, after: date) -> date:
    """The next such day (1-28) of a month, later than ``after``."""
    month = Month(after.year, after.month)
    here = month.first_day.replace(day=day)
    return here if here > after else month.plus(1).first_day.replace(day=day)


def business_day(moment: datetime) -> date:
    """The day of business in which an instant falls."""
    return moment.astimezone(BUSINESS_ZONE).date()


def _line_of(caller: Caller) -> str:
    if caller.subscriber is None:
        raise SignInRequired
    return caller.subscriber
