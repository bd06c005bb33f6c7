"""What can the desk put into the mall, and is it told what is wrong, and who did it?"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import loyalty.rewards
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import BadArgument, NotFound
from graphql_schema.types.reward import RedemptionState as State
from graphql_schema.types.reward import RewardKind
from loyalty.rewards.item_file import BadItemsError, parse_items
from loyalty.rewards.items import find_mistakes, from_facts, to_facts
from tests.loyalty.rewards.arcade import BOOK, COLLEAGUE, CUP, MONEY, PACK, TREES, Arcade

STARTER = Path(loyalty.rewards.__file__).parents[1] / "defaults" / "items.toml"
GOOD = """
[[item]]
code = "D1"
kind = "data"
points = 100
name_zh = "1GB流量"
name_en = "1 GB of data"
offering_id = "pack-data-5"
starts_at = 2026-12-01T00:00:00+08:00

[[item]]
code = "TREE"
kind = "donation"
points = 10
name_zh = "种一棵树"
name_en = "Plant a tree"
"""


def test_a_file_of_items_is_read_as_it_is_written() -> None:
    first, second = parse_items(GOOD)
    assert first == replace(PACK, starts_at=first.starts_at)
    assert first.starts_at == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert (second.kind, second.points, second.stock) == (RewardKind.DONATION, 10, None)


def test_the_items_that_the_house_begins_with_are_valid() -> None:
    items = parse_items(STARTER.read_text(encoding="utf-8"))
    assert {each.kind for each in items} == set(RewardKind)


@pytest.mark.parametrize(
    ("old", "new", "line", "name", "rule"),
    [
        ('code = "D1"', 'code = "d 1"', 3, "code", "must be 1-8 capital letters and digits"),
        ('code = "TREE"', 'code = "D1"', 12, "code", "comes twice"),
        ("points = 100", "points = 0", 5, "points", "must be 1-10000000"),
        ("points = 100", "points = 1.5", 5, "points", "must be int"),
        ("points = 100", "points = true", 5, "points", "must be int"),
        ("points = 10\n", "", 11, "points", "is missing"),
        ('kind = "donation"', 'kind = "gold"', 13, "kind", "is none of"),
        ('name_en = "Plant a tree"', 'name_en = " "', 16, "name_en", "must have"),
        ('name_en = "Plant a tree"', 'name_en = "Plant"\nbatch = "x"', 17, "batch", "is not for donation"),
        ('offering_id = "pack-data-5"', "", 2, "offering_id", "is needed for data"),
        ('offering_id = "pack-data-5"', 'offering = "pack-data-5"', 8, "offering", "is no field of an item"),
        ("starts_at = 2026-12-01T00:00:00+08:00", "starts_at = 2026-12-01T00:00:00", 9, "starts_at", "offset"),
        ("[[item]]", "[[items]]", 1, "item", "[[item]]"),
        ("points = 100", "points = = 100", 5, "toml", "line 5"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_reason(old: str, new: str, line: int, name: str, rule: str) -> None:
    with pytest.raises(BadItemsError) as refused:
        parse_items(GOOD.replace(old, new, 1))
    assert (refused.value.line, refused.value.mistake.name) == (line, name)
    assert rule in str(refused.value)


@pytest.mark.parametrize(
    "item", [PACK, MONEY, CUP, BOOK, TREES, replace(PACK, ends_at=datetime(2027, 1, 1, tzinfo=UTC))]
)
def test_an_item_is_kept_as_facts_and_read_again(item: Any) -> None:
    assert not list(find_mistakes(item))
    assert from_facts(to_facts(item)) == item


@pytest.mark.anyio
async def test_each_change_is_kept_with_who_made_it(arcade: Arcade) -> None:
    deed = Deed("PUT", COLLEAGUE)
    await arcade.shelf.put_item(deed, PACK)
    await arcade.shelf.put_item(deed, PACK)
    arcade.advance(minutes=1)
    await arcade.shelf.put_item(arcade.next_deed(COLLEAGUE), replace(PACK, points=120))
    await arcade.shelf.switch_item(arcade.next_deed(COLLEAGUE), "D1", is_on=False)
    changes = await arcade.shelf.fetch_changes("D1")
    assert [(each.version, each.changed_by, each.item.points, each.item.on) for each in changes] == [
        (3, "staff:1001", 120, False),
        (2, "staff:1001", 120, True),
        (1, "staff:1001", 100, True),
    ]
    [standing] = await arcade.shelf.fetch_items()
    assert (standing.item, standing.version) == (replace(PACK, points=120, is_on=False), 3)


@pytest.mark.anyio
async def test_items_of_a_file_leave_what_the_desk_changed_alone(arcade: Arcade) -> None:
    assert await arcade.shelf.load_items([PACK, TREES]) == 2
    await arcade.put(replace(PACK, points=120))
    assert await arcade.shelf.load_items([PACK, TREES, CUP]) == 1
    kept = {each.item.code: each.item.points for each in await arcade.shelf.fetch_items()}
    assert kept == {"D1": 120, "TREE": 10, "CUP": 300}
    assert [each.changed_by for each in await arcade.shelf.fetch_changes("D1")] == ["staff:1001", "system"]


@pytest.mark.anyio
async def test_two_colleagues_at_once_make_two_changes(arcade: Arcade) -> None:
    deeds = [arcade.next_deed(COLLEAGUE) for _ in range(6)]
    await asyncio.gather(
        *(arcade.shelf.put_item(deed, replace(PACK, points=100 + at)) for at, deed in enumerate(deeds)),
        *(arcade.shelf.put_item(deed, replace(PACK, points=100 + at)) for at, deed in enumerate(deeds)),
    )
    assert [each.version for each in await arcade.shelf.fetch_changes("D1")] == [6, 5, 4, 3, 2, 1]


@pytest.mark.anyio
async def test_the_desk_is_told_what_can_not_be(arcade: Arcade) -> None:
    await arcade.put(replace(CUP, stock=3))
    await arcade.earn(600)
    for _ in range(2):
        assert (await arcade.redeem(CUP)).state is State.DONE
    for wanted, name, least in (
        (replace(CUP, stock=1), "stock", 2),
        (replace(PACK, code="CUP"), "kind", None),
        (replace(CUP, code="a cup"), "code", None),
        (replace(CUP, goods=None), "goods", None),
        (replace(CUP, points=0), "points", None),
    ):
        with pytest.raises(BadArgument) as refused:
            await arcade.put(wanted)
        assert (refused.value.parameters["name"], refused.value.parameters.get("least")) == (name, least)
    with pytest.raises(NotFound):
        await arcade.shelf.switch_item(arcade.next_deed(COLLEAGUE), "NONE", is_on=True)
    assert (await arcade.put(replace(CUP, stock=2))).left == 0
    await arcade.judge(at_rest=True)


@pytest.mark.anyio
async def test_stock_that_gets_an_end_while_one_is_under_way_counts_from_then_on(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(300)
    arcade.operator.comes("give", "working")
    endless = await arcade.redeem(PACK)
    await arcade.put(replace(PACK, stock=1, per_month=1))
    assert (await arcade.redeem(PACK)).state is State.DONE
    arcade.operator.refuse(endless.id)
    await arcade.settle(rounds=1)
    assert (await arcade.see(endless.id)).state is State.RELEASED
    [standing] = await arcade.shelf.fetch_items()
    assert standing.left == 0
    await arcade.judge(at_rest=True)
