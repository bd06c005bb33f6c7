"""Whose data is it in these tests? Two lines', with one row each in every table that there is."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Integer, LargeBinary, SmallInteger, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import gateway.identity.every_table  # noqa: F401  the metadata knows every table from here on
from gateway.database import read, write
from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.personal_data.desk import SqlPersonalData
from gateway.identity.personal_data.work import PersonalDataWork
from gateway.identity.tables import hall_session, to_us
from gateway.migrations.tables import EVERY_METADATA
from graphql_schema.client import Caller, Channel
from graphql_schema.ports import BssFault
from graphql_schema.types.line import Line
from tests.fakes.ports import make_line

SECRET = b"a secret of these tests, 32 bytes"
LONG_AGO = datetime(2020, 3, 1, 4, tzinfo=UTC)
NUMBER, OTHER_NUMBER = "13800138001", "13900139009"
OWNER = Caller(Channel.WEB, "L1", NUMBER, 3, LONG_AGO, session="S1")
OTHER = Caller(Channel.WEB, "L2", OTHER_NUMBER, 3, LONG_AGO)


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = LONG_AGO

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> None:
        self.moment += timedelta(**time)


class TwoLines:
    """An operator with two lines, whose inventory may be down."""

    def __init__(self) -> None:
        self.ids = {NUMBER: "L1", OTHER_NUMBER: "L2"}
        self.down = False

    async def find_line(self, number: str) -> Line | None:
        if self.down:
            raise BssFault("line_unavailable", retryable=True)
        return make_line(id=self.ids[number], number=number) if number in self.ids else None


class Texts:
    """What the house told people by SMS, once a key."""

    def __init__(self) -> None:
        self.sent: dict[str, tuple[str, str, dict[str, object]]] = {}

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        assert connection.in_transaction()
        self.sent.setdefault(key, (number, notice, facts))

    @property
    def notices(self) -> list[tuple[str, str]]:
        return [(number, notice) for number, notice, _ in self.sent.values()]


async def end_nothing(_connection: AsyncConnection, _line_id: str) -> None:
    """These lines have no clients."""


async def end_sessions(connection: AsyncConnection, line_id: str) -> None:
    await connection.execute(hall_session.delete().where(hall_session.c.line_id == line_id))


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def lines() -> TwoLines:
    return TwoLines()


@pytest.fixture
def texts() -> Texts:
    return Texts()


@pytest.fixture
def desk(engine: AsyncEngine, texts: Texts, watch: Watch) -> SqlPersonalData:
    return SqlPersonalData(engine, texts, secret=SECRET, now=watch)


Hire = Callable[..., PersonalDataWork]


@pytest.fixture
def hire(engine: AsyncEngine, lines: TwoLines, texts: Texts, watch: Watch) -> Hire:
    """Hires a worker; keywords change its manners."""
    ledger = SqlConsentLedger(engine, now=watch, end_client_sessions=end_nothing)

    def _hire(**manners: Any) -> PersonalDataWork:
        chosen: dict[str, Any] = {"now": watch, "line_ended": [end_sessions], "take_back_all": ledger.take_back_all}
        own = manners.pop("engine", engine)
        return PersonalDataWork(own, lines, texts, secret=SECRET, **(chosen | manners))  # type: ignore[arg-type]

    return _hire


@pytest.fixture
async def worker(hire: Hire) -> AsyncIterator[PersonalDataWork]:
    return hire()  # type: ignore[return-value]


# --- a row in every table ----------------------------------------------------------------------------------------

SERIAL = iter(range(1000, 10**9))


async def fill_every_table(engine: AsyncEngine, line_id: str, number: str, *, at: datetime = LONG_AGO) -> None:
    """One row of this line, or by its number, in every table of the house."""
    async with write(engine) as connection:
        parents: dict[str, dict[str, Any]] = {}
        for metadata in EVERY_METADATA:
            for table in metadata.sorted_tables:
                row = make_row(table, line_id, number, at, parents)
                key = (await connection.execute(table.insert().values(**row))).inserted_primary_key
                parents[table.name] = row | dict(zip(table.primary_key.columns.keys(), key, strict=True))


def make_row(
    table: Table, line_id: str, number: str, at: datetime, parents: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """A row of made-up facts: what it is about by the column's name, the rest by its type."""
    row = {}
    for column in table.columns:
        if column is table.autoincrement_column:
            continue  # the database gives it
        if column.foreign_keys:
            (key,) = column.foreign_keys
            row[column.name] = parents[key.column.table.name][key.column.name]
        else:
            row[column.name] = _fact(table.name, column, line_id, number, at)
    return row | FACTS.get(table.name, lambda _parents, _line, _number: {})(parents, line_id, number)


