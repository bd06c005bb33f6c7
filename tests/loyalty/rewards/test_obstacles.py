"""Who may not have what, and what are they told?"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.problems import LineNotFound, NotFound, RedemptionRefused
from graphql_schema.types.reward import RedemptionObstacleCode as Code
from graphql_schema.types.reward import RedemptionState as State
from loyalty.reward_tables import redemption, reward_limit
from loyalty.rewards.codes import put_codes
from loyalty.rewards.items import StandingItem, WantedItem
from loyalty.rewards.needs import RewardRules
from loyalty.rewards.obstacles import LineFacts, decide_obstacles
from tests.fakes.rewards import make_customer
from tests.loyalty.rewards.arcade import BOOK, CUP, MONEY, NOW, OWNER, PACK, TREES, Arcade, codes_of

RULES = RewardRules(least_age_days=90)


def say(
    item: dict[str, Any] | WantedItem | None = None,
    *,
    line: dict[str, Any] | None = None,
    available: int | None = 1000,
    had: int = 0,
) -> list[tuple[str, Any]]:
    facts = LineFacts(make_customer(**(line or {})), available, had)
    wanted = item if isinstance(item, WantedItem) else replace(PACK, **(item or {}))
    standing = StandingItem(wanted, taken=3, version=1)
    found = decide_obstacles(standing, facts, rules=RULES, now=NOW)
    return [(each.code.name, each.missing or each.most or each.until) for each in found]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, []),
        ({"line": {"suspended": True}}, [("SUSPENDED", None)]),
        ({"line": {"owes": True}}, [("OWES", None)]),
        ({"line": {"real_name": False}}, [("NOT_REAL_NAME", None)]),
        ({"line": {"since": date(2026, 8, 24)}}, []),
        ({"line": {"since": date(2026, 8, 25)}}, [("LINE_TOO_NEW", datetime(2026, 11, 22, 16, tzinfo=UTC))]),
        ({"line": {"paid_by_organization": True}}, []),
        ({"line": {"paid_by_organization": True}, "item": MONEY}, [("PAID_BY_ORGANIZATION", None)]),
        ({"available": None}, [("POINTS_ELSEWHERE", None)]),
        ({"available": 100}, []),
        ({"available": 60}, [("TOO_FEW_POINTS", 40)]),
        ({"item": {"is_on": False}}, [("OFF", None)]),
        ({"item": {"starts_at": NOW}}, []),
        ({"item": {"starts_at": NOW + timedelta(seconds=1)}}, [("NOT_YET", NOW + timedelta(seconds=1))]),
        ({"item": {"ends_at": NOW}}, [("OVER", None)]),
        ({"item": {"ends_at": NOW + timedelta(seconds=1)}}, []),
        ({"item": {"stock": 3}}, [("OUT_OF_STOCK", None)]),
        ({"item": {"stock": 4}}, []),
        ({"item": {"per_month": 2}, "had": 1}, []),
        ({"item": {"per_month": 2}, "had": 2}, [("LIMIT_REACHED", 2)]),
    ],
)
def test_each_obstacle_begins_and_ends_where_it_says(asked: dict[str, Any], said: list[tuple[str, Any]]) -> None:
    assert say(**asked) == said


def test_all_obstacles_are_named_at_once() -> None:
    line = {"suspended": True, "owes": True, "real_name": False}
    codes = [code for code, _ in say({"is_on": False}, line=line, available=0)]
    assert codes == ["OFF", "SUSPENDED", "OWES", "NOT_REAL_NAME", "TOO_FEW_POINTS"]


@pytest.mark.anyio
async def test_a_refused_redemption_leaves_nothing_behind(arcade: Arcade) -> None:
    await arcade.put(replace(PACK, stock=1, per_month=1))
    await arcade.earn(99)
    with pytest.raises(RedemptionRefused) as refused:
        await arcade.redeem(PACK)
    [few] = refused.value.parameters["obstacles"]
    assert (few.code, few.missing) == (Code.TOO_FEW_POINTS, 1)
    assert not await arcade.rows(redemption)
    await arcade.earn(1)
    assert (await arcade.redeem(PACK)).state is State.DONE
    await arcade.judge(at_rest=True)


@pytest.mark.anyio
async def test_what_is_decided_too_late_is_refused_by_the_commit(
    arcade: Arcade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another was faster between the reading and the taking."""
    monkeypatch.setattr("loyalty.rewards.redemptions.decide_obstacles", lambda *_, **__: [])
    await arcade.put(replace(PACK, per_month=1), replace(CUP, stock=0), BOOK, replace(MONEY, is_on=False))
    await arcade.earn(500)
    assert (await arcade.redeem(PACK)).state is State.DONE
    for item, code in (
        (PACK, "limit_reached"),
        (CUP, "out_of_stock"),
        (BOOK, "out_of_stock"),
        (MONEY, "too_few_points"),
    ):
        with pytest.raises(RedemptionRefused) as refused:
            await arcade.redeem(item)
        assert codes_of(refused.value) == [code]
    assert await arcade.available() == 400
    await arcade.judge(at_rest=True)


@pytest.mark.anyio
async def test_the_limit_of_a_month_begins_anew_with_the_next_in_china(arcade: Arcade) -> None:
    await arcade.put(replace(PACK, per_month=1))
    await arcade.earn(1000)
    arcade.moment = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
    await arcade.redeem(PACK)
    with pytest.raises(RedemptionRefused) as refused:
        await arcade.redeem(PACK)
    [reached] = refused.value.parameters["obstacles"]
    assert (reached.most, reached.until) == (1, datetime(2026, 11, 30, 16, tzinfo=UTC))
    arcade.advance(seconds=1)
    assert (await arcade.redeem(PACK)).state is State.DONE


