"""Who stands around changes in these tests: an operator that takes, drops, loses or refuses orders, and a clock."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import PlacedOrder, Qualified, WantedChange
from graphql_schema.ports import BssFault
from graphql_schema.problems import ChangeRefused, NotCancellable, NotFound
from graphql_schema.types.change import (
    ChangeAction,
    ChangeObstacle,
    ChangePreview,
    ObstacleCode,
    PreparedChange,
)
from graphql_schema.types.order import Order, OrderState
from ordering.change_tables import change_order, order_cancellation, prepared_change
from ordering.changes.desk import SqlOrderDesk
from ordering.changes.intent import OPEN
from ordering.changes.needs import DoneOrder
from ordering.changes.patience import Patience
from ordering.changes.systems import ChangeClocks, ChangeSystems
from ordering.changes.work import ChangeWork
from ordering.crossing import Cross, pass_by
from ordering.tables import from_us
from tests.fakes.deal_ports import make_order, make_preview
from tests.fakes.operator import FakeNotices, FakeOperator, line_of

NUMBER, SECRET = "13800138001", b"a secret of these tests, 32 bytes"
PACK = WantedChange(ChangeAction.ADD, offering_id="pack-data-5")
IN_ARREARS = ChangeObstacle(code=ObstacleCode.IN_ARREARS, offering=None, until=None, order_id=None)


class Mood(StrEnum):
    """What the operator does with the next write. DROPS: does it, and the answer is lost. LOSES: never hears of it,
    and nobody knows. LATE: as LOSES, and it arrives when it is said to. DOWN: refuses connections. REFUSES for good.
    REJECTS: says no without a reason."""

    ANSWERS = "answers"
    DROPS = "drops"
    LOSES = "loses"
    LATE = "late"
    DOWN = "down"
    REFUSES = "refuses"
    REJECTS = "rejects"


class Watch:
    """A clock that stands still until it is moved. It starts at noon in Shanghai."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 16, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


@dataclass
class OrderOffice:
    """Order management and qualification: one order for a reference, each placing noted."""

    watch: Watch
    previewed: ChangePreview = field(default_factory=make_preview)
    moods: deque[Mood] = field(default_factory=deque)
    orders: dict[str, Order] = field(default_factory=dict)
    placed: list[PlacedOrder] = field(default_factory=list)
    late: list[PlacedOrder] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    silent: bool = False
    lists: bool = True

    async def preview(self, line_id: str, wanted: WantedChange, *, channel: Channel) -> Qualified:
        self._answer("qualification")
        if wanted.offering_id == "nothing":
            raise NotFound
        facts = {"action": wanted.action, "offering_id": wanted.offering_id, "service": wanted.service}
        return Qualified(f"Q-{channel.value}", replace(self.previewed, **facts, package_id=wanted.package_id))

    async def place(self, order: PlacedOrder) -> Order:
        mood = self._next_mood()
        if mood is Mood.DOWN:
            raise BssFault("order_unavailable", retryable=True)
        if mood is Mood.REJECTS:
            raise BssFault("order_refused", retryable=False)
        if mood is Mood.REFUSES and order.reference not in self.orders:
            raise ChangeRefused(obstacles=[IN_ARREARS])
        if mood is Mood.LATE:
            self.late.append(order)
        if mood in {Mood.LOSES, Mood.LATE}:
            raise BssFault("order_timeout", retryable=True, outcome_unknown=True)
        made = self._take(order)
        if mood is Mood.DROPS:
            raise BssFault("order_timeout", retryable=True, outcome_unknown=True)
        return made

    async def find(self, line_id: str, reference: str) -> Order | None:
        self._answer("order")
        return self.orders.get(reference)

    async def fetch_orders(self, line_id: str) -> Sequence[Order]:
        self._answer("order")
        return list(reversed(self.orders.values())) if self.lists else []

    async def cancel(self, line_id: str, order_id: str) -> Order:
        mood = self._next_mood()
        if mood is Mood.DOWN:
            raise BssFault("order_unavailable", retryable=True)
        if mood is Mood.LOSES:
            raise BssFault("order_timeout", retryable=True, outcome_unknown=True)
        if order_id not in self.orders:
            raise NotFound
        order = self.orders[order_id]
        if not order.cancellable and order.state is not OrderState.CANCELLED:
            raise NotCancellable(state=order.state)
        self.cancelled.append(order_id)
        self.say(order_id, state=OrderState.CANCELLED, cancellable=False)
        if mood is Mood.DROPS:
            raise BssFault("order_timeout", retryable=True, outcome_unknown=True)
        return self.orders[order_id]

    def deliver(self) -> None:
        """What was late arrives."""
        while self.late:
            self._take(self.late.pop())

    def say(self, order_id: str, **changes: Any) -> None:
        self.orders[order_id] = replace(self.orders[order_id], **changes)

    def _take(self, order: PlacedOrder) -> Order:
        if order.reference not in self.orders:
            self.placed.append(order)
            facts = {"action": order.wanted.action, "placed_at": self.watch(), "channel": None}
            self.orders[order.reference] = make_order(order.reference, **facts)
        return self.orders[order.reference]

    def _next_mood(self) -> Mood:
        self._answer("order")
        return self.moods.popleft() if self.moods else Mood.ANSWERS

    def _answer(self, system: str) -> None:
        if self.silent:
            raise BssFault(f"{system}_unavailable", retryable=True)


