"""When does a standing order recharge, and what becomes of it?"""

import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.payment_ports import PaymentFault
from graphql_schema.ports import Accounts, BssFault
from graphql_schema.problems import Problem
from graphql_schema.types.line import Line, LineState, Payer
from graphql_schema.types.month import Month
from graphql_schema.types.recharge import Recharge, RechargeSource, RechargeState
from ordering.auto_tables import auto_charge, auto_month, auto_recharge
from ordering.behind import Behind
from ordering.money.auto_recharge import begin_agreement, business_day, end_one, find_next_day
from ordering.money.needs import Till
from ordering.money.recharges import SqlRecharges
from ordering.money.rows import claim, find_pause
from ordering.money.units import from_fen, from_us, to_us
from ordering.needs import insert_new

LOG = logging.getLogger(__name__)
ONE_RUN: Final = 20
HELD_BY: Final = "startRecharge"
"""The deed whose rest also holds charges that would begin by themselves."""

REFUSALS_MOST: Final = 3
_REFUSED = frozenset({RechargeState.REFUSED, RechargeState.CLOSED, RechargeState.REFUNDED})
_TAKEN = frozenset({RechargeState.PAID, RechargeState.CREDITED, RechargeState.REFUNDING})


@dataclass(frozen=True, slots=True)
class AutoRules:
    """How often a balance is looked at, how long a page to sign stays open, and after which time a balance that stays
    low is recharged again."""

    look_every: timedelta = timedelta(minutes=10)
    sign_within: timedelta = timedelta(hours=1)
    ask_signed_every: timedelta = timedelta(seconds=10)
    low_again_after: timedelta = timedelta(hours=24)


