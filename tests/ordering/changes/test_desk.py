"""Is a change prepared as it was shown, confirmed once, and refused without any effect?"""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from gateway.database import write
from graphql_schema.client import Channel
from graphql_schema.order_ports import WantedChange
from graphql_schema.ports import BssFault
from graphql_schema.problems import (
    ChangeRefused,
    ConfirmationExpired,
    NotCancellable,
    NotFound,
    PreviewChanged,
    SignInRequired,
    TooMany,
)
from graphql_schema.types.change import ChangeAction, ChangeStart, PreparedState
from graphql_schema.types.money import Money
from graphql_schema.types.order import HoldingSystem, NextStep, Order, OrderState
from ordering.change_tables import prepared_change
from ordering.changes.evidence import Evidence
from tests.fakes.deal_ports import make_order, make_preview
from tests.ordering.changes.world import IN_ARREARS, PACK, SECRET, Hall, Mood, make_caller, make_deed

pytestmark = pytest.mark.anyio
VOICE = WantedChange(ChangeAction.ADD, offering_id="pack-voice-100")


async def test_what_was_shown_is_kept_and_waits(hall: Hall) -> None:
    prepared = await hall.prepare()
    assert prepared.preview == replace(make_preview(), offering_id="pack-data-5")
    assert (prepared.id, prepared.state, prepared.order_id) == ("D1", PreparedState.WAITING, None)
    assert await hall.desk.fetch_waiting(make_caller()) == [prepared]
    row = await hall.evidence()
    assert (row.name_zh, row.price_li, row.currency, row.repeats) == ("5GB流量加油包", 15000, "CNY", True)
    assert (row.channel, row.actor, row.level, row.answer) == ("web", "line:L1", 2, None)
    assert hall.office.placed == []


@pytest.mark.parametrize(
    ("channel", "minutes"),
    [(Channel.WEB, 15), (Channel.APP, 15), (Channel.SMS, 30), (Channel.IVR, 5), (Channel.DESK, 5)],
)
async def test_an_answer_counts_for_as_long_as_its_channel_takes(hall: Hall, channel: Channel, minutes: int) -> None:
    prepared = await hall.prepare(channel=channel)
    assert prepared.expires_at - prepared.prepared_at == timedelta(minutes=minutes)
    hall.watch.advance(minutes=minutes)
    with pytest.raises(ConfirmationExpired):
        await hall.confirm()
    assert (await hall.desk.fetch_prepared(make_caller(), "D1")).state is PreparedState.EXPIRED
    assert (hall.office.placed, await hall.intents()) == ([], [])


async def test_the_same_deed_prepares_once(hall: Hall) -> None:
    first = await hall.prepare()
    hall.office.previewed = make_preview(price=Money(amount=Decimal(16), currency="CNY"))
    assert await hall.prepare() == first


async def test_ten_tries_of_one_deed_at_once_prepare_one(hall: Hall) -> None:
    outcomes = await asyncio.gather(*(hall.prepare() for _ in range(10)))
    assert len({outcome.id for outcome in outcomes}) == 1
    assert len(await hall.desk.fetch_waiting(make_caller())) == 1


async def test_another_question_about_the_same_takes_its_place(hall: Hall) -> None:
    await hall.prepare(deed="D1")
    await hall.prepare(deed="D2", channel=Channel.SMS)
    assert [each.id for each in await hall.desk.fetch_waiting(make_caller())] == ["D2"]
    replaced = await hall.evidence("D1")
    assert (replaced.state, replaced.answer, replaced.answer_deed) == ("withdrawn", "replaced", "D2")
    with pytest.raises(ConfirmationExpired):
        await hall.confirm("D1")


async def test_on_and_off_of_a_service_are_about_the_same(hall: Hall) -> None:
    await hall.prepare(WantedChange(ChangeAction.SWITCH_ON, service="roaming"), deed="D1")
    await hall.prepare(WantedChange(ChangeAction.SWITCH_OFF, service="roaming"), deed="D2")
    await hall.prepare(WantedChange(ChangeAction.SWITCH_ON, service="callerId"), deed="D3")
    assert {each.id for each in await hall.desk.fetch_waiting(make_caller())} == {"D2", "D3"}


async def test_a_sixth_can_not_wait_until_one_is_answered_or_over(hall: Hall) -> None:
    for number in range(5):
        await hall.prepare(replace(PACK, offering_id=f"pack-{number}"), deed=f"D{number}")
    with pytest.raises(TooMany):
        await hall.prepare(VOICE, deed="D5")
    await hall.desk.withdraw(make_deed("W1"), "D2")
    await hall.prepare(VOICE, deed="D6")
    hall.watch.advance(minutes=15)
    await hall.prepare(PACK, deed="D7")
    assert [each.id for each in await hall.desk.fetch_waiting(make_caller())] == ["D7"]


