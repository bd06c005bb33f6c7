"""Who stands around a campaign in these tests, and does everything still add up?"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.seal import Seal
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import Delivery, LoyaltyCustomer
from graphql_schema.ports import BssFault
from graphql_schema.types.money import Money
from graphql_schema.types.promotion import Grant
from loyalty.campaign_tables import campaign_use, grant_part, grant_return, loyalty_decision, reward_grant
from loyalty.campaigns.desk import CampaignDesk
from loyalty.campaigns.happenings import Happening, note_happening
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.money_rows import from_fen, read_part
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.promotions import SqlPromotions
from loyalty.campaigns.returning import Returns
from loyalty.campaigns.work import CampaignWork
from loyalty.points.policies import MONTHS_36
from loyalty.points.statement import fetch_balance
from loyalty.rewards.codes import put_codes
from loyalty.rewards.needs import Mall
from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import Bonus, Code, Effect, Goods, Pack, PointsGift, Reward, Sentence, Tier
from loyalty.rules.facts import HappeningKind
from tests.fakes.fulfilment import FakeFulfilment
from tests.fakes.rewards import FakeCustomers

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECRET = b"a secret of these tests, 32 bytes"
OWNER = Caller(Channel.WEB, subscriber="L1", assurance=2)
HOME = Delivery("陈晓彤", "13800138001", "广东省广州市天河区体育西路1号")


class BrokenOffError(BaseException):
    """The process is gone: nobody catches that, and nothing is tidied up behind it."""


def make_reward(key: str, effect: Effect, **more: Any) -> Reward:
    return Reward(key, effect, Sentence("gives"), f"{key}礼", f"Gift {key}", **more)


TEN = make_reward("ten", Bonus(1000), cost_fen=1000)
THIRTY = make_reward("thirty", Bonus(3000), cost_fen=3000)
FROZEN = make_reward("frozen", Bonus(12000, months=12), cost_fen=12000)
SPENT = make_reward("spent", Bonus(3000, months=3, least_spend_fen=5000), cost_fen=3000)
POINTS = make_reward("points", PointsGift(500), cost_fen=300)
PACK = make_reward("pack", Pack("pack-data-5"), cost_fen=500)
CUP = make_reward("cup", Goods("thermos"), cost_fen=4000)
CODE = make_reward("book", Code("books"), cost_fen=2000)


def make_campaign(*rewards: Reward, **more: Any) -> Campaign:
    """One tier from 100 yuan on that gives all of the rewards, unless told otherwise."""
    chosen: dict[str, Any] = {
        "id": "spring",
        "version": 1,
        "name_zh": "春天",
        "name_en": "Spring",
        "kinds": frozenset({HappeningKind.RECHARGE}),
        "begins_at": NOW - timedelta(days=1),
        "ends_at": NOW + timedelta(days=400),
        "rewards": rewards,
        "tiers": (Tier(10000, tuple(reward.key for reward in rewards)),),
    }
    return Campaign(**(chosen | more))


@dataclass
class FakeStars:
    """Every line has as many; ``down`` while nobody can say."""

    stars: int = 3
    down: bool = False

    async def fetch_stars(self, line_id: str) -> int:
        if self.down:
            raise BssFault("customer_unavailable", retryable=True)
        return self.stars


class FakeSpend:
    """What was spent by month; a month that is not there is not billed yet."""

    def __init__(self) -> None:
        self.months: dict[date, int] = {}

    async def fetch_spend(self, account_id: str, month: date) -> Money | None:
        return from_fen(self.months[month], "CNY") if month in self.months else None


class OwnCustomers(FakeCustomers):
    """Each line's customer is its own, unless a test says otherwise."""

    async def fetch_customer(self, line_id: str) -> LoyaltyCustomer | None:
        found = await super().fetch_customer(line_id)
        if found is None or "customer_id" in self.changes.get(line_id, {}):
            return found
        return replace(found, customer_id=f"C-{line_id}")