class AutoRechargeWork:
    """Takes standing orders one step further; any number of workers may, and each trigger recharges once."""

    def __init__(
        self,
        till: Till,
        recharges: SqlRecharges,
        accounts: Accounts,
        *,
        rests: Callable[[str], Awaitable[bool]],
        rules: AutoRules | None = None,
    ) -> None:
        """``rests`` says whether a deed of the graph rests now: while recharges do, no charge begins."""
        self._till, self._recharges, self._accounts, self._resting = till, recharges, accounts, rests
        self._rules, self._cross = rules or AutoRules(), till.cross
        self._steps: dict[str, Callable[[Row[Any]], Awaitable[None]]] = {
            "signing": self._watch_signing,
            "active": self._look,
            "ended": self._end_agreement,
        }
        self.behind = Behind("automatic recharges", self.work)

    async def work(self) -> int:
        """Looks at what is due now; how many there were."""
        looked = 0
        while looked < ONE_RUN and (row := await claim(self._till, auto_recharge)) is not None:
            try:
                await self._steps.get(row.state, self._rest)(row)
            except (BssFault, PaymentFault, Problem) as fault:
                LOG.warning("a standing order waits: %s", type(fault).__name__)
                await self._free(row, after=find_pause(self._till.rules, row.attempts))
            except Exception as error:  # noqa: BLE001  one that can't be looked at keeps no other waiting
                LOG.error("a standing order failed and waits: %s", type(error).__name__)  # its words may quote somebody
                await self._free(row, after=find_pause(self._till.rules, row.attempts))
            looked += 1
        return looked

    async def note_low(self, line_id: str) -> None:
        """Lets the line's standing order be looked at now: its balance changed. Not one that a worker may be looking
        at: whoever claimed it too would have the first one's outcome written nowhere."""
        leased = auto_recharge.c.free_at_us <= to_us(self._till.now() + self._till.rules.lease)
        mine = (auto_recharge.c.living == line_id, auto_recharge.c.state == "active", ~leased)
        async with self._till.reading() as connection:  # most lines have none, and keep no writer waiting
            if (await connection.execute(select(auto_recharge.c.id).where(*mine))).one_or_none() is None:
                return
        async with self._till.transaction() as connection:
            await connection.execute(update(auto_recharge).where(*mine).values(free_at_us=to_us(self._till.now())))

    async def forget_months(self) -> None:
        """Forgets what was counted of months that are over."""
        oldest = Month.of(self._till.now()).plus(-2).text
        async with self._till.transaction() as connection:
            await connection.execute(delete(auto_month).where(auto_month.c.month < oldest))

    async def _watch_signing(self, row: Row[Any]) -> None:
        """Waits for the payer's signature, and gives up after a while."""
        now = self._till.now()
        late = now - from_us(row.asked_at_us) > self._rules.sign_within
        provider = self._till.agreements.get(RechargeSource(row.source))
        if provider is None or (row.agreement_id is None and late):
            await self._end(row)
            return
        if row.agreement_id is None:
            begun = await begin_agreement(self._till, row)
            pause = self._rules.ask_signed_every if begun else find_pause(self._till.rules, row.attempts)
            await self._free(row, after=pause)
            return
        agreement = await provider.fetch_agreement(row.agreement_id)
        if agreement.signed:
            next_day = None if row.day is None else find_next_day(row.day, after=business_day(now)).isoformat()
            await self._keep(row, state="active", agreed_at_us=to_us(now), next_day=next_day, free_at_us=to_us(now))
        elif agreement.ended or late:
            await self._end(row)
        else:
            await self._free(row, after=self._rules.ask_signed_every)

    async def _look(self, row: Row[Any]) -> None:
        """Goes on with a charge that is under way, or begins one where the rule says so; during a rest it is only seen
        later that one is due."""
        line = await self._till.lines.fetch_line(row.line_id)
        if line is None or line.state is LineState.CLOSED or line.payer is not Payer.SELF:
            await self._end(row)
            return
        charge = await self._find_charge(row)
        if charge is None and await self._is_due(row, line) and not await self._resting(HELD_BY):
            charge = await self._begin(row, line)
            self._cross("auto.charge_begun")
        if charge is not None:
            await self._collect(row, line, charge)
        else:
            await self._free(row, after=self._rules.look_every)

    async def _is_due(self, row: Row[Any], line: Line) -> bool:
        now = self._till.now()
        if row.rule == "day":
            return bool(row.next_day and business_day(now).isoformat() >= row.next_day)
        balance = await self._accounts.fetch_balance(line.account_id)
        if balance.stale:
            return False
        low = balance.available.amount < from_fen(row.threshold_fen, row.currency).amount
        if low != row.is_low and not low:
            await self._mark_above(row)
        since = now - from_us(row.charged_at_us) if row.charged_at_us is not None else None
        return low and (not row.is_low or since is None or since > self._rules.low_again_after)

    async def _begin(self, row: Row[Any], line: Line) -> Row[Any] | None:
        """The charge, its amount on the month's count and the rule's next time: all or nothing. None where the month's
        cap has no room, or another worker was faster."""
        now, month = self._till.now(), Month.of(self._till.now()).text
        charge_id = hmac.digest(self._till.secret, f"auto:{row.id}:{row.attempts}".encode(), "sha256").hex()[:32]
        later: dict[str, Any] = {"charged_at_us": to_us(now)}
        if row.day is None:
            later["is_low"] = True
        else:
            later["next_day"] = find_next_day(row.day, after=business_day(now)).isoformat()
        async with self._till.transaction() as connection:
            if not await self._write(connection, row, later):
                return None
            if not await _count(connection, row, month):
                await self._tell(
                    connection, line, "auto_recharge_capped", key=f"{row.id}:{month}", amount_fen=row.cap_fen
                )
                return None
            draft = {
                "id": charge_id,
                "auto_id": row.id,
                "line_id": row.line_id,
                "month": month,
                "amount_fen": row.amount_fen,
                "state": "begun",
                "began_at_us": to_us(now),
            }
            await insert_new(connection, auto_charge, draft)
        return await self._find_charge(row)

    async def _collect(self, row: Row[Any], line: Line, charge: Row[Any]) -> None:
        """The recharge of a charge: begun once, and looked at until it is known what became of it."""
        amount = from_fen(charge.amount_fen, row.currency)
        recharge = await self._recharges.start_automatic(
            charge.id, line, amount, RechargeSource(row.source), agreement=row.agreement_id
        )
        self._cross("auto.charge_asked")
        if recharge.state in _TAKEN or recharge.state in _REFUSED:
            await self._conclude(row, line, charge, recharge)
        else:
            await self._free(row, after=self._rules.ask_signed_every)

    async def _conclude(self, row: Row[Any], line: Line, charge: Row[Any], recharge: Recharge) -> None:
        """What is refused counts for nothing; three in a row pause the order, and its owner is told."""
        refused = recharge.state in _REFUSED
        refusals = row.refusals + 1 if refused else 0
        paused = refusals >= REFUSALS_MOST
        now = self._till.now()
        kept = {
            "refusals": refusals,
            "state": "paused" if paused else "active",
            "free_at_us": None if paused else to_us(now + self._rules.look_every),
        }
        async with self._till.transaction() as connection:
            mine = (auto_charge.c.id == charge.id, auto_charge.c.state == "begun")
            ended = update(auto_charge).where(*mine).values(state="refused" if refused else "paid")
            if (await connection.execute(ended)).rowcount == 1 and refused:
                await _count_less(connection, charge)
            if await self._write(connection, row, kept) and paused:
                await self._tell(connection, line, "auto_recharge_paused", key=charge.id, amount_fen=charge.amount_fen)
        self._cross("auto.charge_concluded")

    async def _tell(self, connection: AsyncConnection, line: Line, notice: str, *, key: str, amount_fen: int) -> None:
        amount = from_fen(amount_fen, self._till.rules.currency).amount
        await self._till.teller.send(connection, number=line.number, notice=notice, key=key, amount=amount)

    async def _end(self, row: Row[Any]) -> None:
        """Ends this order and no other: its owner may have put another in its place meanwhile."""
        async with self._till.transaction() as connection:
            await end_one(connection, row, now=self._till.now())
        self._cross("auto.ended_by_itself")

    async def _end_agreement(self, row: Row[Any]) -> None:
        provider = self._till.agreements.get(RechargeSource(row.source))
        if row.agreement_ends and provider is not None and row.agreement_id is not None:
            await provider.end_agreement(row.agreement_id)
            self._cross("auto.agreement_ended")
        await self._keep(row, agreement_ends=False, free_at_us=None)

    async def _rest(self, row: Row[Any]) -> None:
        await self._keep(row, free_at_us=None)

    async def _mark_above(self, row: Row[Any]) -> None:
        async with self._till.transaction() as connection:
            await self._write(connection, row, {"is_low": False})

    async def _find_charge(self, row: Row[Any]) -> Row[Any] | None:
        begun = select(auto_charge).where(auto_charge.c.auto_id == row.id, auto_charge.c.state == "begun").limit(1)
        async with self._till.reading() as connection:
            return (await connection.execute(begun)).one_or_none()

    async def _free(self, row: Row[Any], *, after: timedelta) -> None:
        await self._keep(row, free_at_us=to_us(self._till.now() + after))

    async def _keep(self, row: Row[Any], **values: Any) -> None:  # noqa: ANN401  columns
        async with self._till.transaction() as connection:
            await self._write(connection, row, values)

    async def _write(self, connection: AsyncConnection, row: Row[Any], values: dict[str, Any]) -> bool:
        """Only whoever holds the lease writes, and only while the order is what it was."""
        mine = (
            auto_recharge.c.id == row.id,
            auto_recharge.c.attempts == row.attempts,
            auto_recharge.c.state == row.state,
        )
        return (await connection.execute(update(auto_recharge).where(*mine).values(values))).rowcount == 1


async def _count(connection: AsyncConnection, row: Row[Any], month: str) -> bool:
    """Whether the month's cap has room for one more: this statement decides."""
    await insert_new(connection, auto_month, {"line_id": row.line_id, "month": month, "spent_fen": 0})
    room = (
        auto_month.c.line_id == row.line_id,
        auto_month.c.month == month,
        auto_month.c.spent_fen + row.amount_fen <= row.cap_fen,
    )
    counted = update(auto_month).where(*room).values(spent_fen=auto_month.c.spent_fen + row.amount_fen)
    return (await connection.execute(counted)).rowcount == 1


async def _count_less(connection: AsyncConnection, charge: Row[Any]) -> None:
    mine = (auto_month.c.line_id == charge.line_id, auto_month.c.month == charge.month)
    less = update(auto_month).where(*mine).values(spent_fen=auto_month.c.spent_fen - charge.amount_fen)
    await connection.execute(less)