AMOUNTS = ("amount_fen", "back_fen", "given_fen", "arrears_fen")
FEN = ("amount_fen", "back_fen", "given_fen", "arrears_fen")
FACTS: dict[str, Callable[[dict[str, dict[str, Any]], str, str], dict[str, Any]]] = {
    "push_token": lambda parents, *_: {"device_id": parents["device"]["id"], "kind": "web"},
    "oauth_grant": lambda parents, *_: {"session_id": parents["hall_session"]["session_id"]},
    "outbound_sms": lambda *_: {"state": "sent", "lane": 40},
    "outbound_sms_part": lambda parents, *_: {"outbound_sms_id": parents["outbound_sms"]["id"]},
    "inbound_sms": lambda *_: {"state": "answered"},
    "inbox_message": lambda parents, *_: {"alert_id": parents["alert"]["id"]},
    "alert": lambda *_: {"state": "said"},
    "usage_event": lambda *_: {"state": "counted"},
    "conversation": lambda _parents, _line, number: {"key": f"sms:{number}"},
    "audit_record": lambda _parents, line, _number: {"actor": f"line:{line}", "channel": "web"},
    "personal_data_request": lambda *_: {"kind": "export", "state": "done", "report": "[]"},
    "consent_word": lambda *_: {"purpose": "marketing_sms", "party": "", "channel": "web"},
    "helper_permission": lambda *_: {"state": "active"},
    "record_export": lambda *_: {"state": "ready", "format": "csv", "month": "2020-02", "progress": 100, "slot": None},
    "line_promise": lambda *_: {"starts_on": "2019-01-01", "ends_on": "2019-07-01", "source": "seller"},
    "prepared_change": lambda *_: {"state": "withdrawn", "slot": None, "thing": None},
    "change_order": lambda *_: {"state": "ended"},
    "order_cancellation": lambda *_: {"state": "done"},
    "recharge": lambda *_: {"state": "credited", "source": "sandbox", "free_at_us": None} | dict.fromkeys(AMOUNTS, 100),
    "recharge_refund": lambda *_: {"state": "given", "amount_fen": 100},
    "balance_transfer": lambda *_: {"state": "done", "day": "2020-02-01"} | {"amount_fen": 5000},
    "money_movement": lambda *_: {"debit": "bss", "credit": "due:customer"} | {"amount_fen": 5000},
    "auto_recharge": lambda *_: (
        {"state": "ended", "living": None, "rule": "day", "threshold_fen": None, "day": 5}
        | {"amount_fen": 5000, "cap_fen": 9000}
    ),
    "auto_charge": lambda *_: {"state": "paid", "month": "2020-02"} | {"amount_fen": 5000},
    "auto_month": lambda *_: {"month": "2020-02"},
    "transfer_day": lambda *_: {"day": "2020-02-01"},
    "reconciliation": lambda _parents, line, _number: {"day": "2020-02-01", "source": line},
    "reconciliation_mismatch": lambda _parents, line, _number: {"day": "2020-02-01", "source": line},
    "campaign_use": lambda *_: {"kind": "count"},
    "happening": lambda *_: {"kind": "recharge", "state": "decided", "back_parts": 0},
    "reward_grant": lambda *_: {"state": "granted", "effect": "money", "quantity": 9, "kept": 9, "points_back": 0},
    "reward_code": lambda *_: {"number": 1},
    "grant_part": lambda *_: {"number": 1, "state": "given", "amount_fen": 900, "cut_fen": 0, "taken_fen": 0},
    "grant_return": lambda *_: {"number": 1, "state": "done", "most_fen": 900, "taken_fen": 0},
    "invitation": lambda _parents, line, _number: {
        "state": "refused",
        "free_at_us": None,
        "invitee_line_id": f"of {line}",
    },
    "invitation_month": lambda *_: {"month": "2020-02"},
    "reward_limit": lambda *_: {"month": "2020-02"},
    "reward_item": lambda *_: (
        {"kind": "donation", "taken": 0} | dict.fromkeys(("offering_id", "batch", "goods", "amount_fen", "stock"))
    ),
    "reward_batch": lambda *_: {"given": 0},
    "redemption": lambda *_: {"kind": "donation", "state": "done", "free_at_us": None},
    "watched_bill": lambda *_: {"state": "earned", "month": "2020-02"},
    "loyalty_run": lambda *_: {"kind": "expiry", "state": "done"},
    "loyalty_notice": lambda *_: {"state": "told", "free_at_us": None},
    "points_account": lambda *_: {"balance": 9, "held": 0, "owed": 0},
    "points_posting": lambda parents, *_: {"to_account": parents["points_account"]["id"], "kind": "bill"},
    "points_lot": lambda *_: {"original": 9, "remaining": 9, "held": 0},
    "points_hold": lambda *_: {"state": "released"},
    "points_tier": lambda *_: {"stars": 3},
    "staff_member": lambda *_: {"role": "care", "organization": None},
    "bulk_deed": lambda *_: {"state": "done"},
    "bulk_row": lambda *_: {"state": "done"},
}


LINE_COLUMNS = {"line_id", "by_line_id", "home_line_id", "owner_line_id", "subject", "helper_line_id", "other_line_id"}
LINE_COLUMNS |= {"inviter_line_id", "invitee_line_id", "to_line_id"}
NUMBER_COLUMNS = {"number", "home_number", "owner_number", "helper_number", "recipient", "sender"}


def _fact(table: str, column: Any, line_id: str, number: str, at: datetime) -> Any:
    name = column.name
    by_name = dict.fromkeys(LINE_COLUMNS, line_id) | dict.fromkeys(NUMBER_COLUMNS, number)
    if name in by_name:
        return by_name[name]
    if name.endswith("_us"):
        return to_us(at)
    by_type = ((Boolean, True), (SmallInteger, 1), (Integer, None), (LargeBinary, b"bytes"), (JSON, {"of": table}))
    for kind, fact in by_type:
        if isinstance(column.type, kind):
            return next(SERIAL) if fact is None else fact
    return f"{name[:8]}-{next(SERIAL)}"[-(column.type.length or 64) :]


async def count_rows(engine: AsyncEngine, table: Table, where: Any) -> int:
    async with read(engine) as connection:
        return int((await connection.execute(select(func.count()).select_from(table).where(where))).scalar_one())
