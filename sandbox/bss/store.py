"""What happened since the world was made, and where is it kept?"""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sandbox.bss.grant_book import GrantBook
from sandbox.bss.money_book import MoneyBook
from sandbox.bss.order_book import OrderBook
from sandbox.bss.pot_book import PotBook
from sandbox.bss.ticket_book import TicketBook
from sandbox.bss.usage import Use

_TABLES = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS live_use (
    id INTEGER PRIMARY KEY, portfolio INTEGER NOT NULL, at_ms INTEGER NOT NULL, use TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS live_use_by_portfolio ON live_use (portfolio, at_ms);
CREATE TABLE IF NOT EXISTS line_change (
    id INTEGER PRIMARY KEY, line_id TEXT NOT NULL, at_ms INTEGER NOT NULL, what TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS recycling (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL, former_line_id TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS subscription (
    id TEXT PRIMARY KEY, api TEXT NOT NULL, callback TEXT NOT NULL, query TEXT NOT NULL,
    UNIQUE (api, callback, query)) STRICT;
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY, subscription_id TEXT NOT NULL REFERENCES subscription ON DELETE CASCADE,
    listener TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS delivery_by_subscription ON delivery (subscription_id, id);
"""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Someone who listens to the events of one API (``usageManagement``)."""

    id: str
    api: str
    callback: str
    query: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to one subscriber; ``listener`` is the name of the resource to post to."""

    id: int
    listener: str
    body: str


class Store:
    """The sandbox's own database (SQLite). Every write is its own transaction."""

    def __init__(self, path: Path | None) -> None:
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;")
        self._database.executescript(_TABLES)
        self.tickets = TicketBook(self._database)
        self.money = MoneyBook(self._database)
        self.gifts = PotBook(self._database)
        self.grants = GrantBook(self._database, self.money)
        self.orders = OrderBook(self._database)

    @property
    def database(self) -> sqlite3.Connection:
        """For those who keep a book of their own in it."""
        return self._database

    def close(self) -> None:
        """Closes the database."""
        self._database.close()

    def settings(self) -> dict[str, str]:
        """What was remembered by ``remember``."""
        return dict(self._database.execute("SELECT name, value FROM setting"))

    def remember(self, **settings: str | int) -> None:
        """Keeps settings by name."""
        self._database.executemany(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            [(name, str(value)) for name, value in settings.items()],
        )

    def add_use(self, portfolio: int, use: Use) -> Use:
        """Keeps a use that happened and gives it its id."""
        kept = json.dumps(use[1:], ensure_ascii=False)
        row = self._database.execute(
            "INSERT INTO live_use (portfolio, at_ms, use) VALUES (?, ?, ?)", (portfolio, use.at_ms, kept)
        )
        return use._replace(id=_use_id(use.line_id, row.lastrowid))

    def uses(self, portfolio: int, start_ms: int, end_ms: int) -> list[Use]:
        """The uses of a portfolio in a span, in order of time."""
        rows = self._database.execute(
            "SELECT id, use FROM live_use WHERE portfolio = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, id",
            (portfolio, start_ms, end_ms),
        )
        return [_stored_use(id_, use) for id_, use in rows]

    def add_line_change(self, line_id: str, at_ms: int, what: str) -> None:
        """Keeps what was done to a line."""
        self._database.execute(
            "INSERT INTO line_change (line_id, at_ms, what) VALUES (?, ?, ?)", (line_id, at_ms, what)
        )

    def line_changes(self) -> list[tuple[str, int, str]]:
        """Everything that was done to lines (line, instant, what), the oldest first."""
        return self._database.execute("SELECT line_id, at_ms, what FROM line_change ORDER BY at_ms, id").fetchall()

    def add_recycling(self, number: str, former_line_id: str, at_ms: int) -> None:
        """Keeps that a number passed on."""
        self._database.execute(
            "INSERT INTO recycling (number, former_line_id, at_ms) VALUES (?, ?, ?)", (number, former_line_id, at_ms)
        )

    def recyclings(self) -> list[tuple[str, str, int]]:
        """Every number that passed on (number, former line, instant), in order."""
        return self._database.execute("SELECT number, former_line_id, at_ms FROM recycling ORDER BY id").fetchall()

    def subscribe(self, subscription: Subscription) -> Subscription:
        """Keeps a subscription; the same wish again gives the one that is there."""
        row = self._database.execute(
            "INSERT INTO subscription VALUES (?, ?, ?, ?)"
            " ON CONFLICT (api, callback, query) DO UPDATE SET query = excluded.query RETURNING id",
            (subscription.id, subscription.api, subscription.callback, subscription.query),
        ).fetchone()
        return Subscription(row[0], subscription.api, subscription.callback, subscription.query)

    def unsubscribe(self, api: str, id_: str) -> bool:
        """Forgets a subscription and what was under way to it; False if there was none."""
        return self._database.execute("DELETE FROM subscription WHERE id = ? AND api = ?", (id_, api)).rowcount == 1

    def subscriptions(self) -> list[Subscription]:
        """Everyone who listens."""
        return [
            Subscription(*row) for row in self._database.execute("SELECT id, api, callback, query FROM subscription")
        ]

    def queue(self, deliveries: list[tuple[str, str, str]], **progress: int) -> None:
        """Puts events (subscription, listener, body) on their way and remembers with them how far their teller is:
        both or neither."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.executemany(
                "INSERT INTO delivery (subscription_id, listener, body) VALUES (?, ?, ?)", deliveries
            )
            if progress:
                self.remember(**progress)
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def next_deliveries(self, subscription_id: str, limit: int = 100) -> list[Delivery]:
        """What a subscriber is to get next, in order."""
        rows = self._database.execute(
            "SELECT id, listener, body FROM delivery WHERE subscription_id = ? ORDER BY id LIMIT ?",
            (subscription_id, limit),
        )
        return [Delivery(*row) for row in rows]

    def delivered(self, delivery_id: int) -> None:
        """Forgets an event that has arrived."""
        self._database.execute("DELETE FROM delivery WHERE id = ?", (delivery_id,))


def _stored_use(id_: int, kept: str) -> Use:
    line_id, *rest = json.loads(kept)
    return Use(_use_id(line_id, id_), line_id, *rest)


def _use_id(line_id: str, serial: int | None) -> str:
    return f"U{line_id[1:]}-live-{serial}"
