"""How does life go on while the sandbox runs?"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

from sandbox.bss.happening import UseRefusedError, Wish, use_now
from sandbox.bss.hub import Hub
from sandbox.bss.portfolio import Line
from sandbox.bss.tariff import MEGABYTE
from sandbox.bss.world import World

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def life_goes_on(world: World, hub: Hub, *, pause_seconds: float = 3.0) -> AsyncIterator[None]:
    """Someone makes a use every few seconds, for as long as the context is open.

    Personas whose story hangs on an exact figure are left in peace.
    """
    living = asyncio.create_task(_live(world, hub, pause_seconds))
    try:
        yield
    finally:
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living


async def _live(world: World, hub: Hub, pause_seconds: float) -> None:
    chance = Random(f"{world.seed}/life/{world.clock.now_ms()}")
    while True:
        await asyncio.sleep(pause_seconds * (0.5 + chance.random()))
        make_a_use(world, hub, chance)


def make_a_use(world: World, hub: Hub, chance: Random) -> None:
    """One use by somebody."""
    portfolio = world.portfolio(chance.randrange(world.size))
    line = chance.choice(portfolio.lines)
    if portfolio.quiet or line.habit.data_now_bytes is not None:
        return
    wish = _draw(line, chance)
    if wish is None:
        return
    try:
        use_now(world, hub, line, wish)
    except UseRefusedError as refusal:
        _LOG.debug("%s: %s", line.id, refusal.code)


def _draw(line: Line, chance: Random) -> Wish | None:
    """What the line does next; None if it never does anything."""
    habit = line.habit
    events = habit.events[0] if habit.events else 0
    total = habit.calls + habit.texts + habit.sessions + events
    if not total:
        return None
    drawn = chance.randrange(total)
    if drawn < habit.calls:
        return Wish("voice", 1 + int(chance.expovariate(1 / 130)))
    if drawn < habit.calls + habit.texts:
        return Wish("sms", 1)
    if drawn >= total - events:
        return Wish("valueAdded", 1, chance.choice(habit.services))
    return Wish("data", chance.randint(1, 80) * MEGABYTE, chance.choice(habit.apps))
