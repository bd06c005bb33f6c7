"""Which voucher's code is handed out next, and to whom?"""

import hmac
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.needs import Seal, insert_new
from loyalty.reward_tables import reward_batch, reward_code
from loyalty.rewards.needs import Mall
from loyalty.tables import to_us


async def put_codes(mall: Mall, batch: str, codes: Sequence[str]) -> int:
    """Adds codes to a batch, sealed; how many were new: a code that any batch has is left out. They are handed out in
    the order in which they came."""
    new = 0
    async with mall.transaction() as connection:
        await insert_new(connection, reward_batch, {"batch": batch, "total": 0, "given": 0})
        total = await _lock_total(connection, batch)
        for code in codes:
            row = {"batch": batch, "number": total + new + 1, "code": mall.seal.close(code)}
            new += await insert_new(connection, reward_code, row | {"code_digest": _digest(mall, code)})
        grown = update(reward_batch).where(reward_batch.c.batch == batch).values(total=total + new)
        await connection.execute(grown)
    return new


async def hand_out_code(connection: AsyncConnection, batch: str, *, to: str, now: datetime) -> bool:
    """Gives the next code to a redemption or grant, in the caller's transaction; False where none is left. Whoever has
    one already must not ask again: the database forbids a second."""
    left = (reward_batch.c.batch == batch, reward_batch.c.given < reward_batch.c.total)
    counted = update(reward_batch).where(*left).values(given=reward_batch.c.given + 1).returning(reward_batch.c.given)
    number = (await connection.execute(counted)).scalar_one_or_none()
    if number is None:
        return False
    mine = (reward_code.c.batch == batch, reward_code.c.number == number, reward_code.c.given_to.is_(None))
    given = update(reward_code).where(*mine).values(given_to=to, given_at_us=to_us(now))
    return (await connection.execute(given)).rowcount == 1


async def fetch_codes(connection: AsyncConnection, seal: Seal, *, given_to: Collection[str]) -> dict[str, str]:
    """The codes that redemptions or grants have, by whose each is; nobody is asked where none could have one."""
    if not given_to:
        return {}
    asked = select(reward_code.c.given_to, reward_code.c.code).where(reward_code.c.given_to.in_(given_to))
    return {whose: seal.open(sealed) for whose, sealed in (await connection.execute(asked)).all()}


async def count_left(connection: AsyncConnection, batch: str) -> int:
    """How many codes of a batch nobody has yet."""
    asked = select(func.sum(reward_batch.c.total - reward_batch.c.given)).where(reward_batch.c.batch == batch)
    return int((await connection.execute(asked)).scalar_one() or 0)


async def _lock_total(connection: AsyncConnection, batch: str) -> int:
    """Whoever adds codes at the same time waits for this transaction."""
    mine = reward_batch.c.batch == batch
    locked = update(reward_batch).where(mine).values(total=reward_batch.c.total).returning(reward_batch.c.total)
    return int((await connection.execute(locked)).scalar_one())


def _digest(mall: Mall, code: str) -> str:
    key = hmac.digest(mall.secret, b"reward-code", "sha256")
    return hmac.digest(key, code.encode(), "sha256").hex()
