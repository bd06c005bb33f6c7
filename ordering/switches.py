"""Which deeds rest now or soon: freeze windows, planned maintenance, switched off by the operator?"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.engine import Row

from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import WantedSwitch
from graphql_schema.problems import BadArgument, NotFound
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.localized_text import LocalizedText
from ordering.change_tables import deed_rest
from ordering.crossing import Cross, pass_by
from ordering.needs import Transaction, View, insert_new
from ordering.tables import from_us, is_row_id, to_us

EVERY: Final = "*"
REMEMBERED_SECONDS: Final = 2.0

CUSTOMER_DEEDS: Final = frozenset(
    {
        *("prepareChange", "confirmChange", "cancelOrder"),
        *("startRecharge", "redeemVoucher", "transferBalance", "setAutoRecharge"),
        *("disputeCharge", "requestInvoice", "shareBill", "resumeCharges", "openCallRecords", "exportCallRecords"),
        *("redeemReward", "transferPoints", "chooseGift", "acceptInvitation"),
        *("linkLine", "grantHelp", "askToHelp"),
    }
)
"""Deeds that begin something: they may rest. What ends, refuses, locks or withdraws something, what protects a person
(passwords, sessions, the charge brake, consents, their own data), and what the operator's people do never rests."""


@dataclass(frozen=True, slots=True)
class _Memory:
    """Rows as they were read, and when (seconds)."""

    rows: Sequence[Row[Any]]
    read_at: float


class SqlDeedSwitches:
    """The ``DeedSwitches`` of graphql_schema.order_ports over SQL."""

    def __init__(  # noqa: PLR0913  what a switch rests on
        self,
        transaction: Transaction,
        view: View,
        *,
        now: Callable[[], datetime],
        may_rest: frozenset[str] = CUSTOMER_DEEDS,
        ticks: Callable[[], float] = time.monotonic,
        cross: Cross = pass_by,
    ) -> None:
        """``may_rest`` are the mutations that can be switched off, and what ``*`` stands for. Each process remembers
        for 2 s what it read."""
        self._transaction, self._view, self._now, self._ticks = transaction, view, now, ticks
        self._may_rest, self._cross, self._memory = may_rest, cross, _Memory((), -REMEMBERED_SECONDS)

    async def find_resting(self, deed: str) -> ServiceNotice | None:
        """Why this mutation rests now, by the notice that ends last; or None."""
        if deed not in self._may_rest:
            return None
        now = self._now()
        resting = [notice for notice in await self._read(now) if notice.resting and {deed, EVERY} & set(notice.deeds)]
        return max(resting, key=lambda notice: (notice.ends_at is None, notice.ends_at or now), default=None)

    async def rests(self, deed: str) -> bool:
        """Whether it does, for what runs by itself."""
        return await self.find_resting(deed) is not None

    async def fetch_notices(self) -> Sequence[ServiceNotice]:
        """Those that rest now and those that are planned, by their beginning."""
        return await self._read(self._now())

    async def switch_off(self, deed: Deed, wanted: WantedSwitch) -> ServiceNotice:
        """The same deed makes one notice. Raises BadArgument for a deed that is none or must never rest, and for a time
        that is over."""
        now, deeds = self._now(), tuple(dict.fromkeys(wanted.deeds))
        if not deeds or any(name != EVERY and name not in self._may_rest for name in deeds):
            raise BadArgument(name="deeds")
        if wanted.ends_at is not None and wanted.ends_at <= max(now, wanted.begins_at):
            raise BadArgument(name="endsAt")
        row = {
            "id": deed.id,
            "deeds": json.dumps(deeds),
            "begins_at_us": to_us(wanted.begins_at),
            "ends_at_us": None if wanted.ends_at is None else to_us(wanted.ends_at),
            "reason_zh": wanted.reason_zh,
            "reason_en": wanted.reason_en,
            "made_by": deed.caller.actor,
            "made_at_us": to_us(now),
        }
        async with self._transaction() as connection:
            await insert_new(connection, deed_rest, row)
            kept = (await connection.execute(select(deed_rest).where(deed_rest.c.id == deed.id))).one()
        self._cross("restDeeds.kept")
        self._forget()
        return _tell(kept, now)

    async def end(self, deed: Deed, notice_id: str) -> None:
        """The deeds go on at once; ended twice they have ended. Raises NotFound."""
        if not is_row_id(notice_id):
            raise NotFound
        table, mine = deed_rest, deed_rest.c.id == notice_id
        ended = {"ended_at_us": to_us(self._now()), "ended_by": deed.caller.actor}
        async with self._transaction() as connection:
            if (await connection.execute(select(table.c.id).where(mine))).one_or_none() is None:
                raise NotFound
            await connection.execute(update(table).where(mine, table.c.ended_at_us.is_(None)).values(ended))
        self._cross("endRest.kept")
        self._forget()

    async def _read(self, now: datetime) -> list[ServiceNotice]:
        """Those that are not over, by their beginning."""
        if self._ticks() - self._memory.read_at >= REMEMBERED_SECONDS:
            table, now_us, ticks = deed_rest, to_us(now), self._ticks()
            lasts = and_(table.c.ended_at_us.is_(None), or_(table.c.ends_at_us.is_(None), table.c.ends_at_us > now_us))
            asked = select(table).where(lasts).order_by(table.c.begins_at_us, table.c.id)
            async with self._view() as connection:
                self._memory = _Memory((await connection.execute(asked)).all(), ticks)
        notices = [_tell(row, now) for row in self._memory.rows]
        return [notice for notice in notices if notice.ends_at is None or notice.ends_at > now]

    def _forget(self) -> None:
        self._memory = _Memory((), self._ticks() - REMEMBERED_SECONDS)


def _tell(row: Row[Any], now: datetime) -> ServiceNotice:
    begins_at = from_us(row.begins_at_us)
    ends_at = None if row.ends_at_us is None else from_us(row.ends_at_us)
    over = row.ended_at_us is not None or (ends_at is not None and ends_at <= now)
    return ServiceNotice(
        id=row.id,
        deeds=json.loads(row.deeds),
        resting=begins_at <= now and not over,
        begins_at=begins_at,
        ends_at=ends_at,
        reason=LocalizedText(zh=row.reason_zh, en=row.reason_en),
    )
