"""Which money came and went by someone's deed, and where is it kept?"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

Kind = Literal["topup", "voucher", "adjust", "transfer", "grant", "ungrant"]

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS money_move (
    serial INTEGER PRIMARY KEY, kind TEXT NOT NULL, account_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
    amount_li INTEGER NOT NULL, key TEXT UNIQUE, request TEXT NOT NULL, receiver_id TEXT NOT NULL,
    arrears_li INTEGER NOT NULL, card TEXT UNIQUE, reference TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS money_move_by_account ON money_move (account_id, at_ms);
CREATE INDEX IF NOT EXISTS money_move_by_receiver ON money_move (receiver_id, at_ms) WHERE receiver_id != '';
CREATE INDEX IF NOT EXISTS money_move_by_reference ON money_move (reference);
"""
_FORMER_TOPUPS: Final = """
INSERT INTO money_move (kind, account_id, at_ms, amount_li, key, request, receiver_id, arrears_li, reference)
    SELECT 'topup', account_id, at_ms, amount_li, key, request, '', 0, '' FROM topup ORDER BY id;
DROP TABLE topup;
"""


class Move(NamedTuple):
    """Own money that came to an account (or went, below 0) at an instant."""

    at_ms: int
    amount_li: int


@dataclass(frozen=True, slots=True)
class MoneyDeed:
    """A deed with the request that asked for it; ``serial`` 0 until it is stored. ``amount_li`` is above 0, and below
    it for an adjustment that takes money out. ``receiver_id`` is whom a transfer goes to, ``arrears_li`` what of it
    settled what was past due, ``card`` the voucher. What is granted, and taken back of it (below 0, or nothing), is
    never own money."""

    serial: int
    kind: Kind
    account_id: str
    at_ms: int
    amount_li: int
    key: str | None
    request: dict[str, Any]
    receiver_id: str = ""
    arrears_li: int = 0
    card: str | None = None

    @property
    def reference(self) -> str:
        """What whoever asked calls it."""
        return str(self.request.get("description", ""))


class CardUsedError(Exception):
    """Somebody was faster with this card."""


class MoneyBook:
    """Money's part of the sandbox's database. Every write is its own transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.executescript(_TABLES)
        if self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'topup'").fetchone():
            self._database.executescript(f"BEGIN; {_FORMER_TOPUPS} COMMIT;")

    def add(self, deed: MoneyDeed) -> MoneyDeed:
        """Keeps a deed and gives it its serial. A key does one deed: if it is there, that one comes back. Raises
        CardUsedError."""
        try:
            row = self._database.execute(
                "INSERT INTO money_move (kind, account_id, at_ms, amount_li, key, request, receiver_id, arrears_li,"
                " card, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING *",
                (
                    deed.kind,
                    deed.account_id,
                    deed.at_ms,
                    deed.amount_li,
                    deed.key,
                    json.dumps(deed.request, ensure_ascii=False),
                    deed.receiver_id,
                    deed.arrears_li,
                    deed.card,
                    deed.reference,
                ),
            ).fetchone()
        except sqlite3.IntegrityError as error:
            raise CardUsedError from error
        return _stored(row)

    def find(self, serial: int) -> MoneyDeed | None:
        """The deed of a serial."""
        row = self._database.execute("SELECT * FROM money_move WHERE serial = ?", (serial,)).fetchone()
        return _stored(row) if row else None

    def find_by_key(self, key: str) -> MoneyDeed | None:
        """What was done for an Idempotency-Key."""
        row = self._database.execute("SELECT * FROM money_move WHERE key = ?", (key,)).fetchone()
        return _stored(row) if row else None

    def find_by_card(self, card: str) -> MoneyDeed | None:
        """What a voucher was used for."""
        row = self._database.execute("SELECT * FROM money_move WHERE card = ?", (card,)).fetchone()
        return _stored(row) if row else None

    def moves(self, account_id: str) -> list[Move]:
        """What came to an account's own money and what went, in order of time."""
        rows = self._database.execute(
            "SELECT at_ms, CASE WHEN kind = 'transfer' THEN -amount_li ELSE amount_li END, serial FROM money_move"
            " WHERE account_id = ?1 AND kind NOT IN ('grant', 'ungrant')"
            " UNION ALL SELECT at_ms, amount_li, serial FROM money_move WHERE receiver_id = ?1"
            " ORDER BY 1, 3",
            (account_id,),
        )
        return [Move(at_ms, amount_li) for at_ms, amount_li, _ in rows]

    def by_reference(self, reference: str) -> list[MoneyDeed]:
        """What was asked for under a reference, the oldest first."""
        rows = self._database.execute("SELECT * FROM money_move WHERE reference = ? ORDER BY serial", (reference,))
        return [_stored(row) for row in rows]

    def of_kinds(self, *kinds: Kind) -> list[MoneyDeed]:
        """Every deed of these kinds, the oldest first."""
        places = ", ".join("?" * len(kinds))
        rows = self._database.execute(f"SELECT * FROM money_move WHERE kind IN ({places}) ORDER BY serial", kinds)  # noqa: S608  only ? in it
        return [_stored(row) for row in rows]


def _stored(row: tuple[int, Kind, str, int, int, str | None, str, str, int, str | None, str]) -> MoneyDeed:
    serial, kind, account_id, at_ms, amount_li, key, request, receiver_id, arrears_li, card, _ = row
    return MoneyDeed(
        serial, kind, account_id, at_ms, amount_li, key, json.loads(request), receiver_id, arrears_li, card
    )
