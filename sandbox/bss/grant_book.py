"""Which money was granted by somebody's reference, and what of it was taken back?"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.bss.money_book import MoneyBook, MoneyDeed
from sandbox.bss.pot import Pot

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS money_granted (
    serial INTEGER PRIMARY KEY REFERENCES money_move, account_id TEXT NOT NULL, releases TEXT NOT NULL,
    usable_for TEXT NOT NULL, valid_until_ms INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS money_granted_by_account ON money_granted (account_id, serial);
CREATE TABLE IF NOT EXISTS money_ungranted (
    serial INTEGER NOT NULL REFERENCES money_move, granted INTEGER NOT NULL REFERENCES money_granted,
    place INTEGER NOT NULL, amount_li INTEGER NOT NULL, PRIMARY KEY (serial, place)) STRICT;
CREATE INDEX IF NOT EXISTS money_ungranted_by_granted ON money_ungranted (granted);
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What granted money is good for: how much from when (``releases``, in order of time), on which subjects (none:
    all), and until when."""

    releases: tuple[tuple[int, int], ...]
    usable_for: tuple[str, ...]
    valid_until_ms: int


class GrantBook:
    """Granted money's part of the sandbox's database. The deeds are money's (``MoneyBook``): a key does one of them."""

    def __init__(self, database: sqlite3.Connection, money: MoneyBook) -> None:
        self._database = database
        self._money = money
        self._database.executescript(_TABLES)
        rows = self._database.execute("SELECT DISTINCT account_id FROM money_granted")
        self._accounts: set[str] = {account_id for (account_id,) in rows}  # few have any, and all are asked

    def grant(self, deed: MoneyDeed, terms: Terms) -> MoneyDeed:
        """Keeps what is granted, and the deed, or answers the one of its key: both or neither."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            kept = self._money.add(deed)
            self._database.execute(
                "INSERT INTO money_granted VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    kept.serial,
                    kept.account_id,
                    json.dumps(terms.releases),
                    json.dumps(terms.usable_for),
                    terms.valid_until_ms,
                ),
            )
        self._accounts.add(kept.account_id)
        return kept

    def take(self, deed: MoneyDeed, granted: int, parts: Mapping[int, int]) -> MoneyDeed:
        """Keeps what was taken of which release (by its place) of what was granted as a serial, together with the
        deed."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            kept = self._money.add(deed)
            self._database.executemany(
                "INSERT INTO money_ungranted VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [(kept.serial, granted, place, amount_li) for place, amount_li in parts.items()],
            )
        return kept

    def pot(self, serial: int, at_ms: int) -> Pot | None:
        """What was granted as a serial, less what was taken back by an instant; it keeps every place."""
        row = self._database.execute(
            "SELECT releases, usable_for, valid_until_ms, at_ms FROM money_granted JOIN money_move USING (serial)"
            " WHERE serial = ?",
            (serial,),
        ).fetchone()
        if row is None:
            return None
        releases, usable_for, until_ms, since_ms = row
        taken = self._taken(serial, at_ms)
        left = tuple((day_ms, li - taken.get(place, 0)) for place, (day_ms, li) in enumerate(json.loads(releases)))
        name = pot_name(left, since_ms)
        amount_li = sum(part_li for _, part_li in left)
        return Pot(name, amount_li, until_ms, since_ms, tuple(json.loads(usable_for)), key=_key(serial), releases=left)

    def of_account(self, account_id: str, at_ms: int) -> tuple[Pot, ...]:
        """What an account was granted, less what was taken back by an instant, the oldest first."""
        if account_id not in self._accounts:
            return ()
        rows = self._database.execute(
            "SELECT serial FROM money_granted WHERE account_id = ? ORDER BY serial", (account_id,)
        ).fetchall()
        return tuple(pot for (serial,) in rows if (pot := self.pot(serial, at_ms)))

    def granted_of(self, deed: MoneyDeed) -> int:
        """Of which grant a deed is: its own serial, or that of the pot that it names."""
        if deed.kind == "grant":
            return deed.serial
        serial = serial_of(str(deed.request["bucket"]["id"]))
        if serial is None:
            raise LookupError(deed.serial)
        return serial

    def _taken(self, serial: int, at_ms: int) -> dict[int, int]:
        rows = self._database.execute(
            "SELECT place, sum(taken.amount_li) FROM money_ungranted AS taken JOIN money_move USING (serial)"
            " WHERE granted = ? AND at_ms <= ? GROUP BY place",
            (serial, at_ms),
        )
        return dict(rows.fetchall())


def pot_name(releases: tuple[tuple[int, int], ...], granted_ms: int) -> Literal["granted", "frozen"]:
    """Money that can be spent at once is granted, any other is frozen until its days."""
    return "granted" if len(releases) == 1 and releases[0][0] <= granted_ms else "frozen"


def serial_of(bucket_id: str) -> int | None:
    """The serial in a pot's id (``M000001-r7``)."""
    digits = bucket_id.partition("-")[2].removeprefix(_LETTER)
    known = bucket_id.partition("-")[2].startswith(_LETTER) and digits.isascii() and digits.isdigit()
    return int(digits) if known and len(digits) < _LONGEST else None


def _key(serial: int) -> str:
    return f"{_LETTER}{serial}"


_LETTER: Final = "r"
_LONGEST: Final = 18
