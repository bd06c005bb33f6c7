"""What happened that may earn something, and who decides about it now?"""

import json
from dataclasses import dataclass
from datetime import datetime
from secrets import randbelow
from typing import Any, Final

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import happening
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