async def test_twelve_questions_at_once_leave_five_waiting(hall: Hall) -> None:
    asked = (hall.prepare(replace(PACK, offering_id=f"pack-{n}"), deed=f"D{n}") for n in range(12))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, TooMany) for each in outcomes) == 7
    assert len(await hall.desk.fetch_waiting(make_caller())) == 5


async def test_what_can_not_be_done_is_not_prepared(hall: Hall) -> None:
    hall.office.previewed = make_preview(allowed=False, obstacles=[IN_ARREARS])
    with pytest.raises(ChangeRefused) as refused:
        await hall.prepare()
    assert refused.value.parameters == {"obstacles": [IN_ARREARS]}
    with pytest.raises(NotFound):
        await hall.prepare(WantedChange(ChangeAction.ADD, offering_id="nothing"), deed="D2")
    with pytest.raises(NotFound):
        await hall.desk.prepare(make_deed("D3", line_id="L9"), PACK)
    hall.office.silent = True
    with pytest.raises(BssFault):
        await hall.prepare(deed="D4")
    assert await hall.desk.fetch_waiting(make_caller()) == []


async def test_a_yes_places_one_order_and_keeps_who_said_it(hall: Hall) -> None:
    await hall.prepare(channel=Channel.SMS)
    hall.watch.advance(minutes=2)
    order = await hall.confirm(channel=Channel.WEB)
    assert (order.id, order.state) == ("D1", OrderState.IN_PROGRESS)
    [placed] = hall.office.placed
    assert (placed.reference, placed.line_id, placed.account_id, placed.qualification_id) == ("D1", "L1", "A1", "Q-sms")
    assert placed.wanted == replace(PACK, start=ChangeStart.AT_ONCE), "what was shown, not what is usual by then"
    row = await hall.evidence()
    assert (row.state, row.answer, row.answer_channel, row.answer_actor, row.answer_level) == (
        *("confirmed", "yes", "web", "line:L1"),
        2,
    )
    assert row.answered_at_us - row.prepared_at_us == 120_000_000
    assert Evidence(SECRET).is_ours(row)
    assert (await hall.desk.fetch_prepared(make_caller(), "D1")).order_id == "D1"
    assert [(each.id, each.channel) for each in await hall.orders()] == [("D1", Channel.SMS)]


async def test_a_yes_said_again_tells_the_same_order(hall: Hall) -> None:
    await hall.prepare()
    await hall.confirm()
    hall.office.previewed = make_preview(allowed=False, obstacles=[IN_ARREARS])
    hall.office.say("D1", state=OrderState.COMPLETED)
    assert (await hall.confirm(deed="C2")).state is OrderState.COMPLETED
    hall.office.silent = True
    again = await hall.confirm(deed="C3")
    assert (again.state, again.stale) == (OrderState.IN_PROGRESS, True), "the last that is known of it"
    assert len(hall.office.placed) == 1


async def test_fifty_yes_at_once_place_one_order(hall: Hall) -> None:
    await hall.prepare()
    outcomes = await asyncio.gather(*(hall.confirm(deed=f"C{n}") for n in range(50)), return_exceptions=True)
    assert [type(each) for each in outcomes] == [Order] * 50
    assert (len(hall.office.placed), len(await hall.intents())) == (1, 1)


async def test_yes_and_no_at_once_have_one_outcome(hall: Hall) -> None:
    for turn in range(8):
        prepared_id = f"D{turn}"
        await hall.prepare(deed=prepared_id)
        said = await asyncio.gather(
            hall.confirm(prepared_id, deed=f"C{turn}"),
            hall.desk.withdraw(make_deed(f"W{turn}"), prepared_id),
            return_exceptions=True,
        )
        confirmed = isinstance(said[0], Order)
        assert isinstance(said[1], ConfirmationExpired) == confirmed
        assert isinstance(said[0], ConfirmationExpired) != confirmed
        assert [order.id for order in await hall.orders()].count(prepared_id) == confirmed


