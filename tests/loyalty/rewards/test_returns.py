"""Do goods that come back bring their points back, once and into the same lots, and who still sees what?"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.engine import Row

from gateway.database import write
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import NotFound, NotReturnable, RedemptionRefused
from graphql_schema.types.reward import RedemptionState as State
from loyalty.points.closing import close
from loyalty.reward_tables import redemption, reward_code, reward_limit
from loyalty.rewards.codes import put_codes
from loyalty.rewards.fulfilling import Fulfilments
from loyalty.rewards.retention import (
    codes_over,
    forget_deliveries,
    forget_redemptions_of,
    limits_over,
    redemptions_over,
)
from tests.loyalty.rewards.arcade import BOOK, COLLEAGUE, CUP, PACK, Arcade, BrokenOffError, codes_of

pytestmark = pytest.mark.anyio
RETURN = Deed("RETURN", COLLEAGUE)


async def test_goods_that_come_back_put_the_points_into_the_same_lots_and_the_piece_into_the_stock(
    arcade: Arcade,
) -> None:
    await arcade.put(replace(CUP, stock=1, per_month=1))
    for points in (120, 130, 140):
        await arcade.earn(points)
        arcade.advance(days=40)
    before = await arcade.lots()
    done = await arcade.redeem(CUP)
    assert await arcade.lots() != before
    begun = await arcade.rewards.begin_return(RETURN, done.id)
    assert (begun.state, await arcade.available()) == (State.RETURNING, 90)
    await arcade.judge()
    back = await arcade.rewards.finish_return(Deed("HERE", COLLEAGUE), done.id)
    assert (back.state, back.returnable_until) == (State.RETURNED, None)
    assert await arcade.lots() == before
    await arcade.judge(at_rest=True)
    assert (await arcade.redeem(CUP)).state is State.DONE
    [row] = [row for row in await arcade.rows(redemption) if row.id == done.id]
    assert (row.returned_by, row.return_id) == ("staff:1001", "RETURN")


async def test_a_return_is_done_once_however_often_it_is_said(arcade: Arcade) -> None:
    await arcade.put(CUP)
    await arcade.earn(300)
    done = await arcade.redeem(CUP)
    for _ in range(2):
        assert (await arcade.rewards.begin_return(RETURN, done.id)).state is State.RETURNING
    await asyncio.gather(*(arcade.rewards.finish_return(Deed(f"R{each}", COLLEAGUE), done.id) for each in range(4)))
    assert await arcade.available() == 300
    with pytest.raises(NotReturnable, match="not_returnable"):
        await arcade.rewards.begin_return(Deed("AGAIN", COLLEAGUE), done.id)
    await arcade.judge(at_rest=True)


async def test_goods_that_never_come_leave_all_as_it_was(arcade: Arcade) -> None:
    await arcade.put(CUP)
    await arcade.earn(300)
    done = await arcade.redeem(CUP)
    await arcade.rewards.begin_return(RETURN, done.id)
    dropped = await arcade.rewards.drop_return(Deed("DROP", COLLEAGUE), done.id)
    assert dropped == done
    assert (await arcade.rewards.drop_return(Deed("DROP", COLLEAGUE), done.id)).state is State.DONE
    with pytest.raises(NotReturnable):
        await arcade.rewards.finish_return(Deed("HERE", COLLEAGUE), done.id)
    await arcade.judge(at_rest=True)


async def test_what_can_not_come_back_says_why(arcade: Arcade) -> None:
    await arcade.put(CUP, PACK)
    await arcade.earn(1000)
    cup, pack = await arcade.redeem(CUP), await arcade.redeem(PACK)
    arcade.operator.comes("give", "working")
    sent = await arcade.redeem(CUP)
    arcade.advance(days=7)
    for redemption_id, reason in ((cup.id, "too_late"), (pack.id, "not_goods"), (sent.id, "not_there")):
        with pytest.raises(NotReturnable) as refused:
            await arcade.rewards.begin_return(RETURN, redemption_id)
        assert refused.value.parameters == {"reason": reason}
    for step in (arcade.rewards.finish_return, arcade.rewards.drop_return):
        for each in (cup, sent):
            with pytest.raises(NotReturnable, match="not_returnable"):
                await step(RETURN, each.id)
    with pytest.raises(NotFound):
        await arcade.rewards.begin_return(RETURN, "NONE")
    await arcade.judge()


async def test_goods_come_back_until_the_last_moment(arcade: Arcade) -> None:
    await arcade.put(CUP)
    await arcade.earn(300)
    done = await arcade.redeem(CUP)
    arcade.moment += timedelta(days=7, microseconds=-1)
    assert (await arcade.rewards.begin_return(RETURN, done.id)).state is State.RETURNING


async def test_whoever_gets_the_line_next_sees_nothing_of_it_and_begins_anew(arcade: Arcade) -> None:
    await arcade.put(replace(PACK, per_month=1), BOOK, CUP)
    await arcade.earn(1000)
    await put_codes(arcade.mall, "books", ["SECRET"])
    pack, book = await arcade.redeem(PACK), await arcade.redeem(BOOK)
    async with write(arcade.engine) as connection:
        await forget_redemptions_of(connection, "L1")
        await close(connection, "close:L1", "L1", now=arcade.moment)
    assert await arcade.rewards.fetch_redemptions("L1", limit=10) == []
    for each in (pack, book):
        with pytest.raises(NotFound):
            await arcade.rewards.fetch_redemption("L1", each.id)
    await arcade.earn(100)
    assert (await arcade.redeem(PACK)).state is State.DONE


@pytest.mark.parametrize("bad", ["lost", "dropped"])
async def test_what_was_under_way_is_not_given_to_whoever_has_the_line_next(arcade: Arcade, bad: str) -> None:
    await arcade.put(PACK)
    await arcade.earn(200)
    arcade.operator.comes("give", bad)
    asked = arcade.next_deed()
    await arcade.redeem(PACK, asked)
    held = arcade.next_deed()
    arcade.break_off_at("redemption.held")
    with pytest.raises(BrokenOffError):
        await arcade.redeem(PACK, held)
    async with write(arcade.engine) as connection:
        await forget_redemptions_of(connection, "L1")
    await arcade.settle(rounds=20, hours=2)
    states = {row.id: row.state for row in await arcade.rows(redemption)}
    assert states == {asked.id: "done" if bad == "dropped" else "released", held.id: "released"}
    assert arcade.operator.asked["give"] == 1
    await arcade.judge(at_rest=True)


async def test_addresses_codes_and_redemptions_are_forgotten_in_their_time(arcade: Arcade) -> None:
    await arcade.put(replace(CUP, per_month=5), BOOK)
    await arcade.earn(1000)
    await put_codes(arcade.mall, "books", ["A", "B"])
    done, book = await arcade.redeem(CUP), await arcade.redeem(BOOK)
    arcade.operator.comes("give", "working")
    under_way = await arcade.redeem(CUP)
    keep = timedelta(days=30)
    forgotten = partial(forget_deliveries, keep=keep)
    arcade.advance(days=30)
    async with write(arcade.engine) as connection:
        assert await forgotten(connection, now=arcade.moment) == 0
        arcade.advance(seconds=1)
        assert await forgotten(connection, now=arcade.moment) == 1
    assert (await arcade.see(done.id)).delivery is None
    assert (await arcade.see(under_way.id)).delivery is not None
    async with write(arcade.engine) as connection:
        await connection.execute(delete(redemption).where(redemptions_over(arcade.moment, keep=keep)))
        await connection.execute(delete(reward_code).where(codes_over(arcade.moment, keep=keep)))
        await connection.execute(delete(reward_limit).where(limits_over(arcade.moment)))
    assert [row.id for row in await arcade.rows(redemption)] == [under_way.id]
    assert [row.given_to for row in await arcade.rows(reward_code)] == [None]
    assert await arcade.rows(reward_limit) == []
    assert book.id not in {row.id for row in await arcade.rows(redemption)}


async def read_row(arcade: Arcade, redemption_id: str) -> Row[Any]:
    """As somebody holds it who has not heard what happens next."""
    return next(row for row in await arcade.rows(redemption) if row.id == redemption_id)


async def change_hands(arcade: Arcade) -> None:
    async with write(arcade.engine) as connection:
        await forget_redemptions_of(connection, "L1")


async def test_a_line_that_changes_hands_just_before_the_operator_is_asked_is_given_nothing(arcade: Arcade) -> None:
    await arcade.put(PACK)
    await arcade.earn(100)
    deed = arcade.next_deed()
    arcade.break_off_at("redemption.held")
    with pytest.raises(BrokenOffError):
        await arcade.redeem(PACK, deed)
    row = await read_row(arcade, deed.id)
    await change_hands(arcade)
    ended = await Fulfilments(arcade.mall, arcade.points).fulfil(row)
    assert (ended.state, ended.failure, arcade.operator.asked["give"]) == ("released", "changed_hands", 0)
    await arcade.judge(at_rest=True)


async def test_what_comes_back_from_a_former_holder_leaves_the_next_one_s_count_alone(arcade: Arcade) -> None:
    await arcade.put(replace(PACK, per_month=1))
    await arcade.earn(200)
    arcade.operator.comes("give", "working")
    begun = await arcade.redeem(PACK)
    row = await read_row(arcade, begun.id)
    await change_hands(arcade)
    assert (await arcade.redeem(PACK)).state is State.DONE
    arcade.operator.refuse(begun.id)
    assert (await Fulfilments(arcade.mall, arcade.points).fulfil(row)).state == "released"
    with pytest.raises(RedemptionRefused) as refused:
        await arcade.redeem(PACK)
    assert codes_of(refused.value) == ["limit_reached"]
    await arcade.judge(at_rest=True)
