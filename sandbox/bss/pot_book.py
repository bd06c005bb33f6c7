"""Which money was granted since the world was made, and where is it kept?"""

import json
import sqlite3
from typing import Final

from sandbox.bss.pot import Pot

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS gift (
    serial INTEGER PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, amount_li INTEGER NOT NULL,
    valid_until_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL, usable_for TEXT NOT NULL,
    monthly_li INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS gift_by_account ON gift (account_id);
"""


class PotBook:
    """The gifts' part of the sandbox's database. Every write is its own transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.executescript(_TABLES)
        rows = self._database.execute("SELECT DISTINCT account_id FROM gift")
        self._accounts: set[str] = {account_id for (account_id,) in rows}  # few have any, and all are asked

    def add(self, account_id: str, pot: Pot) -> None:
        """An account is granted something."""
        self._database.execute(
            "INSERT INTO gift (account_id, name, amount_li, valid_until_ms, since_ms, usable_for, monthly_li)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                account_id,
                pot.name,
                pot.amount_li,
                pot.valid_until_ms,
                pot.since_ms,
                json.dumps(pot.usable_for),
                pot.monthly_li,
            ),
        )
        self._accounts.add(account_id)

    def of_account(self, account_id: str) -> tuple[Pot, ...]:
        """What an account was granted, the oldest first."""
        if account_id not in self._accounts:
            return ()
        rows = self._database.execute(
            "SELECT name, amount_li, valid_until_ms, since_ms, usable_for, monthly_li, serial FROM gift"
            " WHERE account_id = ? ORDER BY serial",
            (account_id,),
        )
        return tuple(
            Pot(name, amount_li, until_ms, since_ms, tuple(json.loads(usable_for)), monthly_li, f"gift{serial}")
            for name, amount_li, until_ms, since_ms, usable_for, monthly_li, serial in rows
        )