@pytest.mark.parametrize(
    "changes",
    [
        {"price": Money(amount=Decimal("15.01"), currency="CNY")},
        {"charges": []},
        {"starts_on": date(2026, 11, 17)},
        {"start": ChangeStart.NEXT_CYCLE},
        {"contract_until": date(2027, 11, 16)},
        {"repeats": False},
    ],
)
async def test_nothing_is_ordered_that_is_not_what_was_shown(hall: Hall, changes: dict[str, object]) -> None:
    await hall.prepare()
    hall.office.previewed = make_preview(**changes)
    with pytest.raises(PreviewChanged) as changed:
        await hall.confirm()
    assert changed.value.parameters["preview"] == make_preview(**changes)
    assert (hall.office.placed, await hall.intents()) == ([], [])
    hall.office.previewed = make_preview()
    assert (await hall.confirm()).state is OrderState.IN_PROGRESS, "it holds again, and still waits"


async def test_an_obstacle_that_came_meanwhile_refuses_and_nothing_is_ordered(hall: Hall) -> None:
    await hall.prepare()
    hall.office.previewed = make_preview(allowed=False, obstacles=[IN_ARREARS])
    with pytest.raises(ChangeRefused):
        await hall.confirm()
    assert (hall.office.placed, await hall.intents()) == ([], [])


async def test_what_the_operator_refuses_for_good_is_refused_and_shown(hall: Hall) -> None:
    await hall.prepare()
    hall.office.moods.append(Mood.REFUSES)
    for deed in ("C1", "C2"):
        with pytest.raises(ChangeRefused) as refused:
            await hall.confirm(deed=deed)
        assert refused.value.parameters == {"obstacles": [IN_ARREARS]}
    [order] = await hall.orders()
    assert (order.state, order.next_step, order.cancellable) == (OrderState.REJECTED, NextStep.PAY, False)
    await hall.work_until_quiet()
    assert (hall.office.placed, hall.notices.told) == ([], {}), "who was refused knows it"


async def test_an_order_that_is_not_taken_failed_and_says_what_to_do(hall: Hall) -> None:
    await hall.prepare()
    hall.office.moods.append(Mood.REJECTS)
    order = await hall.confirm()
    assert (order.state, order.next_step) == (OrderState.FAILED, NextStep.CALL)
    assert order.failure is not None
    assert (await hall.order()).state is OrderState.FAILED


@pytest.mark.parametrize("mood", [Mood.DROPS, Mood.LOSES, Mood.DOWN])
async def test_an_order_of_unknown_outcome_is_placing_until_it_resolves_itself(hall: Hall, mood: Mood) -> None:
    await hall.prepare()
    hall.office.moods.append(mood)
    order = await hall.confirm()
    assert (order.state, order.next_step, order.cancellable) == (OrderState.PLACING, NextStep.WAIT, True)
    assert [(step.system, step.at) for step in order.milestones] == [(HoldingSystem.HALL, hall.watch())]
    shown = (await hall.order()).state
    assert shown is (OrderState.IN_PROGRESS if mood is Mood.DROPS else OrderState.PLACING)
    hall.watch.advance(seconds=2)
    await hall.work.work_on_changes()
    assert (await hall.order()).state is OrderState.IN_PROGRESS
    assert len(hall.office.placed) == 1


