"""Which notices are under way to the merchant, and where are they kept?"""

import sqlite3
from dataclasses import dataclass
from typing import Final

TABLES: Final = """
CREATE TABLE IF NOT EXISTS pay_notice (
    serial INTEGER PRIMARY KEY, address TEXT NOT NULL, body TEXT NOT NULL, due_real_ms INTEGER NOT NULL,
    is_forged INTEGER NOT NULL, times INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX IF NOT EXISTS pay_notice_due ON pay_notice (due_real_ms) WHERE times > 0;
"""
_COLUMNS: Final = "serial, address, body, due_real_ms, is_forged, times, sent, failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is to be taken ``times`` more. ``sent`` counts all tries, ``failed`` those in vain."""

    serial: int
    address: str
    body: str
    due_real_ms: int
    is_forged: bool
    times: int
    sent: int = 0
    failed: int = 0


class NoticeBook:
    """The notices' part of the sandbox's database. Every write is its own transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.executescript(TABLES)

    def add(self, notice: Notice) -> None:
        """Puts a notice on its way."""
        self._database.execute(
            "INSERT INTO pay_notice (address, body, due_real_ms, is_forged, times) VALUES (?, ?, ?, ?, ?)",
            (notice.address, notice.body, notice.due_real_ms, notice.is_forged, notice.times),
        )

    def due(self, real_ms: int) -> list[Notice]:
        """Those to be sent now, the one that waits longest first."""
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM pay_notice WHERE times > 0 AND due_real_ms <= ? ORDER BY due_real_ms, serial"  # noqa: S608  a constant
            " LIMIT 1000",
            (real_ms,),
        )
        return [_notice(row) for row in rows]

    def latest(self, most: int) -> list[Notice]:
        """The last so many notices, the oldest first."""
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM pay_notice"  # noqa: S608  a constant
            " WHERE serial > (SELECT coalesce(max(serial), 0) FROM pay_notice) - ? ORDER BY serial",
            (most,),
        )
        return [_notice(row) for row in rows]

    def note_taken(self, serial: int) -> None:
        """The merchant has it."""
        self._database.execute("UPDATE pay_notice SET sent = sent + 1, times = times - 1 WHERE serial = ?", (serial,))

    def note_failed(self, serial: int, *, next_real_ms: int, most_tries: int) -> None:
        """It comes again then, unless it came in vain too often."""
        self._database.execute(
            "UPDATE pay_notice SET sent = sent + 1, failed = failed + 1, due_real_ms = ?,"
            " times = CASE WHEN failed + 1 >= ? THEN 0 ELSE times END WHERE serial = ?",
            (next_real_ms, most_tries, serial),
        )


def _notice(row: tuple[int, str, str, int, int, int, int, int]) -> Notice:
    serial, address, body, due_real_ms, is_forged, times, sent, failed = row
    return Notice(serial, address, body, due_real_ms, bool(is_forged), times, sent, failed)
