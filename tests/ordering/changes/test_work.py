"""Does every change come to its end by itself, is it told once, and is nothing said that isn't so?"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.database import read, write
from graphql_schema.client import Channel
from graphql_schema.ports import BssFault
from graphql_schema.problems import ConfirmationExpired, NotFound
from graphql_schema.types.change import PreparedState
from graphql_schema.types.line import LineState
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.order import NextStep, OrderState
from ordering.change_tables import prepared_change
from ordering.changes.retention import change_forgetter
from ordering.changes.systems import ChangeClocks
from ordering.tables import from_us
from tests.fakes.deal_ports import make_preview
from tests.fakes.operator import line_of
from tests.ordering.changes.world import IN_ARREARS, NUMBER, PACK, SECRET, Hall, Mood, make_caller, make_deed

pytestmark = pytest.mark.anyio
FAILURE = LocalizedText(zh="端口不足", en="No port is free")


async def begin(hall: Hall, *moods: Mood, **prepared: object) -> None:
    """A confirmed change; the operator behaves so with what is sent."""
    await hall.prepare(**prepared)  # type: ignore[arg-type]
    hall.office.moods.extend(moods)
    await hall.confirm()


async def test_silence_withdraws_and_whoever_was_asked_by_text_is_told_by_text(hall: Hall) -> None:
    await hall.prepare(channel=Channel.SMS, deed="D1")
    await hall.prepare(replace(PACK, offering_id="other"), channel=Channel.WEB, deed="D2")
    hall.watch.advance(minutes=29)
    await hall.work.work_on_changes()
    assert (await hall.evidence("D2")).state == "expired"
    assert (await hall.evidence("D1")).state == "waiting"
    hall.watch.advance(minutes=1)
    for _ in range(3):
        await hall.work.work_on_changes()
    row = await hall.evidence("D1")
    assert (row.state, row.answer, row.answer_actor) == ("expired", "silence", None)
    assert list(hall.notices.told) == ["change_lapsed:D1"]
    assert hall.notices.told["change_lapsed:D1"][2] == {"name": LocalizedText(zh="5GB流量加油包", en="5 GB pack")}
    with pytest.raises(ConfirmationExpired):
        await hall.confirm("D1")


async def test_ten_workers_at_once_tell_once_and_place_once(hall: Hall) -> None:
    await hall.prepare(channel=Channel.SMS, deed="D0")
    hall.watch.advance(minutes=30)
    await begin(hall, Mood.LOSES, deed="D1")
    hall.watch.advance(seconds=2)
    await asyncio.gather(*(hall.hire().work_on_changes() for _ in range(10)))
    hall.office.say("D1", state=OrderState.COMPLETED)
    hall.watch.advance(seconds=30)
    await asyncio.gather(*(hall.hire().work_on_changes() for _ in range(10)))
    assert len(hall.office.placed) == 1
    assert sorted(hall.notices.told) == ["change_lapsed:D0", "order_done:D1"]


async def test_a_dead_workers_order_is_taken_over_when_its_lease_ends(hall: Hall) -> None:
    await hall.prepare()

    class Died(BaseException):
        """The process is gone."""

    def die(boundary: str) -> None:
        if boundary == "confirm.intended":
            raise Died

    with pytest.raises(Died):
        await hall.open_desk(die).confirm(make_deed("C1"), "D1")
    assert (await hall.order()).state is OrderState.PLACING
    hall.watch.advance(seconds=29)
    await hall.work.work_on_changes()
    assert hall.office.placed == [], "the lease of the dead lasts on"
    hall.watch.advance(seconds=1)
    await hall.work.work_on_changes()
    assert len(hall.office.placed) == 1
    assert (await hall.order()).state is OrderState.IN_PROGRESS


async def test_the_end_of_an_order_is_told_with_its_name(hall: Hall) -> None:
    await begin(hall)
    await hall.work_until_quiet()
    assert hall.notices.told == {}
    hall.office.say("D1", state=OrderState.COMPLETED)
    await hall.work_until_quiet()
    [(number, notice, facts)] = hall.notices.told.values()
    assert (number, notice) == (NUMBER, "order_done")
    assert facts == {
        "name": LocalizedText(zh="5GB流量加油包", en="5 GB pack"),
        "action": "add",
        "failure": None,
        "next_step": None,
        "partly": False,
    }
    assert [row.state for row in await hall.intents()] == ["ended"]


@pytest.mark.parametrize("state", [OrderState.FAILED, OrderState.PARTIAL, OrderState.REJECTED])
async def test_a_failure_is_told_with_what_to_do(hall: Hall, state: OrderState) -> None:
    await begin(hall)
    hall.office.say("D1", state=state, failure=FAILURE, next_step=NextStep.CHOOSE)
    await hall.work_until_quiet()
    [(_, notice, facts)] = hall.notices.told.values()
    assert notice == "order_failed"
    assert (facts["failure"], facts["next_step"], facts["partly"]) == (FAILURE, "choose", state is OrderState.PARTIAL)


async def test_an_event_of_the_operator_makes_an_order_looked_at_next(hall: Hall) -> None:
    await begin(hall)
    hall.watch.advance(days=3)
    await hall.work.work_on_changes()
    hall.office.say("D1", state=OrderState.COMPLETED)
    hall.watch.advance(minutes=10)
    await hall.work.work_on_changes()
    assert hall.notices.told == {}, "an order of three days is looked at every 18 hours"
    await hall.work.hasten("L1")
    await hall.work.work_on_changes()
    assert list(hall.notices.told) == ["order_done:D1"]


async def test_an_order_that_never_arrives_is_placed_again_until_the_hour_is_over_and_then_failed(hall: Hall) -> None:
    await begin(hall, *[Mood.LOSES] * 100)
    await hall.work_until_quiet()
    order = await hall.order()
    assert (order.state, order.next_step, order.cancellable) == (OrderState.FAILED, NextStep.RETRY, False)
    assert hall.office.placed == []
    assert list(hall.notices.told) == ["order_failed:D1"]
    attempts = (await hall.intents())[0].attempts
    assert 10 < attempts < 40, "neither given up at once nor hammered"


async def test_nothing_is_called_failed_while_the_operator_is_silent(hall: Hall) -> None:
    await begin(hall, Mood.DROPS)
    hall.office.silent = True
    await hall.work_until_quiet(hours=4)
    assert [row.state for row in await hall.intents()] == ["placing"]
    assert hall.notices.told == {}
    hall.office.silent, hall.office.lists = False, False
    late = await hall.order()
    assert (late.state, late.next_step) == (OrderState.PLACING, NextStep.CALL)
    hall.office.lists = True
    await hall.work_until_quiet()
    assert ((await hall.order()).state, len(hall.office.placed)) == (OrderState.IN_PROGRESS, 1)


async def test_an_order_that_arrives_late_is_found_and_is_one(hall: Hall) -> None:
    await begin(hall, Mood.LATE, Mood.LATE)
    for seconds in (2, 4):
        hall.watch.advance(seconds=seconds)
        await hall.work.work_on_changes()
    hall.office.deliver()
    assert len(hall.office.placed) == 1
    await hall.work_until_quiet()
    assert (await hall.order()).state is OrderState.IN_PROGRESS
    assert hall.notices.told == {}


async def test_what_stands_against_it_may_be_the_order_itself(hall: Hall) -> None:
    await begin(hall, Mood.LATE)
    hall.office.previewed = make_preview(allowed=False, obstacles=[IN_ARREARS])
    hall.watch.advance(seconds=2)
    await hall.work.work_on_changes()
    assert (await hall.order()).state is OrderState.PLACING, "it may still be on its way"
    hall.office.deliver()
    await hall.work_until_quiet()
    assert (await hall.order()).state is OrderState.IN_PROGRESS


async def test_terms_that_changed_before_it_arrived_place_nothing_and_are_told(hall: Hall) -> None:
    await begin(hall, Mood.LOSES)
    hall.office.previewed = make_preview(starts_on=None)
    await hall.work_until_quiet()
    order = await hall.order()
    assert (order.state, order.next_step) == (OrderState.FAILED, NextStep.RETRY)
    assert hall.office.placed == []
    assert list(hall.notices.told) == ["order_failed:D1"]


async def test_an_obstacle_that_came_before_it_arrived_refuses_it(hall: Hall) -> None:
    await begin(hall, Mood.LOSES)
    hall.office.previewed = make_preview(allowed=False, obstacles=[IN_ARREARS])
    await hall.work_until_quiet()
    order = await hall.order()
    assert (order.state, order.next_step) == (OrderState.REJECTED, NextStep.PAY)
    assert hall.notices.told["order_failed:D1"][2]["next_step"] == "pay"


@pytest.mark.parametrize("mood", [Mood.REFUSES, Mood.REJECTS])
async def test_what_is_refused_when_it_is_sent_again_ends(hall: Hall, mood: Mood) -> None:
    await begin(hall, Mood.LOSES, *[mood] * 20)
    await hall.work_until_quiet()
    ended = (await hall.order()).state
    assert ended is (OrderState.REJECTED if mood is Mood.REFUSES else OrderState.FAILED)
    assert (hall.office.placed, list(hall.notices.told)) == ([], ["order_failed:D1"])


async def test_a_cancellation_that_came_too_late_leaves_the_order_as_it_is(hall: Hall) -> None:
    await begin(hall)
    hall.office.moods.append(Mood.LOSES)
    assert (await hall.cancel()).state is OrderState.PENDING_CANCELLATION
    hall.office.say("D1", state=OrderState.IN_PROGRESS, cancellable=False)
    hall.watch.advance(seconds=5)
    await hall.work.work_on_changes()
    assert (await hall.order()).state is OrderState.IN_PROGRESS
    assert [wish.state for wish in await hall.wishes()] == ["refused"]


async def test_whoever_can_not_be_found_is_told_later_and_nobody_after_a_day(hall: Hall) -> None:
    for deed in ("D1", "D2"):
        await begin(hall, deed=deed) if deed == "D1" else await second(hall)
    hall.operator.down = True
    hall.office.say("D1", state=OrderState.COMPLETED)
    hall.watch.advance(seconds=30)
    await hall.work.work_on_changes()
    hall.operator.down = False
    assert hall.notices.told == {}
    hall.watch.advance(minutes=1)
    await hall.work.work_on_changes()
    assert list(hall.notices.told) == ["order_done:D1"]
    hall.office.say("D2", state=OrderState.COMPLETED)
    await hall.work.hasten("L1")
    hall.operator.down = True
    await hall.work.work_on_changes()
    hall.operator.down = False
    hall.watch.advance(hours=24)
    await hall.work.work_on_changes()
    assert list(hall.notices.told) == ["order_done:D1"], "yesterday's news"


async def second(hall: Hall) -> None:
    await hall.prepare(deed="D2")
    await hall.confirm("D2", deed="C2")


async def test_a_closed_line_is_told_nothing(hall: Hall) -> None:
    await begin(hall)
    hall.operator.put(line_of(NUMBER, "L1", state=LineState.CLOSED))
    hall.office.say("D1", state=OrderState.COMPLETED)
    await hall.work_until_quiet()
    assert hall.notices.told == {}


async def test_the_next_holder_of_a_line_sees_and_hears_nothing_of_before(hall: Hall) -> None:
    await begin(hall, Mood.LOSES)
    await hall.prepare(replace(PACK, offering_id="other"), deed="D2", channel=Channel.SMS)
    forget = change_forgetter(SECRET, hall.watch)
    async with write(hall.engine) as connection:
        await forget(connection, "L1")
    hall.office.lists = False
    assert (await hall.orders(), await hall.desk.fetch_waiting(make_caller())) == ([], [])
    with pytest.raises(NotFound):
        await hall.confirm("D2")
    assert (await hall.evidence("D2")).answer == "left"
    await hall.work_until_quiet()
    assert (hall.office.placed, hall.notices.told) == ([], {}), "what its holder ordered is not placed for another"
    assert [row.state for row in await hall.intents()] == ["withdrawn"]


async def test_an_order_that_never_ends_is_followed_for_half_a_year(hall: Hall) -> None:
    await begin(hall)
    hall.watch.advance(days=181)
    await hall.work.work_on_changes()
    assert [(row.state, row.known_state) for row in await hall.intents()] == [("ended", "in_progress")]


async def test_work_wakes_behind_its_caller_and_survives_a_fault(hall: Hall) -> None:
    await hall.prepare(channel=Channel.SMS)
    hall.watch.advance(minutes=30)
    hall.notices.send = fail  # type: ignore[method-assign, assignment]
    await hall.work.wake()
    await asyncio.sleep(0.2)
    del hall.notices.send
    hall.watch.advance(minutes=1)
    await hall.work.wake()
    for _ in range(100):
        if hall.notices.told:
            break
        await asyncio.sleep(0.02)
    assert list(hall.notices.told) == ["change_lapsed:D1"]
    await hall.work.stop()


async def lose(hall: Hall, *deeds: str) -> None:
    """Confirmed changes that never reached the operator."""
    for deed in deeds:
        await hall.prepare(replace(PACK, offering_id=f"pack-{deed}"), deed=deed)
        hall.office.moods.append(Mood.LOSES)
        await hall.confirm(deed, deed=f"yes-{deed}")


async def test_one_order_that_can_not_be_read_rests_and_the_others_go_on(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    await hall.prepare(replace(PACK, offering_id="lapses"), deed="D0", channel=Channel.SMS)
    await lose(hall, "D1", "D2", "D3")
    async with write(hall.engine) as connection:
        unread = update(prepared_change).where(prepared_change.c.id == "D1")
        await connection.execute(unread.values(shown='{"of": "13800138001"}'))
    hall.watch.advance(minutes=30)
    await hall.work.work_on_changes()
    assert sorted(order.reference for order in hall.office.placed) == ["D2", "D3"]
    assert "change_lapsed:D0" in hall.notices.told
    assert "a change failed and rests: ValidationError" in caplog.text
    assert NUMBER not in caplog.text
    pauses = []
    for _ in range(4):
        row = next(row for row in await hall.intents() if row.id == "D1")
        pauses.append(from_us(row.free_at_us) - hall.watch())
        hall.watch.moment = from_us(row.free_at_us)
        await hall.work.work_on_changes()
    assert pauses == sorted(set(pauses)), "longer each time"
    assert pauses[0] > timedelta()


async def test_one_text_that_can_not_be_written_keeps_no_other_waiting(hall: Hall) -> None:
    await hall.prepare(replace(PACK, offering_id="other"), deed="D1", channel=Channel.SMS)
    await hall.prepare(deed="D2", channel=Channel.SMS)
    send = hall.notices.send

    async def send_but_one(*given: Any, **facts: Any) -> None:
        if facts["key"] == "D1":
            raise KeyError("a word is missing")
        await send(*given, **facts)

    hall.notices.send = send_but_one  # type: ignore[method-assign]
    hall.watch.advance(minutes=30)
    await hall.work.work_on_changes()
    assert list(hall.notices.told) == ["change_lapsed:D2"]
    hall.notices.send = send  # type: ignore[method-assign]
    hall.watch.advance(minutes=1)
    await hall.work.work_on_changes()
    assert sorted(hall.notices.told) == ["change_lapsed:D1", "change_lapsed:D2"]


async def test_however_many_lapse_one_call_withdraws_them_all(hall: Hall) -> None:
    for line in range(11):
        hall.operator.put(line_of(f"138001380{line:02}", f"M{line}"))
        for place in range(5):
            deed = make_deed(f"D{line}-{place}", line_id=f"M{line}")
            await hall.desk.prepare(deed, replace(PACK, offering_id=f"pack-{place}"))
    hall.watch.advance(minutes=15)
    await hall.work.work_on_changes()
    async with read(hall.engine) as connection:
        states = (await connection.execute(select(prepared_change.c.state))).scalars().all()
    assert states == ["expired"] * 55


async def test_what_is_known_here_alone_is_told_in_the_operators_time(hall: Hall) -> None:
    ahead = timedelta(days=40)
    hall.clocks = ChangeClocks(hall.watch, lambda: hall.watch() + ahead)
    hall.desk, hall.work = hall.open_desk(), hall.hire()
    await begin(hall)
    hall.watch.advance(minutes=1)
    ended_at = hall.watch()
    hall.office.say("D1", state=OrderState.COMPLETED)
    await hall.work.work_on_changes()
    hall.watch.advance(days=1)
    hall.office.lists = False
    order = await hall.order()
    assert (order.placed_at, order.completed_at) == (ended_at + ahead - timedelta(minutes=1), ended_at + ahead)
    assert order.as_of == ended_at + ahead


async def fail(*_: object, **__: object) -> None:
    raise RuntimeError("the queue is gone")


async def test_a_preview_that_never_comes_orders_nothing(hall: Hall) -> None:
    await hall.prepare()
    hall.office.silent = True
    with pytest.raises(BssFault):
        await hall.confirm()
    assert (await hall.desk.fetch_prepared(make_caller(), "D1")).state is PreparedState.WAITING
    hall.office.silent = False
    hall.watch.advance(seconds=timedelta(minutes=14).total_seconds())
    assert (await hall.confirm(deed="C2")).state is OrderState.IN_PROGRESS
