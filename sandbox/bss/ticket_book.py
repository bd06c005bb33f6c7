"""Where are customers' questions and what was done about them kept?"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS ticket (
    serial INTEGER PRIMARY KEY, account_id TEXT NOT NULL, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
    reference TEXT UNIQUE, request TEXT NOT NULL, facts TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0,
    is_over INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX IF NOT EXISTS ticket_by_account ON ticket (account_id, at_ms);
CREATE INDEX IF NOT EXISTS ticket_under_way ON ticket (serial) WHERE is_over = 0;
CREATE TABLE IF NOT EXISTS ticket_deed (
    id INTEGER PRIMARY KEY, serial INTEGER NOT NULL REFERENCES ticket, at_ms INTEGER NOT NULL, status TEXT,
    note TEXT, author TEXT NOT NULL, credit_li INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS ticket_deed_by_ticket ON ticket_deed (serial, at_ms);
"""


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """What a customer asked for; ``serial`` 0 until it is stored. ``facts`` are what the operator knew of it then,
    ``told`` how many of its changes were announced."""

    serial: int
    account_id: str
    at_ms: int
    kind: str
    reference: str | None
    request: dict[str, Any]
    facts: dict[str, Any]
    told: int = 0


@dataclass(frozen=True, slots=True)
class TicketDeed:
    """What someone did to a ticket: a new status, a note, or both; ``credit_li`` is what is given back."""

    at_ms: int
    status: str | None
    note: str | None
    author: str
    credit_li: int = 0


class TicketBook:
    """The tickets' part of the sandbox's database. Every write is its own transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.executescript(TABLES)
        rows = self._database.execute("SELECT DISTINCT account_id FROM ticket")
        self._accounts: set[str] = {account_id for (account_id,) in rows}  # few have any, and all are asked

    def open(self, ticket: StoredTicket) -> StoredTicket:
        """Keeps a ticket and gives it its serial. A reference makes one ticket: if it is there, that comes back."""
        row = self._database.execute(
            "INSERT INTO ticket (account_id, at_ms, kind, reference, request, facts) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (reference) DO UPDATE SET reference = excluded.reference RETURNING *",
            (
                ticket.account_id,
                ticket.at_ms,
                ticket.kind,
                ticket.reference,
                json.dumps(ticket.request, ensure_ascii=False),
                json.dumps(ticket.facts, ensure_ascii=False),
            ),
        ).fetchone()
        self._accounts.add(row[1])
        return _stored(row)

    def find(self, serial: int) -> StoredTicket | None:
        """The ticket of a serial."""
        row = self._database.execute("SELECT * FROM ticket WHERE serial = ?", (serial,)).fetchone()
        return _stored(row) if row else None

    def find_by_reference(self, reference: str) -> StoredTicket | None:
        """The ticket that was asked for with a reference."""
        row = self._database.execute("SELECT * FROM ticket WHERE reference = ?", (reference,)).fetchone()
        return _stored(row) if row else None

    def of_account(self, account_id: str) -> list[StoredTicket]:
        """An account's tickets, the oldest first."""
        if account_id not in self._accounts:
            return []
        rows = self._database.execute("SELECT * FROM ticket WHERE account_id = ? ORDER BY at_ms, serial", (account_id,))
        return [_stored(row) for row in rows]

    def all(self) -> list[StoredTicket]:
        """Everybody's tickets, the oldest first."""
        return [_stored(row) for row in self._database.execute("SELECT * FROM ticket ORDER BY at_ms, serial")]

    def under_way(self) -> list[StoredTicket]:
        """Those of which there may still be something to announce, the oldest first."""
        rows = self._database.execute("SELECT * FROM ticket WHERE is_over = 0 ORDER BY serial")
        return [_stored(row) for row in rows]

    def add_deed(self, serial: int, deed: TicketDeed) -> None:
        """Keeps what someone did to a ticket: there is something to announce again."""
        self._database.execute(
            "INSERT INTO ticket_deed (serial, at_ms, status, note, author, credit_li) VALUES (?, ?, ?, ?, ?, ?)",
            (serial, deed.at_ms, deed.status, deed.note, deed.author, deed.credit_li),
        )
        self._database.execute("UPDATE ticket SET is_over = 0 WHERE serial = ?", (serial,))

    def deeds(self, serial: int) -> list[TicketDeed]:
        """What was done to a ticket, in order of time."""
        rows = self._database.execute(
            "SELECT at_ms, status, note, author, credit_li FROM ticket_deed WHERE serial = ? ORDER BY at_ms, id",
            (serial,),
        )
        return [TicketDeed(*row) for row in rows]

    def note_told(self, serial: int, told: int, *, is_over: bool) -> None:
        """Keeps how many changes of a ticket were announced, and whether those were all there will be."""
        self._database.execute("UPDATE ticket SET told = ?, is_over = ? WHERE serial = ?", (told, is_over, serial))


def _stored(row: tuple[int, str, int, str, str | None, str, str, int, int]) -> StoredTicket:
    serial, account_id, at_ms, kind, reference, request, facts, told, _ = row
    return StoredTicket(serial, account_id, at_ms, kind, reference, json.loads(request), json.loads(facts), told)
