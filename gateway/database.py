"""How does the house reach its database, SQLite or PostgreSQL?"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
BUSY_SECONDS = 10
CONNECT_SECONDS = 5
POOL_SIZE = 10

_WRITES = "onehall_writes"
_TURN = "onehall_turn"
_SQLITE_LOGIC_ERRORS = {1, 18, 19, 20, 25}  # a mistake in a statement or its values: ours, not the database's
_DEAD_SQLSTATE_CLASSES = {"08", "28", "3D", "53", "57", "58"}  # no connection, sign-in, database, room; stopped
_BUSY_SQLSTATES = {"40001", "40P01", "55P03"}  # overtaken, a deadlock's victim, locked for too long: nothing was kept


class DatabaseFault(Exception):  # noqa: N818  a fault, like BssFault
    """The database gave no answer: refused, gone, full, locked for too long. Nothing of the transaction was kept."""


def open_database(url: str) -> AsyncEngine:
    """An engine for ``sqlite:///path`` or ``postgresql://…``; connects at first use and belongs to one event loop.

    Raises ValueError for another kind of address. What it executes raises DatabaseFault where the database is dead,
    and SQLAlchemy's own errors where a statement is wrong. ``await engine.dispose()`` when done.
    """
    address = _with_driver(make_url(url))
    engine = _open_sqlite(address) if address.get_backend_name() == "sqlite" else _open_postgresql(address)
    event.listen(engine.sync_engine, "do_connect", _connect)
    event.listen(engine.sync_engine, "handle_error", _name_the_fault, retval=True)
    return engine


@asynccontextmanager
async def write(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A short write transaction: committed at the end of the block, undone by an exception. Never nest two.

    On SQLite it begins IMMEDIATE, and the writers of one process take turns, so that none is starved by another's
    busy-waiting. Raises DatabaseFault.
    """
    turn: asyncio.Lock | None = engine.sync_engine.get_execution_options().get(_TURN)
    if turn is None:
        async with _begun(engine) as connection:
            yield connection
        return
    try:
        async with asyncio.timeout(BUSY_SECONDS):
            await turn.acquire()
    except TimeoutError as error:
        raise DatabaseFault(f"another write has held the database for {BUSY_SECONDS} s") from error
    try:
        async with _begun(engine) as connection:
            yield connection
    finally:
        turn.release()


@asynccontextmanager
async def read(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection for reading (on SQLite: one consistent view of the database). Raises DatabaseFault."""
    try:
        async with engine.connect() as connection:
            yield connection
    except PoolTimeout as error:
        raise DatabaseFault("every connection to the database is taken") from error


def insert_into(table: Table, connection: AsyncConnection | Connection) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say ``on_conflict_do_update`` in the dialect of this connection."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        async with engine.execution_options(**{_WRITES: True}).begin() as connection:
            yield connection
    except PoolTimeout as error:
        raise DatabaseFault("every connection to the database is taken") from error


def _with_driver(url: URL) -> URL:
    backend = url.get_backend_name()
    if backend not in DRIVERS:
        raise ValueError(f"the database's address must start with postgresql:// or sqlite:///, not {backend}://")
    return url.set(drivername=DRIVERS[backend])


def _open_postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "server_settings": {"application_name": "onehall", "lock_timeout": f"{BUSY_SECONDS}s"},
        },
    )


def _open_sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=CONNECT_SECONDS,
        hide_parameters=True,  # an error's text may be logged, and the values are people's
        execution_options={_TURN: asyncio.Lock()},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own class
    connection.isolation_level = None  # the driver must not begin on its own: see _begin_sqlite
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
    except Exception:
        connection.close()  # nobody else would: its thread would outlive the event loop
        raise
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that first reads and then writes fails at once if another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITES) else "BEGIN")


def _connect(dialect: Any, _record: object, arguments: Any, settings: Any) -> Any:  # noqa: ANN401  SQLAlchemy's own
    try:
        if dialect.name == "sqlite":  # aiosqlite leaves a thread behind where it can't open the file
            sqlite3.connect(*arguments, **settings).close()
        return dialect.connect(*arguments, **settings)
    except sqlite3.Error as error:
        raise DatabaseFault(f"the database can't be opened: {error}") from error
    except (OSError, TimeoutError) as error:  # asyncpg lets the socket's errors through as they are
        raise DatabaseFault(f"the database can't be reached: {error or 'it did not answer in time'}") from error


def _name_the_fault(context: ExceptionContext) -> BaseException | None:
    error = context.original_exception
    if not isinstance(error, Exception):
        return None  # a cancellation breaks the connection too, but it is no fault: it has to arrive as what it is
    code = getattr(error, "sqlite_errorcode", None)
    state = getattr(error, "sqlstate", None) or ""
    dead = code is not None and code & 0xFF not in _SQLITE_LOGIC_ERRORS
    if dead or context.is_disconnect or state[:2] in _DEAD_SQLSTATE_CLASSES or state in _BUSY_SQLSTATES:
        return DatabaseFault(f"the database failed: {error}")
    return None
