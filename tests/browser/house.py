"""What does a real browser meet when everything of identity is real, over a database of its own?

The operator's lines, phones and ID office are written by hand; what a phone gets is remembered.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from channels.web_hall.routes import web_hall_routes
from gateway.database import open_database, write
from gateway.graph import HallGraph
from gateway.identity.assembly import Identity, IdentityNeeds, assemble_identity
from gateway.identity.every_table import metadata
from graphql_schema.client import load_operations
from graphql_schema.types.line import LineKind
from loyalty.every_table import metadata as loyalty
from tests.browser.stage import serve
from tests.fakes.operator import FakeOperator, line_of
from tests.fakes.ports import FakeBss
from tests.gateway.identity.conftest import SECRET, CardOffice, IdOffice, Letters, Phone

ROOT = Path(__file__).parents[2]
OWN, FRIEND, BROADBAND, PASSWORD = "13800138001", "13800138003", "02088880009", "258001"


@dataclass(frozen=True)
class House:
    """A running hall with real identity, and what customers' phones got."""

    address: str
    phone: Phone
    letters: Letters


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Serves it until the block ends; its database lies in the folder."""
    phone, letters = Phone(), Letters()

    def make_app(address: str) -> Starlette:
        engine = open_database(f"sqlite:///{folder}/house.db")
        identity = _assemble(engine, address, phone, letters)
        ports = replace(FakeBss().ports(), identity=identity.ports)
        operations = load_operations(ROOT / "channels" / "web_hall")
        graph = HallGraph(ports, operations.values(), deadline_seconds=10, open_documents=False)

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with write(engine) as connection:
                for tables in (metadata, loyalty):  # whose line it is shows in its rewards too
                    await connection.run_sync(tables.create_all)
            for number, line_id in ((OWN, "L1"), (FRIEND, "L3")):
                await identity.doorkeeper.set_password(number, PASSWORD, line_id=line_id)
            yield
            await identity.finish()
            await engine.dispose()

        routes = web_hall_routes(
            graph,
            identity.doorkeeper,
            web_folder=ROOT / "web",
            secure_cookies=False,
            public_url=address,
            passkeys=identity.passkeys,
            switch=identity.switch,
            consents=identity.oauth.consents,
            exports=identity.personal_data.open_export,
        )
        return Starlette(routes=routes, lifespan=lifespan)

    with serve(make_app, lifespan="on") as address:
        yield House(address, phone, letters)


def _assemble(engine: AsyncEngine, address: str, phone: Phone, letters: Letters) -> Identity:
    operator = FakeOperator()
    operator.put(
        line_of(OWN, "L1", customer_id="C1"),
        line_of(FRIEND, "L3", customer_id="C3"),
        line_of(BROADBAND, "L2", customer_id="C1", kind=LineKind.BROADBAND),
    )
    return assemble_identity(
        IdentityNeeds(
            engine=engine,
            lines=operator,
            people=IdOffice(),
            sim_cards=CardOffice(),
            codes=phone,
            notices=letters,
            business_now=lambda: datetime.now(UTC),
            public_url=address,
            hall_name="OneHall",
            trusted_links=frozenset(),
            own_prefixes=(),
            secret=SECRET,
        )
    )
