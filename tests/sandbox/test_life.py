"""Does life go on, without spoiling a story?"""

import asyncio
from random import Random

import pytest

from sandbox.bss.hub import Hub
from sandbox.bss.life import life_goes_on, make_a_use
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio


def live_uses(world: World) -> dict[int, int]:
    counts = {index: len(world.store.uses(index, 0, 2**60)) for index in range(world.size)}
    return {index: count for index, count in counts.items() if count}


async def test_new_usage_arrives_while_it_runs(world: World) -> None:
    async with life_goes_on(world, Hub(world.store), pause_seconds=0.005), asyncio.timeout(20):
        while len(live_uses(world)) < 3:  # noqa: ASYNC110  nobody says that it lives
            await asyncio.sleep(0.05)
    seen = live_uses(world)
    await asyncio.sleep(0.05)
    assert live_uses(world) == seen


def test_lines_use_all_kinds_and_exact_stories_are_left_in_peace(born_ms: int) -> None:
    world = World.open(subscribers=28, now_ms=born_ms)
    chance = Random(7)
    for _ in range(200):
        make_a_use(world, Hub(world.store), chance)
    kinds = {use.kind for index in live_uses(world) for use in world.store.uses(index, 0, 2**60)}
    assert kinds >= {"voice", "sms", "data"}
    assert len(live_uses(world)) >= 7
    assert not live_uses(world).keys() & {1, 3, 5, 8, 9, 10, 11, 12, 13}
