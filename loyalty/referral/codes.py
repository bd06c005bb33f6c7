"""What is a line's code to invite with?"""

import hmac
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.needs import insert_new
from loyalty.referral_tables import referral_code
from loyalty.tables import to_us

LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""No I, L and O, which look like 1 and 0, nor these."""
CHARACTERS: Final = 8
ATTEMPTS: Final = 50


async def fetch_code(connection: AsyncConnection, line_id: str, *, secret: bytes, now: datetime) -> str:
    """The line's code, made where it has none, in the caller's transaction. Keyed, so that nobody can tell a line from
    its code, or guess another's."""
    table = referral_code
    mine = select(table.c.code).where(table.c.line_id == line_id)
    for attempt in range(ATTEMPTS):
        known = (await connection.execute(mine)).scalar_one_or_none()
        if known is not None:
            return str(known)
        code = derive_code(secret, line_id, attempt)
        await insert_new(connection, table, {"line_id": line_id, "code": code, "made_at_us": to_us(now)})
    raise LookupError("every code that this line could have is another's")


async def find_inviter(connection: AsyncConnection, code: str) -> str | None:
    """The line that has this code, however it was typed."""
    asked = select(referral_code.c.line_id).where(referral_code.c.code == parse_code(code))
    return (await connection.execute(asked)).scalar_one_or_none()


def derive_code(secret: bytes, line_id: str, attempt: int) -> str:
    """The code of a line; another one each attempt, for the rare line whose code another has."""
    number = int.from_bytes(hmac.digest(secret, f"referral:{attempt}:{line_id}".encode(), "sha256"))
    letters = []
    for _ in range(CHARACTERS):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)


def parse_code(typed: str) -> str:
    """As codes are written: capital letters, without the spaces and hyphens that people put in."""
    return "".join(each for each in typed.upper() if each.isalnum())
