"""What happened that may earn something, and who decides about it now?"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow
from typing import Any, Final

from sqlalchemy import Table, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import happening
from loyalty.campaigns.needs import Bureau, GrantRules
from loyalty.needs import insert_new
from loyalty.rules.effects import ONE_BILLION
from loyalty.rules.facts import HappeningKind
from loyalty.tables import to_us

HAPPENING_CHARACTERS: Final = 160


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that may earn a reward. ``id`` is the event's own name (``recharge:<id>``), the same whenever it is
    told; ``channel`` the code of the channel that it came through, ``offering`` what was ordered. Nothing in it is a
    person's."""

    id: str
    kind: HappeningKind
    line_id: str
    account_id: str
    at: datetime
    amount_fen: int = 0
    channel: str = ""
    offering: str | None = None
    chosen: tuple[tuple[str, str], ...] = ()
    """Gifts that were chosen beforehand: campaign and reward."""


async def note_happening(connection: AsyncConnection, noted: Happening) -> bool:
    """Writes it in the caller's transaction, which is the event's own; False where it was written before.

    The number for lotteries is drawn here, before anybody can know what would be decided with it.
    """
    if not 0 < len(noted.id) <= HAPPENING_CHARACTERS or noted.amount_fen < 0:
        raise ValueError("a happening has the event's own name, and no amount below nothing")
    facts = {"channel": noted.channel, "offering": noted.offering, "chosen": dict(noted.chosen)}
    row = {
        "id": noted.id,
        "kind": noted.kind.value,
        "line_id": noted.line_id,
        "account_id": noted.account_id,
        "amount_fen": noted.amount_fen,
        "facts": json.dumps(facts),
        "at_us": to_us(noted.at),
        "draw": randbelow(ONE_BILLION),
        "back_parts": 0,
        "state": "waiting",
        "free_at_us": to_us(noted.at),
        "attempts": 0,
        "turn": 0,
    }
    return await insert_new(connection, happening, row)


def count_parts(row: Row[Any]) -> int:
    """Of how many parts a happening consists that can be given back: its fen, or the one that it is."""
    return int(row.amount_fen) or 1


async def claim(bureau: Bureau, table: Table) -> Row[Any] | None:
    """The row that has been due for longest, for one worker alone until its lease ends; None: nothing is due."""
    now_us, lease_us = to_us(bureau.now()), bureau.rules.lease // timedelta(microseconds=1)
    due, first = table.c.free_at_us <= now_us, (table.c.free_at_us, table.c.id)
    oldest = select(table.c.id, table.c.turn).where(due).order_by(*first).limit(1)
    async with bureau.reading() as connection:  # whoever finds nothing keeps no writer waiting
        if (await connection.execute(oldest)).one_or_none() is None:
            return None
    async with bureau.transaction() as connection:
        found = (await connection.execute(oldest)).one_or_none()
        if found is None:
            return None
        same = (table.c.id == found.id, table.c.turn == found.turn, due)
        leased = {"attempts": table.c.attempts + 1, "turn": found.turn + 1, "free_at_us": now_us + lease_us}
        return (await connection.execute(update(table).where(*same).values(leased).returning(*table.c))).one_or_none()


async def put_off(bureau: Bureau, table: Table, row: Row[Any], *, after: timedelta | None = None) -> None:
    """Lets a worker go on with a row after a pause, the longer the oftener it came no further; who has it now is left
    alone."""
    pause = find_pause(bureau.rules, row.attempts) if after is None else after
    mine = (table.c.id == row.id, table.c.turn == row.turn)
    async with bureau.transaction() as connection:
        await connection.execute(update(table).where(*mine).values(free_at_us=to_us(bureau.now() + pause)))


def find_pause(rules: GrantRules, attempts: int) -> timedelta:
    """How long a row rests that came no further: longer each time."""
    return min(rules.rest_at_most, timedelta(seconds=2 ** min(attempts, 16)))