async def test_a_line_sees_nothing_of_another_one(hall: Hall) -> None:
    await hall.prepare()
    stranger = make_deed("C9", line_id="L2")
    for attempt in (
        hall.desk.confirm(stranger, "D1"),
        hall.desk.withdraw(stranger, "D1"),
        hall.desk.cancel(stranger, "D1"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await hall.desk.fetch_prepared(make_caller(), "D1")).state is PreparedState.WAITING


@pytest.mark.parametrize("prepared_id", ["", "nobody", "x" * 500, "D1\0", "D1' OR 1=1", "订单"])
async def test_what_is_no_prepared_change_is_not_found(hall: Hall, prepared_id: str) -> None:
    with pytest.raises(NotFound):
        await hall.confirm(prepared_id)


async def test_a_visitor_has_to_sign_in(hall: Hall) -> None:
    with pytest.raises(SignInRequired):
        await hall.desk.fetch_orders(replace(make_caller(), subscriber=None))


async def test_a_no_withdraws_and_is_kept_as_evidence(hall: Hall) -> None:
    await hall.prepare()
    await hall.desk.withdraw(make_deed("W1", Channel.IVR), "D1")
    await hall.desk.withdraw(make_deed("W2"), "D1")
    row = await hall.evidence()
    assert (row.state, row.answer, row.answer_channel, row.answer_deed) == ("withdrawn", "no", "ivr", "W1")
    assert Evidence(SECRET).is_ours(row)
    with pytest.raises(ConfirmationExpired):
        await hall.confirm()


async def test_what_was_confirmed_can_not_be_withdrawn(hall: Hall) -> None:
    await hall.prepare()
    await hall.confirm()
    with pytest.raises(ConfirmationExpired):
        await hall.desk.withdraw(make_deed("W1"), "D1")


@pytest.mark.parametrize(
    "column", [{"price_li": 100}, {"shown": "{}"}, {"offering_id": "pack-gold"}, {"line_id": "L1 "}]
)
async def test_a_question_that_another_hand_changed_orders_nothing(hall: Hall, column: dict[str, object]) -> None:
    await hall.prepare()
    async with write(hall.engine) as connection:
        await connection.execute(update(prepared_change).values(column))
    assert not Evidence(SECRET).is_ours(await hall.evidence())
    with pytest.raises((NotFound, PreviewChanged, ValueError)):
        await hall.confirm()
    assert (hall.office.placed, await hall.intents()) == ([], [])


async def test_orders_of_elsewhere_stand_beside_ours(hall: Hall) -> None:
    await hall.prepare()
    await hall.confirm()
    hall.office.orders["SHOP1"] = make_order("SHOP1", channel=None, placed_at=hall.watch() - timedelta(days=1))
    assert [(each.id, each.channel) for each in await hall.orders()] == [("D1", Channel.WEB), ("SHOP1", None)]
    hall.office.lists = False
    [ours] = await hall.orders()
    assert (ours.id, ours.state, ours.stale) == ("D1", OrderState.IN_PROGRESS, True), "a list that lags hides nothing"


async def test_no_list_of_orders_is_made_up_while_the_operator_is_silent(hall: Hall) -> None:
    hall.office.silent = True
    with pytest.raises(BssFault):
        await hall.orders()


async def test_an_order_is_called_off_once(hall: Hall) -> None:
    await hall.prepare()
    await hall.confirm()
    assert (await hall.cancel(deed="X1")).state is OrderState.CANCELLED
    assert (await hall.cancel(deed="X2")).state is OrderState.CANCELLED
    assert hall.office.cancelled == ["D1"]
    [wish] = await hall.wishes()
    assert (wish.deed, wish.channel, wish.actor, wish.state) == ("X1", "web", "line:L1", "done")
    await hall.work_until_quiet()
    assert hall.notices.told == {}, "who called it off knows it"


async def test_an_order_of_elsewhere_can_be_called_off_too(hall: Hall) -> None:
    hall.office.orders["SHOP1"] = make_order("SHOP1")
    assert (await hall.cancel("SHOP1")).state is OrderState.CANCELLED


@pytest.mark.parametrize("state", [OrderState.COMPLETED, OrderState.FAILED, OrderState.PARTIAL, OrderState.IN_PROGRESS])
async def test_what_took_effect_is_not_called_off(hall: Hall, state: OrderState) -> None:
    hall.office.orders["SHOP1"] = make_order("SHOP1", state=state, cancellable=False)
    with pytest.raises(NotCancellable) as refused:
        await hall.cancel("SHOP1")
    assert refused.value.parameters == {"state": state}
    assert (await hall.order("SHOP1")).state is state


@pytest.mark.parametrize("mood", [Mood.DROPS, Mood.LOSES, Mood.DOWN])
async def test_a_cancellation_of_unknown_outcome_says_so_and_resolves_itself(hall: Hall, mood: Mood) -> None:
    await hall.prepare()
    await hall.confirm()
    hall.office.moods.append(mood)
    assert (await hall.cancel()).state is OrderState.PENDING_CANCELLATION
    shown = (await hall.order()).state
    assert shown is (OrderState.CANCELLED if mood is Mood.DROPS else OrderState.PENDING_CANCELLATION)
    hall.watch.advance(seconds=5)
    await hall.work.work_on_changes()
    assert (await hall.order()).state is OrderState.CANCELLED
    assert [wish.state for wish in await hall.wishes()] == ["done"]


@pytest.mark.parametrize("mood", [Mood.DROPS, Mood.LOSES])
async def test_an_order_that_is_placing_is_called_off_wherever_it_is(hall: Hall, mood: Mood) -> None:
    await hall.prepare()
    hall.office.moods.append(mood)
    hall.office.lists = False
    await hall.confirm()
    assert (await hall.cancel()).state is OrderState.PENDING_CANCELLATION
    await hall.work_until_quiet()
    assert len(hall.office.placed) == (mood is Mood.DROPS), "it is not sent again"
    assert (await hall.order()).state is OrderState.CANCELLED
    assert hall.notices.told == {}