@pytest.mark.anyio
async def test_an_item_that_is_not_what_was_shown_is_not_redeemed(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(1000)
    with pytest.raises(RedemptionRefused) as refused:
        await arcade.rewards.redeem(Deed("D", OWNER), PACK.code, points=99)
    assert codes_of(refused.value) == ["item_changed"]
    assert await arcade.available() == 1000


@pytest.mark.anyio
async def test_points_that_live_elsewhere_are_not_redeemed_here(arcade: Arcade) -> None:
    await arcade.put(PACK)
    rewards = type(arcade.rewards)(arcade.make_mall(points=None))
    with pytest.raises(RedemptionRefused) as refused:
        await rewards.redeem(Deed("D", OWNER), PACK.code, points=100)
    assert codes_of(refused.value) == ["points_elsewhere"]
    preview = await rewards.preview(OWNER, PACK.code)
    assert [each.code for each in preview.item.obstacles] == [Code.POINTS_ELSEWHERE]
    assert preview.points_left is None


@pytest.mark.anyio
async def test_a_preview_says_what_is_there_and_left_and_does_nothing(arcade: Arcade) -> None:
    await arcade.put(replace(MONEY, stock=3, terms_zh="不可退", terms_en="Not refundable"), CUP, TREES)
    await arcade.earn(1200)
    before = [await arcade.lots(), await arcade.rows(redemption)]
    money = await arcade.rewards.preview(OWNER, " b10 ")
    assert (money.points, money.points_left, money.item.left, money.item.terms.en) == (1200, 200, 3, "Not refundable")
    assert (money.usable_from, money.usable_until) == (arcade.moment, date(2027, 2, 20))
    assert (money.needs_delivery, money.item.obstacles) == (False, [])
    cup = await arcade.rewards.preview(OWNER, "CUP")
    assert (cup.usable_from, cup.needs_delivery) == (None, True)
    assert (await arcade.rewards.preview(OWNER, "TREE")).usable_from is None
    assert [await arcade.lots(), await arcade.rows(redemption)] == before
    assert not arcade.operator.asked


@pytest.mark.anyio
async def test_a_preview_of_what_costs_too_much_says_how_much_is_missing(arcade: Arcade) -> None:
    await arcade.put(MONEY)
    preview = await arcade.rewards.preview(OWNER, "B10")
    [few] = preview.item.obstacles
    assert (preview.points_left, few.code, few.missing) == (None, Code.TOO_FEW_POINTS, 1000)


@pytest.mark.anyio
@pytest.mark.parametrize("code", ["NONE", "", "B 10", "'; DROP TABLE", "B10B10B10"])
async def test_what_is_no_item_is_not_found(arcade: Arcade, code: str) -> None:
    with pytest.raises(NotFound):
        await arcade.rewards.preview(OWNER, code)
    with pytest.raises(NotFound):
        await arcade.rewards.redeem(Deed("D", OWNER), code, points=1)


@pytest.mark.anyio
async def test_the_mall_is_open_while_the_operator_does_not_answer_and_redeems_nothing(arcade: Arcade) -> None:
    await arcade.put(PACK)
    arcade.customers.down = True
    [shown] = await arcade.rewards.fetch_items("L1")
    assert [each.code for each in shown.obstacles] == [Code.TOO_FEW_POINTS]
    with pytest.raises(BssFault):
        await arcade.redeem(PACK)
    arcade.customers.down = False
    with pytest.raises(LineNotFound):
        await arcade.rewards.fetch_items("X1")


@pytest.mark.anyio
async def test_customers_are_shown_what_is_on_in_its_order_with_what_keeps_them_from_it(arcade: Arcade) -> None:
    shown: list[WantedItem] = [
        replace(PACK, position=2),
        replace(BOOK, position=1, stock=10),
        replace(CUP, position=3, starts_at=NOW + timedelta(days=1)),
        replace(MONEY, ends_at=NOW),
        replace(TREES, is_on=False),
    ]
    await arcade.put(*shown)
    await arcade.earn(70)
    await put_codes(arcade.mall, "books", ["A", "B"])
    mine = await arcade.rewards.fetch_items("L1")
    assert [(each.code, each.left, [reason.code.name for reason in each.obstacles]) for each in mine] == [
        ("BOOK", 2, []),
        ("D1", None, ["TOO_FEW_POINTS"]),
        ("CUP", 5, ["NOT_YET", "TOO_FEW_POINTS"]),
    ]
    anybody = await arcade.rewards.fetch_items(None)
    assert [[reason.code.name for reason in each.obstacles] for each in anybody] == [[], [], ["NOT_YET"]]


@pytest.mark.anyio
async def test_what_is_redeemed_while_a_month_ends_counts_in_one_month(arcade: Arcade) -> None:
    """However often the clock is looked at on the way: what comes back is taken off where it was counted."""

    def tick() -> datetime:
        arcade.advance(seconds=1)
        return arcade.moment

    rewards = type(arcade.rewards)(arcade.make_mall(now=tick))
    await arcade.put(replace(PACK, per_month=1))
    await arcade.earn(1000)
    for looks in range(12):
        arcade.moment = datetime(2026, 11, 30, 16, tzinfo=UTC) - timedelta(seconds=looks)
        arcade.operator.comes("give", "refused")
        assert (await rewards.redeem(arcade.next_deed(), PACK.code, points=100)).state is State.RELEASED
    assert {row.taken for row in await arcade.rows(reward_limit)} == {0}
