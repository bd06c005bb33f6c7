"""What stands behind the desk for rewards in its tests? The room itself, a small operator, and a clock."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from loyalty.campaigns.document import read_campaign, render_document
from loyalty.desk.desk import SqlLoyaltyDesk
from loyalty.every_table import metadata
from loyalty.rewards.redemptions import SqlRewardsMall
from loyalty.rules.campaign import Campaign
from loyalty.run_tables import loyalty_run
from loyalty.runs.work import Calendar, RunWork
from loyalty.tables import to_us
from tests.fakes.operator import FakeOperator
from tests.loyalty.grants.fair import Fair
from tests.loyalty.rewards.arcade import Arcade

LAST_MONTH = datetime(2026, 10, 10, 4, tzinfo=UTC)


def colleague(staff_id: str = "1001") -> Caller:
    return Caller(Channel.DESK, staff=Staff(staff_id, Role.OPERATIONS), assurance=2)


def write_campaign(made: Campaign, **changes: Any) -> str:
    """The campaign as a document, with members changed as JSON has them."""
    return json.dumps(json.loads(render_document(made)) | changes, ensure_ascii=False, indent=2)


class NoTeller:
    """Nobody is told anything here."""

    async def send(self, connection: object, *, number: str, notice: str, key: str, **facts: object) -> None:
        raise AssertionError(f"nobody was to be told {notice}")


class Office:
    """The desk, and what it looks after: ``fair`` has the campaigns, ``arcade`` the mall."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.fair, self.arcade = Fair(engine, read_campaign=read_campaign), Arcade(engine)
        mall = self.arcade.mall
        reading, writing = partial(read, engine), partial(write, engine)
        runs = RunWork(Calendar(writing, reading, FakeOperator(), NoTeller(), (), self.fair.now))
        self.desk = SqlLoyaltyDesk(self.fair.bureau, self.fair.shelf, mall, runs)
        self.rewards = SqlRewardsMall(mall)
        self._deeds = 0

    async def prepare(self) -> None:
        """Every table of the room."""
        async with write(self.engine) as connection:
            await connection.run_sync(metadata.create_all)

    def deed(self, staff_id: str = "1001") -> Deed:
        self._deeds += 1
        return Deed(f"S{self._deeds:05}", colleague(staff_id))

    async def put_on(self, made: Campaign, **changes: Any) -> str:
        """Proposed by one and switched on by another; its document."""
        document = write_campaign(made, **changes)
        version = await self.desk.propose(self.deed("1001"), document)
        await self.desk.switch_on(self.deed("1002"), made.id, version.version)
        return document

    async def happened(self, name: str, amount_fen: int = 10000, line_id: str = "L1", **more: Any) -> None:
        """A recharge of last month."""
        await self.fair.happens(name, amount_fen, line_id, **({"at": LAST_MONTH} | more))

    async def audit(self, day: date, *, ended_at: datetime, count: int = 0, found: object = ()) -> None:
        """A nightly audit that came to its end."""
        row = {
            "id": f"audit:{day.isoformat()}",
            "kind": "audit",
            "period": day.isoformat(),
            "state": "done",
            "place": "",
            "counted": count,
            "found": json.dumps(found),
            "began_at_us": to_us(ended_at),
            "ended_at_us": to_us(ended_at),
            "free_at_us": None,
            "attempts": 1,
        }
        async with write(self.engine) as connection:
            await connection.execute(insert(loyalty_run).values(row))

    def live(self, made: Campaign) -> Campaign:
        """The same with another name, to stand beside it."""
        return replace(made, id=f"{made.id}-2")
