"""Who stands around the mall in these tests, and does everything still add up?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.seal import Seal
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import Delivery
from graphql_schema.problems import RedemptionRefused
from graphql_schema.types.reward import Redemption, RewardKind
from loyalty.points.answers import Kind
from loyalty.points.audit import audit
from loyalty.points.earning import Earning, earn
from loyalty.points.policies import MONTHS_36
from loyalty.points_tables import points_account, points_hold, points_lot, points_posting
from loyalty.reward_tables import redemption, reward_code, reward_item
from loyalty.rewards.items import StandingItem, WantedItem
from loyalty.rewards.ledger_holds import LedgerHolds, name_spending
from loyalty.rewards.needs import Mall, RewardRules
from loyalty.rewards.redemptions import SqlRewardsMall
from loyalty.rewards.shelf import Shelf
from loyalty.rewards.work import RedemptionWork
from tests.fakes.rewards import FakeCustomers, FakeOperator

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECRET = b"a secret of these tests, 32 bytes"
OWNER = Caller(Channel.WEB, subscriber="L1", assurance=2)
COLLEAGUE = Caller(Channel.DESK, staff=Staff("1001", Role.OPERATIONS), assurance=2)
HOME = Delivery("陈晓彤", "13800138001", "广东省广州市天河区体育西路1号")
PACK = WantedItem("D1", RewardKind.DATA, 100, "1GB流量", "1 GB of data", offering_id="pack-data-5")
MONEY = WantedItem("B10", RewardKind.BALANCE, 1000, "10元话费", "10 yuan", amount_fen=1000, valid_days=90)
CUP = WantedItem("CUP", RewardKind.GOODS, 300, "保温杯", "A thermos", goods="thermos", stock=5)
BOOK = WantedItem("BOOK", RewardKind.VOUCHER, 50, "图书券", "A book token", batch="books")
TREES = WantedItem("TREE", RewardKind.DONATION, 10, "种一棵树", "Plant a tree")


class BrokenOffError(BaseException):
    """The process is gone: nobody catches that, and nothing is tidied up behind it."""


@dataclass
class _Breaks:
    at: str | None = None
    after: int = 0


class Arcade:
    """A mall with some items, an operator, customers, and a ledger with points in it."""

    def __init__(self, engine: AsyncEngine, **rules: Any) -> None:
        self.engine, self.moment = engine, NOW
        self.operator, self.customers = FakeOperator(self.now), FakeCustomers()
        self.crossed: list[str] = []
        self.breaks, self.announced = _Breaks(), list[str]()
        self.points = LedgerHolds()
        self.mall = self.make_mall(rules=RewardRules(**rules))
        self.rewards, self.shelf = SqlRewardsMall(self.mall), Shelf(self.mall)
        self.work = RedemptionWork(self.mall, self.points)
        self.deeds = self.earned = 0

    def make_mall(self, **changes: Any) -> Mall:
        chosen: dict[str, Any] = {
            "transaction": partial(write, self.engine),
            "reading": partial(read, self.engine),
            "customers": self.customers,
            "fulfilment": self.operator,
            "points": self.points,
            "seal": Seal(secret=SECRET, purpose="reward"),
            "now": self.now,
            "secret": SECRET,
            "announce": self.announce,
            "cross": self.cross,
        }
        return Mall(**(chosen | changes))

    def now(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)

    async def announce(self, line_id: str) -> None:
        self.announced.append(line_id)

    def cross(self, boundary: str) -> None:
        self.crossed.append(boundary)
        if self.breaks.at == boundary:
            self.breaks.after -= 1
            if self.breaks.after <= 0:
                self.breaks.at = None
                raise BrokenOffError(boundary)

    def break_off_at(self, boundary: str, *, after: int = 1) -> None:
        self.breaks = _Breaks(boundary, after)

    def next_deed(self, caller: Caller = OWNER) -> Deed:
        self.deeds += 1
        return Deed(f"D{self.deeds:05}", caller)

    async def put(self, *items: WantedItem) -> StandingItem:
        for item in items:
            standing = await self.shelf.put_item(self.next_deed(COLLEAGUE), item)
        return standing

    async def earn(self, points: int, line_id: str = "L1") -> None:
        self.earned += 1
        earning = Earning(f"earn:bill:{self.earned}", line_id, points, Kind.BILL, f"bill-{self.earned}")
        async with write(self.engine) as connection:
            await earn(connection, earning, (MONTHS_36,), now=self.moment)

    async def redeem(self, item: WantedItem = PACK, deed: Deed | None = None, **more: Any) -> Redemption:
        to = more.pop("to", HOME if item.kind is RewardKind.GOODS else None)
        return await self.rewards.redeem(deed or self.next_deed(), item.code, points=item.points, to=to, **more)

    async def settle(self, *, rounds: int = 8, **pause: float) -> None:
        """Time passes, and the workers work."""
        for _ in range(rounds):
            self.advance(**(pause or {"minutes": 11}))
            await self.work.work()

    async def see(self, redemption_id: str) -> Redemption:
        async with read(self.engine) as connection:
            asked = select(redemption.c.line_id).where(redemption.c.id == redemption_id)
            line_id = (await connection.execute(asked)).scalar_one()
        return await self.rewards.fetch_redemption(line_id, redemption_id)

    async def available(self, line_id: str = "L1") -> int:
        async with read(self.engine) as connection:
            return await self.points.fetch_available(connection, line_id, now=self.moment)

    async def rows(self, table: Table) -> Sequence[Row[Any]]:
        async with read(self.engine) as connection:
            return (await connection.execute(select(table))).all()

    async def lots(self) -> dict[str, tuple[int, int]]:
        """What is left in each lot, and held of it."""
        return {row.id: (row.remaining, row.held) for row in await self.rows(points_lot)}

    async def judge(self, *, at_rest: bool = False) -> None:
        """Points, stock, codes and what reached customers say the same as the rows."""
        rows = {row.id: row for row in await self.rows(redemption)}
        await self._judge_points(rows)
        await self._judge_stock(list(rows.values()))
        assert all(times == 1 for times in self.operator.effects.values())
        assert set(self.operator.effects) <= set(rows)
        for row in rows.values():
            had = self.operator.effects[row.id] == 1 or row.kind in {"voucher", "donation"}
            if row.state in {"done", "returning", "returned"}:
                assert had, f"{row.id} is {row.state}, and nobody gave it"
            if row.state == "released":
                assert not had, f"{row.id} was given, and its points are back"
            if at_rest:
                assert row.state in {"done", "released", "returned"}, f"{row.id} is {row.state}"
                assert row.free_at_us is None

    async def _judge_points(self, rows: dict[str, Any]) -> None:
        holds = {row.id: row for row in await self.rows(points_hold)}
        assert set(holds) == {name_spending(each) for each in rows}
        ends = {"done": "captured", "returning": "captured", "returned": "captured", "released": "released"}
        for row in rows.values():
            assert holds[name_spending(row.id)].state == ends.get(row.state, "held"), f"{row.id} is {row.state}"
        assert not [each async for each in audit(partial(read, self.engine))]
        lines = await self.rows(points_account)
        assert sum(each.held for each in lines) == sum(each.points for each in holds.values() if each.state == "held")
        gone = [each for each in rows.values() if each.state in {"done", "returning"}]
        earned = sum(each.points for each in await self.rows(points_posting) if each.kind == "bill")
        assert sum(each.balance for each in lines) == earned - sum(each.points for each in gone)
        in_lots = sum(left + held for left, held in (await self.lots()).values())
        assert in_lots == sum(each.balance for each in lines)

    async def _judge_stock(self, rows: Sequence[Any]) -> None:
        there = [row for row in rows if row.state not in {"released", "returned"}]
        for item in await self.rows(reward_item):
            assert item.taken == sum(1 for row in there if row.is_counted and row.code == item.code)
            assert item.stock is None or 0 <= item.taken <= item.stock
        given = [row.given_to for row in await self.rows(reward_code) if row.given_to is not None]
        assert sorted(given) == sorted(row.id for row in rows if row.kind == "voucher")


def codes_of(refused: RedemptionRefused) -> list[str]:
    """What a refusal says, by the codes of its obstacles."""
    return [each.code.value for each in refused.parameters["obstacles"]]
