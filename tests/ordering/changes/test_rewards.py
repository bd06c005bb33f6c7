"""Does whoever rewards orders hear of each that is done, once, and of no other?"""

import pytest

from gateway.database import write
from graphql_schema.types.change import ChangeAction
from graphql_schema.types.order import OrderState
from ordering.changes.needs import DoneOrder
from ordering.changes.retention import change_forgetter
from tests.ordering.changes.world import SECRET, Hall, Mood

pytestmark = pytest.mark.anyio


async def order(hall: Hall, *moods: Mood) -> None:
    await hall.prepare()
    hall.office.moods.extend(moods)
    await hall.confirm()


async def test_an_order_that_is_done_later_is_heard_of_once_whoever_looks_how_often(hall: Hall) -> None:
    await order(hall)
    await hall.work.work_on_changes()
    assert hall.prizes.heard == []
    hall.watch.advance(minutes=5)
    done_at = hall.watch()
    hall.office.say("D1", state=OrderState.COMPLETED, completed_at=done_at)
    await hall.work_until_quiet()
    await hall.hire().work_on_changes()
    assert hall.prizes.heard == [DoneOrder("D1", "L1", "A1", ChangeAction.ADD, "pack-data-5", "web", done_at)]


async def test_one_that_is_done_at_once_is_heard_of_with_the_answer(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = hall.office._take

    def take_and_do(placed: object) -> object:
        take(placed)  # type: ignore[arg-type]
        hall.office.say("D1", state=OrderState.COMPLETED)
        return hall.office.orders["D1"]

    monkeypatch.setattr(hall.office, "_take", take_and_do)
    await order(hall)
    assert [done.order_id for done in hall.prizes.heard] == ["D1"]


async def test_where_it_can_t_be_noted_the_order_is_not_known_as_done_either(hall: Hall) -> None:
    await order(hall)
    hall.office.say("D1", state=OrderState.COMPLETED)
    hall.prizes.breaks = True
    hall.watch.advance(minutes=5)
    await hall.work.work_on_changes()
    assert [row.state for row in await hall.intents()] == ["placed"]
    await hall.work_until_quiet()
    assert [row.state for row in await hall.intents()] == ["ended"]
    assert len(hall.prizes.heard) == 1


@pytest.mark.parametrize("state", [OrderState.FAILED, OrderState.PARTIAL, OrderState.REJECTED, OrderState.CANCELLED])
async def test_what_was_not_done_whole_is_not_heard_of(hall: Hall, state: OrderState) -> None:
    await order(hall)
    hall.office.say("D1", state=state)
    await hall.work_until_quiet()
    assert [row.state for row in await hall.intents()] == ["ended"]
    assert hall.prizes.heard == []


async def test_an_order_of_who_had_the_line_before_earns_the_next_one_nothing(hall: Hall) -> None:
    await order(hall)
    async with write(hall.engine) as connection:
        await change_forgetter(SECRET, hall.watch)(connection, "L1")
    hall.office.say("D1", state=OrderState.COMPLETED)
    await hall.work_until_quiet()
    assert [row.state for row in await hall.intents()] == ["ended"]
    assert hall.prizes.heard == []


async def test_one_that_was_done_before_it_could_be_called_off_is_heard_of_too(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    await order(hall)

    async def come_too_late(line_id: str, order_id: str) -> object:
        hall.office.say(order_id, state=OrderState.COMPLETED)
        return hall.office.orders[order_id]

    monkeypatch.setattr(hall.office, "cancel", come_too_late)
    await hall.cancel()
    assert hall.prizes.heard == []
    await hall.work_until_quiet()
    assert [done.order_id for done in hall.prizes.heard] == ["D1"]
    assert "order_done:D1" in hall.notices.told