class Prizes:
    """Hears of orders that are done; ``breaks`` once, and with it the commit."""

    def __init__(self) -> None:
        self.heard: list[DoneOrder] = []
        self.breaks = False

    async def note_done(self, connection: AsyncConnection, done: DoneOrder) -> None:
        if self.breaks:
            self.breaks = False
            raise BssFault("gone", retryable=True)
        self.heard.append(done)


class Hall:
    """The desk and the work over one database, and the customer of line L1."""

    def __init__(self, engine: AsyncEngine, cross: Cross = pass_by) -> None:
        self.engine, self.watch, self.operator, self.notices = engine, Watch(), FakeOperator(), FakeNotices()
        self.operator.put(line_of(NUMBER, "L1"))
        self.office, self.patience, self.prizes = OrderOffice(self.watch), Patience(), Prizes()
        self.clocks = ChangeClocks(self.watch, self.watch)
        self.desk, self.work = self.open_desk(cross), self.hire(cross)

    def open_desk(self, cross: Cross = pass_by) -> SqlOrderDesk:
        return SqlOrderDesk(
            partial(write, self.engine),
            partial(read, self.engine),
            self.systems,
            secret=SECRET,
            clocks=self.clocks,
            patience=self.patience,
            cross=cross,
        )

    def hire(self, cross: Cross = pass_by) -> ChangeWork:
        return ChangeWork(
            partial(write, self.engine),
            partial(read, self.engine),
            self.systems,
            self.notices,
            secret=SECRET,
            clocks=self.clocks,
            patience=self.patience,
            cross=cross,
        )

    @property
    def systems(self) -> ChangeSystems:
        return ChangeSystems(self.operator, self.office, self.office, self.prizes)

    async def prepare(
        self, wanted: WantedChange = PACK, *, deed: str = "D1", channel: Channel = Channel.WEB
    ) -> PreparedChange:
        return await self.desk.prepare(make_deed(deed, channel), wanted)

    async def confirm(self, prepared_id: str = "D1", *, deed: str = "C1", channel: Channel = Channel.WEB) -> Order:
        return await self.desk.confirm(make_deed(deed, channel), prepared_id)

    async def cancel(self, order_id: str = "D1", *, deed: str = "X1") -> Order:
        return await self.desk.cancel(make_deed(deed), order_id)

    async def orders(self) -> list[Order]:
        return list(await self.desk.fetch_orders(make_caller()))

    async def order(self, order_id: str = "D1") -> Order:
        return next(order for order in await self.orders() if order.id == order_id)

    async def work_until_quiet(self, *, hours: float = 2) -> None:
        """Workers work, and time passes, until nothing is due for so long."""
        end = self.watch() + timedelta(hours=hours)
        for _ in range(100):
            await self.work.work_on_changes()
            due = await self._find_due()
            if due is None or due > end:
                break
            self.watch.moment = max(due, self.watch())

    async def _find_due(self) -> datetime | None:
        asked = (
            select(func.min(change_order.c.free_at_us)).where(change_order.c.state.in_(OPEN)),
            select(func.min(order_cancellation.c.free_at_us)).where(order_cancellation.c.state == "asked"),
            select(func.min(change_order.c.tell_at_us)),
            select(func.min(prepared_change.c.tell_at_us)),
        )
        found = [(await self._read(each))[0][0] for each in asked]
        return min((from_us(at_us) for at_us in found if at_us is not None), default=None)

    async def evidence(self, prepared_id: str = "D1") -> Row[Any]:
        return (await self._read(select(prepared_change).where(prepared_change.c.id == prepared_id)))[0]

    async def intents(self) -> Sequence[Row[Any]]:
        return await self._read(select(change_order).order_by(change_order.c.id))

    async def wishes(self) -> Sequence[Row[Any]]:
        return await self._read(select(order_cancellation))

    async def _read(self, asked: Any) -> Sequence[Row[Any]]:
        async with read(self.engine) as connection:
            return (await connection.execute(asked)).all()


def make_caller(channel: Channel = Channel.WEB, line_id: str = "L1") -> Caller:
    return Caller(channel, subscriber=line_id, number=NUMBER, assurance=2)


def make_deed(deed_id: str = "D1", channel: Channel = Channel.WEB, line_id: str = "L1") -> Deed:
    return Deed(deed_id, make_caller(channel, line_id))
