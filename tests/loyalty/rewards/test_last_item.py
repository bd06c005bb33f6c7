"""Of how many who want the last one at once does one get it?"""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import RedemptionRefused
from graphql_schema.types.reward import Redemption
from loyalty.rewards.codes import put_codes
from loyalty.rewards.items import WantedItem
from tests.loyalty.rewards.arcade import BOOK, OWNER, PACK, TREES, Arcade, codes_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
LAST = replace(PACK, stock=1)


@pytest.fixture
def crowd(pytestconfig: pytest.Config) -> int:
    return 1000 if pytestconfig.getoption("--whole") else 80


async def all_want(arcade: Arcade, item: WantedItem, deeds: list[Deed]) -> list[Redemption]:
    """As many at once as a server lets in; who gets one."""
    door, got = asyncio.Semaphore(16), list[Redemption]()

    async def want(deed: Deed) -> None:
        async with door:
            try:
                got.append(await arcade.redeem(item, deed))
            except RedemptionRefused as refused:
                refusals.update(codes_of(refused))

    refusals = Counter[str]()
    await asyncio.gather(*(want(deed) for deed in deeds))
    assert len(got) + sum(refusals.values()) == len(deeds)
    return got


def by_lines(number: int, lines: int) -> list[Deed]:
    callers = [Caller(Channel.APP, subscriber=f"L{each}", assurance=2) for each in range(lines)]
    return [Deed(f"W{each:04}", callers[each % lines]) for each in range(number)]


@pytest.fixture
def nobody_looks_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody read that there is one: the commit alone decides."""
    monkeypatch.setattr("loyalty.rewards.redemptions.decide_obstacles", lambda *_, **__: [])


@pytest.mark.usefixtures("nobody_looks_before")
async def test_the_last_item_is_had_by_one(arcade: Arcade, crowd: int) -> None:
    await arcade.put(LAST)
    for line in range(20):
        await arcade.earn(300, f"L{line}")
    [winner] = await all_want(arcade, LAST, by_lines(crowd, 20))
    assert arcade.operator.effects == {winner.id: 1}
    await arcade.judge(at_rest=True)


@pytest.mark.usefixtures("nobody_looks_before")
async def test_the_last_code_is_had_by_one(arcade: Arcade, crowd: int) -> None:
    other = replace(BOOK, code="BOOK2")
    await arcade.put(BOOK, other)
    await put_codes(arcade.mall, "books", ["A", "B", "C"])
    for line in range(10):
        await arcade.earn(300, f"L{line}")
    deeds = by_lines(crowd // 2, 10)
    both = await asyncio.gather(
        all_want(arcade, BOOK, deeds[: crowd // 4]), all_want(arcade, other, deeds[crowd // 4 :])
    )
    had = [each.voucher_code for each in (*both[0], *both[1])]
    assert sorted(had, key=str) == ["A", "B", "C"]
    await arcade.judge(at_rest=True)


@pytest.mark.usefixtures("nobody_looks_before")
async def test_the_last_points_are_spent_once(arcade: Arcade, crowd: int) -> None:
    await arcade.put(TREES)
    await arcade.earn(49)
    got = await all_want(arcade, TREES, [Deed(f"W{each:04}", OWNER) for each in range(crowd // 2)])
    assert len(got) == 4
    assert await arcade.available() == 9
    await arcade.judge(at_rest=True)


@pytest.mark.usefixtures("nobody_looks_before")
async def test_a_limit_is_not_passed_by_haste(arcade: Arcade) -> None:
    limited = replace(PACK, per_month=3, stock=100)
    await arcade.put(limited)
    await arcade.earn(3000)
    assert len(await all_want(arcade, limited, [Deed(f"W{each}", OWNER) for each in range(24)])) == 3
    await arcade.judge(at_rest=True)