class Fair:
    """A bureau of campaigns over a database, an operator, customers, and a clock that is moved by hand."""

    def __init__(self, engine: AsyncEngine, **changes: Any) -> None:
        self.engine, self.moment = engine, NOW
        self.operator, self.customers = FakeFulfilment(self.now), OwnCustomers()
        self.stars, self.spend = FakeStars(), FakeSpend()
        self.documents: dict[str, Campaign] = {}
        self.crossed: list[str] = []
        self.break_at: str | None = None
        self.announced: list[str] = []
        self.bureau = self.make_bureau(**changes)
        self.shelf = CampaignShelf(self.bureau.read_campaign)
        self.desk = CampaignDesk(self.bureau, self.shelf)
        self.promotions = SqlPromotions(self.bureau, self.shelf)
        self.returns = Returns(self.bureau, self.shelf)
        self.work = self.open_work()
        self.deeds = 0

    def make_bureau(self, **changes: Any) -> Bureau:
        chosen: dict[str, Any] = {
            "transaction": partial(write, self.engine),
            "reading": partial(read, self.engine),
            "customers": self.customers,
            "stars": self.stars,
            "spend": self.spend,
            "fulfilment": self.operator,
            "policies": (MONTHS_36,),
            "read_campaign": self.documents.__getitem__,
            "seal": Seal(secret=SECRET, purpose="reward"),
            "now": self.now,
            "announce": self.announce,
            "cross": self.cross,
        }
        return Bureau(**(chosen | changes))

    def open_work(self, *, at_once: int = 1) -> CampaignWork:
        """A worker of a process of its own, which remembers nothing of the others."""
        return CampaignWork(self.bureau, CampaignShelf(self.bureau.read_campaign), at_once=at_once)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)

    def comes(self, day: date) -> None:
        """It is noon of that day."""
        self.moment = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)

    async def announce(self, line_id: str) -> None:
        self.announced.append(line_id)

    def cross(self, boundary: str) -> None:
        self.crossed.append(boundary)
        if self.break_at == boundary:
            self.break_at = None
            raise BrokenOffError(boundary)

    def next_deed(self, caller: Caller = OWNER) -> Deed:
        self.deeds += 1
        return Deed(f"D{self.deeds:05}", caller)

    async def run(self, *campaigns: Campaign) -> None:
        """Puts them in and switches them on."""
        for each in campaigns:
            document = f"{each.id} #{len(self.documents)}"
            self.documents[document] = each
            await self.desk.put_campaign(each, document, by="staff:1001")
            await self.desk.switch(each.id, on=True, by="staff:1001")

    async def happens(self, name: str, amount_fen: int = 10000, line_id: str = "L1", **more: Any) -> str:
        """A recharge stands in the books, unless something else is said to happen."""
        chosen: dict[str, Any] = {
            "id": f"recharge:{name}",
            "kind": HappeningKind.RECHARGE,
            "line_id": line_id,
            "account_id": f"A-{line_id}",
            "at": self.moment,
            "amount_fen": amount_fen,
            "channel": "web",
        }
        noted = Happening(**(chosen | more))
        async with write(self.engine) as connection:
            await note_happening(connection, noted)
        return noted.id

    async def recharge(self, name: str, amount_fen: int = 10000, line_id: str = "L1") -> str:
        """One, and the workers have done what follows."""
        happening_id = await self.happens(name, amount_fen, line_id)
        await self.work.work()
        return happening_id

    async def put_codes(self, batch: str, *codes: str) -> None:
        bureau = self.bureau
        mall = Mall(
            transaction=bureau.transaction,
            reading=bureau.reading,
            customers=self.customers,
            fulfilment=self.operator,
            points=None,
            seal=bureau.seal,
            now=self.now,
            secret=SECRET,
        )
        await put_codes(mall, batch, codes)

    async def dies_at(self, boundary: str) -> bool:
        """The worker's process ends there, and its leases are over; False where it never came there."""
        self.break_at = boundary
        with contextlib.suppress(BrokenOffError):
            await self.work.work()
        died, self.break_at = self.break_at is None, None
        self.work = self.open_work()
        self.advance(seconds=31)
        return died

    async def give_back(self, happening_id: str, back_fen: int | None = None) -> bool:
        """So much of it in all (None: all of it)."""
        async with write(self.engine) as connection:
            return await self.returns.take_back_for(connection, happening_id, back_fen=back_fen)

    async def leave(self, line_id: str = "L1", *, package: str | None = None) -> int:
        async with write(self.engine) as connection:
            return await self.returns.take_back_on_leaving(connection, line_id, package=package)

    async def settle(self, *, rounds: int = 6, **pause: float) -> None:
        """Time passes, and the workers work."""
        for _ in range(rounds):
            self.advance(**(pause or {"minutes": 11}))
            await self.work.work()

    async def grants(self, line_id: str = "L1") -> Sequence[Grant]:
        return await self.promotions.fetch_grants(line_id, limit=100)

    async def grant(self, line_id: str = "L1") -> Grant:
        (only,) = await self.grants(line_id)
        return only

    async def points(self, line_id: str = "L1") -> tuple[int, int]:
        """Balance and debt."""
        async with read(self.engine) as connection:
            balance = await fetch_balance(connection, line_id, now=self.moment)
        return balance.points, balance.owed

    async def rows(self, table: Table) -> Sequence[Row[Any]]:
        async with read(self.engine) as connection:
            return (await connection.execute(select(table))).all()

    async def used(self) -> dict[tuple[str, str], int]:
        """By kind and name, of all campaigns together."""
        return {(row.kind, row.name): row.used for row in await self.rows(campaign_use)}

    async def judge(self, *, at_rest: bool = False) -> None:
        """What we say was given is what the operator gave, less what it took back; each reference had one effect."""
        assert all(times <= 1 for times in self.operator.effects.values())
        parts = [read_part(row) for row in await self.rows(grant_part)]
        returns = await self.rows(grant_return)
        unknown = {part.reference for part in parts if part.state == "asking"}
        unknown |= {row.granted for row in returns if row.state == "asking"}
        ours: dict[str, int] = {}
        for part in parts:
            if part.state in {"given", "taken_back"} and part.reference is not None:
                ours[part.reference] = ours.get(part.reference, 0) + part.net_fen - part.taken_fen
        theirs = {reference: pot.amount_fen - pot.taken_fen for reference, pot in self.operator.pots.items()}
        for reference in {*ours, *theirs} - unknown:
            assert ours.get(reference, 0) == theirs.get(reference, 0), reference
        if at_rest:
            assert not unknown
            assert sum(ours.values()) == self.operator.count_given_fen()
            for row in await self.rows(reward_grant):
                assert row.state in {"choosing", "running", "granted", "refused", "not_won", "taken_back"}, row.state

    async def tally(self) -> dict[str, int]:
        """How many rows there are of what must not come twice."""
        tables = (loyalty_decision, reward_grant, grant_part, grant_return)
        return {table.name: len(await self.rows(table)) for table in tables}

    async def grant_rows(self) -> Sequence[Row[Any]]:
        return await self.rows(reward_grant)

    async def decisions(self) -> Sequence[Row[Any]]:
        return await self.rows(loyalty_decision)

    async def used_by_campaign(self) -> dict[tuple[str, str, str], int]:
        return {(row.campaign_id, row.kind, row.name): row.used for row in await self.rows(campaign_use)}

    def caller(self, line_id: str) -> Caller:
        return replace(OWNER, subscriber=line_id)
