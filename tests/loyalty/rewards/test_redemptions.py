"""What happens to points and rewards when somebody redeems?"""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import Delivery, GrantedMoney
from graphql_schema.problems import BadArgument, NotFound, RedemptionRefused, SignInRequired
from graphql_schema.types.reward import RedemptionState as State
from loyalty.points_tables import points_posting
from loyalty.reward_tables import redemption, reward_code
from loyalty.rewards.codes import put_codes
from loyalty.rewards.looking import fetch_names
from tests.loyalty.counting import count_statements
from tests.loyalty.rewards.arcade import BOOK, CUP, HOME, MONEY, OWNER, PACK, TREES, Arcade

pytestmark = pytest.mark.anyio


async def test_a_pack_is_given_and_its_points_are_spent(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(150)
    done = await arcade.redeem(PACK)
    assert (done.state, done.points, done.name.en, done.failure) == (State.DONE, 100, "1 GB of data", None)
    assert arcade.operator.what[done.id] == ("pack", "L1", "pack-data-5")
    assert await arcade.available() == 50
    assert arcade.announced == ["L1"]
    await arcade.judge(at_rest=True)


async def test_money_is_granted_at_once_and_until_the_day_that_was_shown(arcade: Arcade) -> None:
    await arcade.put(MONEY)
    await arcade.earn(1000)
    done = await arcade.redeem(MONEY)
    _, account, wanted = arcade.operator.what[done.id]
    assert (account, done.usable_until) == ("A-L1", date(2027, 2, 20))
    assert isinstance(wanted, GrantedMoney)
    assert (wanted.releases, wanted.valid_until) == ([(date(2026, 11, 22), wanted.amount)], date(2027, 2, 21))
    assert str(wanted.amount.amount) == "10.00"


async def test_the_same_deed_redeems_once_also_when_done_twice_at_once(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(1000)
    deed = Deed("twice", OWNER)
    both = await asyncio.gather(*(arcade.redeem(PACK, deed) for _ in range(4)))
    again = await arcade.redeem(PACK, deed)
    assert {each.id for each in (*both, again)} == {"twice"}
    assert again.state is State.DONE
    assert await arcade.available() == 900
    assert arcade.operator.effects == {"twice": 1}
    await arcade.judge(at_rest=True)


async def test_what_the_operator_refuses_gives_points_and_stock_back_at_once(arcade: Arcade) -> None:
    await arcade.put(replace(PACK, stock=1, per_month=1))
    await arcade.earn(100)
    before = await arcade.lots()
    arcade.operator.comes("give", "refused")
    refused = await arcade.redeem(PACK)
    assert (refused.state, refused.failure) == (State.RELEASED, "not_here")
    assert await arcade.lots() == before
    await arcade.judge(at_rest=True)
    assert (await arcade.redeem(PACK)).state is State.DONE


@pytest.mark.parametrize("bad", ["dropped", "lost", "down"])
async def test_an_answer_that_does_not_come_is_asked_about_and_resolves_itself(arcade: Arcade, bad: str) -> None:
    await arcade.put(PACK)
    await arcade.earn(100)
    arcade.operator.comes("give", bad)
    begun = await arcade.redeem(PACK)
    assert (begun.state, begun.late) == (State.WORKING, False)
    assert await arcade.available() == 0
    arcade.advance(minutes=6)
    assert (await arcade.see(begun.id)).late
    await arcade.work.work()
    done = await arcade.see(begun.id)
    assert (done.state, done.late) == (State.DONE, False)
    assert arcade.operator.asked["give"] == (1 if bad == "dropped" else 2)
    await arcade.judge(at_rest=True)


async def test_an_operator_that_forgets_what_it_gave_gives_it_once(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(100)
    arcade.operator.comes("give", "dropped")
    begun = await arcade.redeem(PACK)
    arcade.operator.forgets.add(begun.id)
    await arcade.settle(rounds=1)
    assert (await arcade.see(begun.id)).state is State.DONE
    await arcade.judge(at_rest=True)


async def test_an_operator_that_turns_it_down_for_certain_is_asked_for_a_day(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(100)
    arcade.operator.comes("give", *["turned_down"] * 500)
    begun = await arcade.redeem(PACK)
    await arcade.settle(rounds=20, hours=1)
    assert (await arcade.see(begun.id)).state is State.WORKING
    await arcade.settle(rounds=6, hours=1)
    released = await arcade.see(begun.id)
    assert (released.state, released.failure) == (State.RELEASED, "order_refused")
    assert await arcade.available() == 100
    await arcade.judge(at_rest=True)


async def test_a_slow_operator_keeps_nobody_waiting_for_longer_than_a_lease(arcade: Arcade) -> None:
    arcade.mall = arcade.make_mall(rules=replace(arcade.mall.rules, lease=timedelta(milliseconds=20)))
    rewards = type(arcade.rewards)(arcade.mall)
    await arcade.put(PACK)
    await arcade.earn(100)
    arcade.operator.comes("give", "slow")
    begun = await rewards.redeem(arcade.next_deed(), PACK.code, points=100)
    assert begun.state is State.WORKING
    await arcade.settle(rounds=1)
    assert (await arcade.see(begun.id)).state is State.DONE
    await arcade.judge(at_rest=True)


async def test_an_answer_that_comes_after_the_worker_s_changes_nothing(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(100)
    arcade.operator.comes("give", "slow")
    deed = arcade.next_deed()
    waiting = asyncio.create_task(arcade.redeem(PACK, deed))
    await arcade.operator.waits.wait()
    await arcade.settle(rounds=1)
    assert (await arcade.see(deed.id)).state is State.DONE
    arcade.operator.go_on.set()
    assert (await waiting).state is State.DONE
    await arcade.judge(at_rest=True)


async def test_a_list_of_vouchers_asks_no_more_of_the_database_than_one(arcade: Arcade) -> None:
    await arcade.put(BOOK)
    await arcade.earn(1000)
    await put_codes(arcade.mall, "books", ["AAA-1", "AAA-2", "AAA-3"])
    counted = set[int]()
    for _ in range(3):
        await arcade.redeem(BOOK)
        counted.add(await count_statements(arcade.engine, lambda: arcade.rewards.fetch_redemptions("L1", limit=100)))
    assert len(counted) == 1


async def test_a_voucher_is_a_code_of_one_s_own_and_sealed(arcade: Arcade) -> None:
    await arcade.put(BOOK)
    await arcade.earn(1000)
    assert await put_codes(arcade.mall, "books", ["AAA-1", "AAA-2", "AAA-1"]) == 2
    assert await put_codes(arcade.mall, "books", ["AAA-2", "AAA-3"]) == 1
    first, second, third = [await arcade.redeem(BOOK) for _ in range(3)]
    assert [first.voucher_code, second.voucher_code, third.voucher_code] == ["AAA-1", "AAA-2", "AAA-3"]
    assert (await arcade.see(first.id)).voucher_code == "AAA-1"
    with pytest.raises(RedemptionRefused, match="redemption_refused"):
        await arcade.redeem(BOOK)
    assert not any("AAA" in row.code for row in await arcade.rows(reward_code))
    assert not arcade.operator.asked
    await arcade.judge(at_rest=True)


async def test_a_donation_goes_to_the_good_cause_at_once(arcade: Arcade) -> None:
    await arcade.put(TREES)
    await arcade.earn(25)
    done = await arcade.redeem(TREES)
    assert (done.state, done.done_at) == (State.DONE, arcade.moment)
    [given] = [row for row in await arcade.rows(points_posting) if row.kind == "donated"]
    assert (given.to_account.split("/")[0], given.points) == ("house:donated", 10)
    await arcade.judge(at_rest=True)


async def test_goods_are_sent_followed_and_there(arcade: Arcade) -> None:
    await arcade.put(CUP)
    await arcade.earn(300)
    arcade.operator.comes("give", "working")
    begun = await arcade.redeem(CUP)
    assert arcade.operator.what[begun.id] == ("goods", "L1", "thermos", HOME)
    assert (begun.state, begun.tracking) == (State.WORKING, None)
    arcade.operator.given[begun.id] = replace(arcade.operator.given[begun.id], tracking="SF1234")
    await arcade.settle(rounds=1, hours=2)
    sent = await arcade.see(begun.id)
    assert (sent.state, sent.tracking, await arcade.available()) == (State.SENT, "SF1234", 0)
    await arcade.judge()
    arcade.operator.forgets.add(begun.id)
    await arcade.settle(rounds=3, hours=2)
    assert arcade.operator.asked["give"] == 1
    arcade.operator.forgets.clear()
    arcade.operator.finish(begun.id)
    await arcade.settle(rounds=1, hours=2)
    there = await arcade.see(begun.id)
    assert (there.state, there.tracking) == (State.DONE, "SF1234")
    assert there.done_at == arcade.moment - timedelta(hours=2), "by the operator's word, and not since we asked"
    assert there.returnable_until == there.done_at + timedelta(days=7)
    await arcade.judge(at_rest=True)


async def test_goods_that_are_lost_on_the_way_give_the_points_back(arcade: Arcade) -> None:
    await arcade.put(CUP)
    await arcade.earn(300)
    arcade.operator.comes("give", "working")
    begun = await arcade.redeem(CUP)
    arcade.operator.refuse(begun.id)
    await arcade.settle(rounds=1, hours=2)
    assert (await arcade.see(begun.id)).state is State.RELEASED
    assert await arcade.available() == 300
    await arcade.judge(at_rest=True)


@pytest.mark.parametrize(
    ("to", "wrong"),
    [
        (None, "delivery"),
        (Delivery(" ", "13800138001", "广东省广州市天河区"), "person"),
        (Delivery("陈", "1380013800x", "广东省广州市天河区"), "number"),
        (Delivery("陈", "13800138001", "广州"), "address"),
        (Delivery("陈", "13800138001", "广东省广州市\n天河区"), "address"),
    ],
)
async def test_goods_need_somebody_and_somewhere(arcade: Arcade, to: Delivery | None, wrong: str) -> None:
    await arcade.put(CUP)
    await arcade.earn(300)
    with pytest.raises(BadArgument) as refused:
        await arcade.redeem(CUP, to=to)
    assert refused.value.parameters["name"] == wrong
    assert not await arcade.rows(redemption)


async def test_names_and_addresses_are_sealed_and_shown_masked(arcade: Arcade) -> None:
    await arcade.put(CUP)
    await arcade.earn(300)
    done = await arcade.redeem(CUP)
    assert done.delivery is not None
    assert (done.delivery.person, done.delivery.number) == ("陈**", "138****8001")
    assert done.delivery.address == "广东省广州****"
    [row] = await arcade.rows(redemption)
    assert not any(secret in repr(row) for secret in ("陈", "13800138001", "天河", "广"))


async def test_a_redemption_is_its_line_s_and_nobody_else_s(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(100)
    done = await arcade.redeem(PACK)
    assert await arcade.rewards.fetch_redemption("L1", done.id) == done
    for line_id, redemption_id in (("L2", done.id), ("L1", "none")):
        with pytest.raises(NotFound):
            await arcade.rewards.fetch_redemption(line_id, redemption_id)
    with pytest.raises(SignInRequired):
        await arcade.redeem(PACK, Deed("V", Caller(Channel.WEB)))


async def test_a_line_s_redemptions_come_newest_first_as_they_were_when_they_were_chosen(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(1000)
    first = await arcade.redeem(PACK)
    arcade.advance(hours=1)
    await arcade.put(replace(PACK, name_en="Another name", points=200))
    second = await arcade.redeem(replace(PACK, points=200))
    listed = await arcade.rewards.fetch_redemptions("L1", limit=10)
    assert [(each.id, each.points, each.name.en) for each in listed] == [
        (second.id, 200, "Another name"),
        (first.id, 100, "1 GB of data"),
    ]
    assert len(await arcade.rewards.fetch_redemptions("L1", limit=1)) == 1
    async with arcade.mall.reading() as connection:
        names = await fetch_names(connection, [first.id, second.id, "forgotten"])
    assert {each: name.en for each, name in names.items()} == {first.id: "1 GB of data", second.id: "Another name"}
    assert await arcade.rewards.fetch_redemptions("L2", limit=10) == []
