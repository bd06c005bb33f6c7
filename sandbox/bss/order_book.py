"""Where are orders, and what was done about them, kept?"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

OrderDeedKind = Literal["cancel", "fail", "partial", "hold", "release"]

TABLES = """
CREATE TABLE IF NOT EXISTS product_order (
    serial INTEGER PRIMARY KEY, portfolio INTEGER NOT NULL, line_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
    reference TEXT UNIQUE, request TEXT NOT NULL, facts TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0,
    is_over INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX IF NOT EXISTS product_order_by_portfolio ON product_order (portfolio, serial);
CREATE INDEX IF NOT EXISTS product_order_under_way ON product_order (serial) WHERE is_over = 0;
CREATE TABLE IF NOT EXISTS product_order_deed (
    id INTEGER PRIMARY KEY, serial INTEGER NOT NULL REFERENCES product_order, at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS product_order_deed_by_order ON product_order_deed (serial, id);
CREATE TABLE IF NOT EXISTS qualification (
    serial INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, answer TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class OrderDeed:
    """What somebody did to an order, with a reason: a code, or a customer's words."""

    at_ms: int
    kind: OrderDeedKind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """What was ordered; ``serial`` 0 until it is stored. ``facts`` are what the change was found to be when it was
    ordered, ``told`` how many of its states were announced, ``deeds`` what was done to it, in order of time."""

    serial: int
    portfolio: int
    line_id: str
    at_ms: int
    reference: str | None
    request: dict[str, Any]
    facts: dict[str, Any]
    told: int = 0
    deeds: tuple[OrderDeed, ...] = ()

    @property
    def id(self) -> str:
        """``O000001-7``."""
        return f"O{self.portfolio:06}-{self.serial}"

    @property
    def known_as(self) -> str:
        """Its owner's reference, else its id."""
        return self.reference or self.id


class OrderBook:
    """The orders' part of the sandbox's database. Every write is its own transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.executescript(TABLES)
        rows = self._database.execute("SELECT DISTINCT portfolio FROM product_order")
        self._kept: dict[int, list[StoredOrder] | None] = {portfolio: None for (portfolio,) in rows}

    def place(self, order: StoredOrder, *, also: Sequence[tuple[int, OrderDeed]] = ()) -> StoredOrder:
        """Keeps an order and gives it its serial, together with what it does to others. A reference makes one order: if
        it is there, that comes back and nothing is done."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            standing = self.find_by_reference(order.reference) if order.reference else None
            if standing is not None:
                return standing
            row = self._database.execute(
                "INSERT INTO product_order (portfolio, line_id, at_ms, reference, request, facts)"
                " VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
                (
                    order.portfolio,
                    order.line_id,
                    order.at_ms,
                    order.reference,
                    json.dumps(order.request, ensure_ascii=False),
                    json.dumps(order.facts, ensure_ascii=False),
                ),
            ).fetchone()
            for serial, deed in also:
                self._add_deed(serial, deed)
        self._kept[order.portfolio] = None
        return self._stored(row)

    def find(self, serial: int) -> StoredOrder | None:
        """The order of a serial."""
        row = self._database.execute("SELECT * FROM product_order WHERE serial = ?", (serial,)).fetchone()
        return self._stored(row) if row else None

    def find_by_reference(self, reference: str) -> StoredOrder | None:
        """The order that was placed with a reference."""
        row = self._database.execute("SELECT * FROM product_order WHERE reference = ?", (reference,)).fetchone()
        return self._stored(row) if row else None

    def of_portfolio(self, portfolio: int) -> list[StoredOrder]:
        """A portfolio's orders, the oldest first. Nobody may change the list."""
        if portfolio not in self._kept:
            return []
        kept = self._kept[portfolio]
        if kept is None:
            rows = self._database.execute(
                "SELECT * FROM product_order WHERE portfolio = ? ORDER BY serial", (portfolio,)
            )
            kept = self._kept[portfolio] = [self._stored(row) for row in rows.fetchall()]
        return kept

    def all(self) -> list[StoredOrder]:
        """Everybody's orders, the oldest first."""
        rows = self._database.execute("SELECT * FROM product_order ORDER BY serial").fetchall()
        return [self._stored(row) for row in rows]

    def of_action(self, action: str) -> list[StoredOrder]:
        """Everybody's orders of an action, the oldest first."""
        rows = self._database.execute(
            "SELECT * FROM product_order WHERE json_extract(facts, '$.action') = ? ORDER BY serial", (action,)
        )
        return [self._stored(row) for row in rows.fetchall()]

    def under_way(self) -> list[StoredOrder]:
        """Those of which there may still be something to announce, the oldest first."""
        rows = self._database.execute("SELECT * FROM product_order WHERE is_over = 0 ORDER BY serial").fetchall()
        return [self._stored(row) for row in rows]

    def add_deed(self, order: StoredOrder, deed: OrderDeed) -> StoredOrder:
        """Keeps what someone did to an order: there is something to announce again."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._add_deed(order.serial, deed)
        self._kept[order.portfolio] = None
        return replace(order, deeds=(*order.deeds, deed))

    def note_told(self, order: StoredOrder, told: int, *, is_over: bool) -> None:
        """Keeps how many states of an order were announced, and whether those were all there will be."""
        self._database.execute(
            "UPDATE product_order SET told = ?, is_over = ? WHERE serial = ?", (told, is_over, order.serial)
        )
        self._kept[order.portfolio] = None

    def remember(self, at_ms: int, answer: dict[str, Any]) -> int:
        """Keeps the answer to a qualification, without its id. The serial that makes the id."""
        row = self._database.execute(
            "INSERT INTO qualification (at_ms, answer) VALUES (?, ?) RETURNING serial",
            (at_ms, json.dumps(answer, ensure_ascii=False)),
        ).fetchone()
        serial: int = row[0]
        return serial

    def remembered(self) -> list[tuple[int, int, dict[str, Any]]]:
        """Every qualification (serial, instant, answer), the oldest first."""
        rows = self._database.execute("SELECT serial, at_ms, answer FROM qualification ORDER BY serial").fetchall()
        return [(serial, at_ms, json.loads(answer)) for serial, at_ms, answer in rows]

    def find_remembered(self, serial: int) -> tuple[int, int, dict[str, Any]] | None:
        """The qualification of a serial."""
        row = self._database.execute(
            "SELECT serial, at_ms, answer FROM qualification WHERE serial = ?", (serial,)
        ).fetchone()
        return (row[0], row[1], json.loads(row[2])) if row else None

    def _add_deed(self, serial: int, deed: OrderDeed) -> None:
        self._database.execute(
            "INSERT INTO product_order_deed (serial, at_ms, kind, reason) VALUES (?, ?, ?, ?)",
            (serial, deed.at_ms, deed.kind, deed.reason),
        )
        self._database.execute("UPDATE product_order SET is_over = 0 WHERE serial = ?", (serial,))

    def _stored(self, row: tuple[int, int, str, int, str | None, str, str, int, int]) -> StoredOrder:
        serial, portfolio, line_id, at_ms, reference, request, facts, told, _ = row
        deeds = self._database.execute(
            "SELECT at_ms, kind, reason FROM product_order_deed WHERE serial = ? ORDER BY id", (serial,)
        ).fetchall()
        told_of = tuple(OrderDeed(*deed) for deed in deeds)
        return StoredOrder(
            serial, portfolio, line_id, at_ms, reference, json.loads(request), json.loads(facts), told, told_of
        )
