"""Which house gives out documents in these tests? A real graph over made-up systems, a real database, real files."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from channels.web_hall.hall import Hall
from channels.web_hall.views import load_views
from channels.web_hall.visit import Cookies
from gateway.database import open_database, read, write
from gateway.document_files import Documents
from gateway.documents import document_routes
from gateway.every_answer import EveryAnswer
from gateway.graph import HallGraph
from gateway.identity.audit.entry import audit_record
from gateway.identity.every_table import metadata as identity_tables
from gateway.identity.seal import Seal
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Evidence, TokenEvidence, Turned
from graphql_schema.identity_ports import Deed
from graphql_schema.scopes import open_fields
from graphql_schema.types.record_export import ExportFormat
from statements.bill_sheet import BILL_DOCUMENT
from statements.export_work import ExportWork
from statements.exports import SqlRecordExports
from statements.shares import SqlBillShares
from statements.tables import metadata
from tests.conftest import end_errands
from tests.fakes.doorkeeper import FakeDoorkeeper
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss
from tests.statements.records import OCTOBER, Lock, Records, make_sources
from tests.statements.world import Letters

ROOT = Path(__file__).parent.parent.parent.parent
SECRET = b"a secret of these tests, 32 bytes"
HERE = "http://localhost"
_VIEWS = load_views(ROOT / "web", Cookies(secure=False), "10086")  # compiled once for all the tests


@dataclass
class Doorkeeper(FakeDoorkeeper):
    """Knows also a level 3 that is fresh, one that rests, a helper, and a client of a partner's."""

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        assert isinstance(evidence, TokenEvidence)
        now = datetime.now(UTC)
        fresh = Caller(channel, subscriber=LINE_ID, number=NUMBER, assurance=3, since=now)
        known = {
            "fresh": fresh,
            "old": replace(fresh, since=now - timedelta(minutes=11)),
            "rests": replace(fresh, rests_until=now + timedelta(hours=3)),
            "helper": replace(fresh, helper="L7", fields=open_fields(["line", "bills"])),
            "client": replace(fresh, client="partner", fields=open_fields(["bills"])),
            "narrow": replace(fresh, client="partner", fields=open_fields(["usage"])),
            "stranger": replace(fresh, subscriber="L2"),
        }
        if evidence.token in known and evidence.token not in self.ended:
            return Admitted(known[evidence.token])
        return await super().admit(evidence, channel)


@dataclass
class House:
    """The routes of documents, and everything behind them."""

    engine: AsyncEngine
    bss: FakeBss = field(default_factory=FakeBss)
    doorkeeper: Doorkeeper = field(default_factory=Doorkeeper)
    records: Records = field(default_factory=lambda: Records(total=2500))
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        now, seal = partial(datetime.now, UTC), Seal(secret=SECRET, purpose="statements")
        transaction, view = partial(write, self.engine), partial(read, self.engine)
        self.exports = SqlRecordExports(transaction, view, seal=seal, now=now)
        self.shares = SqlBillShares(transaction, view, seal=seal, secret=SECRET, public_url=HERE, now=now)
        sources = make_sources(self.records, self.lock)
        self.work = ExportWork(transaction, sources, Letters(), seal=seal, now=now, part_bytes=20_000)
        graph = HallGraph(self.bss.ports(), [BILL_DOCUMENT], deadline_seconds=5, open_documents=False)
        documents = Documents(
            graph, self.doorkeeper, self.engine, self.exports, self.shares, self.lock,
            operators={"zh": "一厅电信", "en": "OneHall Telecom"}, now=now,
        )  # fmt: skip
        hall = Hall(graph, self.doorkeeper, {}, _VIEWS, HERE)
        routes = document_routes(documents, hall, secure_cookies=False)
        self.app = EveryAnswer(Starlette(routes=routes), secure=False)

    def visit(self, token: str = "", *, language: str = "zh") -> httpx.AsyncClient:
        """A browser, signed in with this token."""
        client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=HERE)
        client.headers["accept-language"] = language
        if token:
            client.cookies.set("hall", token, domain="localhost.local")
        return client

    def use_app(self, token: str = "") -> httpx.AsyncClient:
        """An app with this bearer token."""
        client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=HERE)
        if token:
            client.headers["authorization"] = f"Bearer {token}"
        return client

    async def make_export(self, export_format: ExportFormat = ExportFormat.CSV) -> str:
        """A finished export of the customer's."""
        deed = Deed(f"D-{export_format}", Caller(Channel.WEB, subscriber=LINE_ID, number=NUMBER, assurance=3))
        begun = await self.exports.begin(deed, OCTOBER, export_format, None, reveal=False)
        await self.work.work_on_exports()
        return begun.id

    async def share(self, bill_id: str = "B10", *, days: int = 7) -> str:
        """The path of a link to a bill of the customer's."""
        deed = Deed(f"S-{bill_id}", Caller(Channel.WEB, subscriber=LINE_ID, number=NUMBER, assurance=2))
        share = await self.shares.open_share(deed, "A1", bill_id, days=days)
        assert share.url is not None
        return share.url.removeprefix(HERE)

    async def read_trail(self) -> list[tuple[Any, ...]]:
        """Who did what, oldest first."""
        columns = (audit_record.c.deed, audit_record.c.actor, audit_record.c.subject, audit_record.c.note)
        async with read(self.engine) as connection:
            rows = await connection.execute(select(*columns).order_by(audit_record.c.id))
            return [tuple(row) for row in rows]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    engine = open_database(f"sqlite:///{tmp_path / 'onehall.db'}")
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(identity_tables.create_all)
    yield House(engine)
    await end_errands()
    await engine.dispose()
