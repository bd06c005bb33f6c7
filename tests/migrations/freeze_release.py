"""How does a release's database look, for all later releases to upgrade? Run this once, when a release is made.

`python tests/migrations/freeze_release.py` lives a little in an empty house and writes
tests/migrations/<revision>/: its tables in each dialect, and its rows. What stands there is history: never edit it.
"""

import asyncio
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, create_mock_engine, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.conversations import SqlConversations
from gateway.database import open_database, read, write
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.migrations import find_newest_revision, upgrade_database
from gateway.migrations.tables import EVERY_METADATA
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, CodeWish, PasswordEvidence, Purpose
from graphql_schema.ports import BssFault
from graphql_schema.types.line import Line
from graphql_schema.types.package import Package

NUMBER, LINE_ID, PASSWORD, SECRET = "13800138001", "L1", "258001", b"the secret of the frozen releases"
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
NOON_US = 1_795_320_000_000_000
TABLES = [table for metadata in EVERY_METADATA for table in metadata.sorted_tables]

ROOM_ROWS: dict[str, dict[str, Any]] = {
    "outbound_sms": {
        "key": "answer:1",
        "recipient": NUMBER,
        "text": "您的余额为3.20元。\n【一厅】it's",
        "lane": 30,
        "state": "queued",
        "attempts": 0,
        "created_at_us": NOON_US,
        "not_after_at_us": NOON_US + 1,
        "free_at_us": NOON_US,
    },
    "outbound_sms_part": {"outbound_sms_id": 1, "part": 1, "smsc_message_id": "a1", "receipt": "DELIVRD"},
    "inbound_sms": {
        "session": "s",
        "sequence": 1,
        "digest": "d",
        "sender": NUMBER,
        "destination": "10086",
        "text": "余额",
        "state": "answered",
        "attempts": 1,
        "received_at_us": NOON_US,
        "free_at_us": NOON_US,
    },
    "inbound_sms_part": {"digest": "d", "part": 1, "text": "余", "received_at_us": NOON_US},
    "usage_event": {
        "event_id": "U1",
        "line_id": LINE_ID,
        "usage_type": "data",
        "at_us": NOON_US,
        "consumption": [["B1", 2**40]],
        "state": "counted",
        "attempts": 0,
    },
    "usage_counter": {
        "line_id": LINE_ID,
        "bucket_id": "B1",
        "cycle_start_at_us": NOON_US,
        "cycle_end_at_us": NOON_US + 1,
        "usage_type": "data",
        "counts": True,
        "total": 2**41,
        "used": 2**40,
        "read_at_us": NOON_US,
    },
    "alert": {
        "topic": f"data:{LINE_ID}",
        "step": 80,
        "name": "data_usage",
        "line_id": LINE_ID,
        "state": "said",
        "facts": {"share": "0.80", "named": "流量"},
        "attempts": 1,
        "free_at_us": NOON_US,
        "created_at_us": NOON_US,
    },
    "inbox_message": {
        "alert_id": 1,
        "line_id": LINE_ID,
        "name": "data_usage",
        "facts": {"share": "0.80"},
        "raised_at_us": NOON_US,
    },
}


class SilentInventory:
    """A BSS that is down: the house goes on with the line that it has heard of."""

    async def find_line(self, number: str) -> Line | None:
        raise BssFault("line_unavailable", retryable=False)

    async def fetch_line(self, line_id: str) -> Line | None:
        raise BssFault("line_unavailable", retryable=False)

    async def fetch_packages(self, line_id: str) -> list[Package]:
        raise BssFault("line_unavailable", retryable=False)


class NoPhone:
    """Texts nothing."""

    async def send(self, connection: AsyncConnection, **_: object) -> None:
        """A code, or a notice."""


class SilentOffices:
    """People and SIM cards of a BSS that is down."""

    async def matches_identity(self, line_id: str, identity_number: str) -> bool:
        raise BssFault("customer_unavailable", retryable=False)

    async def fetch_changed_at(self, line_id: str) -> datetime | None:
        raise BssFault("line_unavailable", retryable=False)


def hire(engine: AsyncEngine) -> HallDoorkeeper:
    """The doorkeeper of a frozen house, where it is always noon."""
    return HallDoorkeeper(
        engine,
        SilentInventory(),
        NoPhone(),
        people=SilentOffices(),
        sim_cards=SilentOffices(),
        notices=NoPhone(),
        secret=SECRET,
        trusted_links=frozenset(),
        now=lambda: NOON,
    )


async def live(engine: AsyncEngine) -> str:
    """Puts at least one row into every table and gives the token of a session that goes on."""
    keeper = hire(engine)
    await keeper.set_password(NUMBER, PASSWORD, line_id=LINE_ID)
    admitted = await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "198.51.100.7"), Channel.APP)
    assert isinstance(admitted, Admitted)
    assert admitted.token
    await keeper.send_code(CodeWish(NUMBER, Purpose.SIGN_IN, Channel.APP, "198.51.100.7"))
    await keeper.finish(within_seconds=0)
    await SqlConversations(engine, now=lambda: NOON).save(f"sms:{NUMBER}", {"language": "en"}, keep_seconds=3600)
    async with write(engine) as connection:
        for table in TABLES:
            if table.name in ROOM_ROWS:
                await connection.execute(insert(table).values(ROOM_ROWS[table.name]))
    return admitted.token


def freeze(folder: Path) -> None:
    """Writes the tables, the rows and the token of a house that has this version's shape."""
    folder.mkdir()
    with tempfile.TemporaryDirectory() as elsewhere:
        url = f"sqlite:///{elsewhere}/house.db"
        upgrade_database(url)
        token, rows = asyncio.run(_live_and_write(url))
    (folder / "rows.sql").write_text(rows, encoding="utf-8")
    (folder / "token.txt").write_text(token, encoding="utf-8")
    for dialect in ("sqlite", "postgresql"):
        (folder / f"{dialect}.sql").write_text(write_tables(dialect), encoding="utf-8")


async def _live_and_write(url: str) -> tuple[str, str]:
    engine = open_database(url)
    token, rows = await live(engine), []
    async with read(engine) as connection:
        for table in TABLES:
            found = [dict(row) for row in (await connection.execute(select(table))).mappings()]
            assert found, f"{table.name} has no row: add one to ROOM_ROWS"
            rows += [_insert(table, row) for row in found]
    await engine.dispose()
    rows.append(f"INSERT INTO alembic_version (version_num) VALUES ('{find_newest_revision()}');\n")
    return token, "".join(rows)


def write_tables(dialect: str) -> str:
    """The tables as this dialect's CREATE statements."""
    statements = ["CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);\n"]
    engine = create_mock_engine(
        f"{dialect}://", lambda made, *_: statements.append(f"{str(made.compile(dialect=engine.dialect)).strip()};\n")
    )
    for metadata in EVERY_METADATA:
        metadata.create_all(engine, checkfirst=False)
    return "".join(statements)


def _insert(table: Table, row: dict[str, Any]) -> str:
    values = ", ".join(_literal(value) for value in row.values())
    return f"INSERT INTO {table.name} ({', '.join(row)}) VALUES ({values});\n"


def _literal(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
    if isinstance(value, int):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    freeze(Path(__file__).parent / find_newest_revision())
    sys.stdout.write(f"tests/migrations/{find_newest_revision()}/\n")
