"""Is a redemption that breaks off at any boundary done once, by the workers and by whoever asks again?"""

import ast
import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

import loyalty.rewards
from graphql_schema.identity_ports import Deed
from graphql_schema.types.reward import RedemptionState as State
from loyalty.rewards.codes import put_codes
from loyalty.rewards.items import WantedItem
from tests.loyalty.rewards.arcade import BOOK, COLLEAGUE, CUP, MONEY, PACK, TREES, Arcade, BrokenOffError

pytestmark = pytest.mark.anyio
KINDS = (replace(PACK, stock=50, per_month=50), MONEY, CUP, BOOK, TREES)
RETURNS = {"redemption.return_begun", "redemption.returned", "redemption.return_dropped"}


def named_boundaries() -> set[str]:
    """The literals that are crossed in the code."""
    found = set[str]()
    for path in Path(loyalty.rewards.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("cross"):
                [name] = node.args
                assert isinstance(name, ast.Constant)
                found.add(str(name.value))
    return found


async def furnish(arcade: Arcade) -> None:
    await arcade.put(*KINDS)
    await put_codes(arcade.mall, "books", [f"CODE-{each}" for each in range(20)])
    await arcade.earn(7000)
    await arcade.earn(8000)


@pytest.mark.parametrize("bad", [None, "dropped", "lost", "refused", "working"])
async def test_a_redemption_that_breaks_off_anywhere_is_done_once(arcade: Arcade, bad: str | None) -> None:
    await furnish(arcade)
    boundaries = [*sorted(each for each in named_boundaries() if each.startswith("redemption.")), "nowhere"]
    for boundary in (each for each in boundaries if each not in RETURNS):
        for item in (PACK, BOOK) if bad is None else (PACK,):
            await break_off_and_resume(arcade, item, boundary, bad)
    await arcade.judge(at_rest=True)


async def break_off_and_resume(arcade: Arcade, item: WantedItem, boundary: str, bad: str | None) -> None:
    """The process ends there, and then each process that goes on, until one does not come by that boundary."""
    deed = arcade.next_deed()
    arcade.operator.comes("give", *filter(None, [bad]))
    arcade.break_off_at(boundary)
    broke = await asyncio.gather(arcade.redeem(item, deed), return_exceptions=True)
    if not isinstance(broke[0], BrokenOffError):
        await asyncio.gather(arcade.settle(rounds=1), return_exceptions=True)  # a worker comes by it, and is gone too
    arcade.breaks.at = None
    arcade.operator.coming.clear()
    await arcade.judge()
    if bad == "working" and deed.id in arcade.operator.given:
        arcade.operator.finish(deed.id)
    await arcade.settle(rounds=2)
    again = await arcade.redeem(item, deed)
    assert again.state is (State.RELEASED if arcade.operator.given_no(deed.id) else State.DONE), boundary


@pytest.mark.parametrize("item", [MONEY, CUP, TREES], ids=lambda item: item.code)
async def test_whoever_asks_again_by_the_same_deed_has_one(arcade: Arcade, item: WantedItem) -> None:
    await furnish(arcade)
    whole = await arcade.redeem(item)
    assert whole.state is State.DONE
    for boundary in dict.fromkeys(each for each in arcade.crossed if each.startswith("redemption.")):
        deed = arcade.next_deed()
        arcade.break_off_at(boundary)
        with pytest.raises(BrokenOffError):
            await arcade.redeem(item, deed)
        first, second = await asyncio.gather(arcade.redeem(item, deed), arcade.redeem(item, deed))
        assert first.id == second.id == deed.id
    await arcade.settle(rounds=1)
    await arcade.judge(at_rest=True)


async def test_a_return_that_breaks_off_is_done_once(arcade: Arcade) -> None:
    await furnish(arcade)
    for boundary in ("redemption.return_begun", "redemption.returned"):
        done = await arcade.redeem(CUP)
        begin, finish = Deed(f"B-{boundary}", COLLEAGUE), Deed(f"F-{boundary}", COLLEAGUE)
        arcade.break_off_at(boundary)
        for deed, step in ((begin, arcade.rewards.begin_return), (finish, arcade.rewards.finish_return)):
            await asyncio.gather(step(deed, done.id), return_exceptions=True)
            await step(deed, done.id)
        assert arcade.breaks.at is None, "it came by"
        await arcade.judge(at_rest=True)
    assert await arcade.available() == 15_000


async def test_every_boundary_is_come_by(arcade: Arcade) -> None:
    """So that none of these tests is about a name that nobody crosses."""
    await furnish(arcade)
    await arcade.shelf.switch_item(arcade.next_deed(COLLEAGUE), PACK.code, is_on=True)
    arcade.operator.comes("give", "working", "refused")
    cup = await arcade.redeem(CUP)
    arcade.operator.given[cup.id] = replace(arcade.operator.given[cup.id], tracking="SF1")
    await arcade.redeem(PACK)
    await arcade.settle(rounds=1, hours=2)
    arcade.operator.finish(cup.id)
    await arcade.settle(rounds=1, hours=2)
    await arcade.rewards.begin_return(Deed("B1", COLLEAGUE), cup.id)
    await arcade.rewards.drop_return(Deed("D1", COLLEAGUE), cup.id)
    await arcade.rewards.begin_return(Deed("B2", COLLEAGUE), cup.id)
    await arcade.rewards.finish_return(Deed("F2", COLLEAGUE), cup.id)
    assert set(arcade.crossed) == named_boundaries()
