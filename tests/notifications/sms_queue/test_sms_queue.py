"""Does a text wait in the database safely, whatever is delivered twice, refused or killed meanwhile?"""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from notifications.sms_queue import Lane, SmsLimits, SqlSmsQueue
from notifications.tables import inbound_sms, inbound_sms_part, metadata, outbound_sms, outbound_sms_part

pytestmark = pytest.mark.anyio

NUMBER = "13800138001"


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """A queue with what a test asks of it in one word."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.watch = Watch()
        self.transaction = partial(write, engine)
        self.queue = SqlSmsQueue(self.transaction, limits=SmsLimits(), clock=self.watch)

    async def put(self, key: str, text: str = "hello", lane: Lane = Lane.ALERT, lifetime_seconds: float = 300) -> bool:
        async with self.transaction() as connection:
            return await self.queue.enqueue(
                connection, key=key, recipient=NUMBER, text=text, lane=lane, lifetime_seconds=lifetime_seconds
            )

    async def arrive(self, text: str = "YE", session: str = "bind-1", sequence: int = 1) -> bool:
        return await self.queue.receive(
            sender=NUMBER, destination="10086", text=text, session=session, sequence=sequence
        )

    async def rows(self, table: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(select(table).order_by(table.c.id))).all())


@pytest.fixture
async def desk(engine: AsyncEngine) -> Desk:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return Desk(engine)


# --- to send -----------------------------------------------------------------------------------------------------


async def test_codes_leave_before_alerts_before_answers_and_the_oldest_of_a_lane_first(desk: Desk) -> None:
    for key, lane in [
        ("n", Lane.NOTICE),
        ("a1", Lane.ANSWER),
        ("l", Lane.ALERT),
        ("a2", Lane.ANSWER),
        ("c", Lane.CODE),
    ]:
        await desk.put(key, text=key, lane=lane)
    claimed = await desk.queue.claim_to_send(limit=4, lease_seconds=60)
    assert [sms.text for sms in claimed] == ["c", "l", "a1", "a2"]


async def test_the_same_key_is_queued_once(desk: Desk) -> None:
    assert await desk.put("alert:1")
    assert not await desk.put("alert:1", text="again")
    assert [row.text for row in await desk.rows(outbound_sms)] == ["hello"]


async def test_a_message_is_undone_with_the_transaction_that_queued_it(desk: Desk) -> None:
    with suppress(RuntimeError):
        async with desk.transaction() as connection:
            await desk.queue.enqueue(
                connection, key="k", recipient=NUMBER, text="x", lane=Lane.CODE, lifetime_seconds=60
            )
            raise RuntimeError
    assert await desk.rows(outbound_sms) == []


async def test_two_processes_never_hold_the_same_message(desk: Desk) -> None:
    for place in range(20):
        await desk.put(f"k{place}")
    claims = await asyncio.gather(*(desk.queue.claim_to_send(limit=8, lease_seconds=60) for _ in range(4)))
    ids = [sms.id for claim in claims for sms in claim]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 8


async def test_a_lease_that_ended_is_offered_again(desk: Desk) -> None:
    await desk.put("k")
    (first,) = await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    assert await desk.queue.claim_to_send(limit=5, lease_seconds=60) == []
    desk.watch.now += 61
    (second,) = await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    assert (first.id, first.attempt, second.id, second.attempt) == (second.id, 1, first.id, 2)


async def test_who_lost_the_lease_can_not_give_the_message_up(desk: Desk) -> None:
    await desk.put("k")
    (first,) = await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    desk.watch.now += 61
    await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    assert not await desk.queue.mark_failed(first.id, attempt=first.attempt, failure="ESME_RINVDSTADR")
    assert not await desk.queue.requeue(first.id, attempt=first.attempt, pause_seconds=0)
    assert [row.state for row in await desk.rows(outbound_sms)] == ["leased"]


async def test_a_throttled_message_rests_before_it_is_offered_again(desk: Desk) -> None:
    await desk.put("k")
    (sms,) = await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    assert await desk.queue.requeue(sms.id, attempt=sms.attempt, pause_seconds=10)
    assert await desk.queue.claim_to_send(limit=5, lease_seconds=60) == []
    desk.watch.now += 11
    assert len(await desk.queue.claim_to_send(limit=5, lease_seconds=60)) == 1


async def test_the_text_of_a_code_is_blanked_once_it_left_and_that_of_an_alert_stays(desk: Desk) -> None:
    await desk.put("c", text="123456", lane=Lane.CODE)
    await desk.put("l", text="80 %", lane=Lane.ALERT)
    for sms in await desk.queue.claim_to_send(limit=5, lease_seconds=60):
        await desk.queue.mark_sent(sms.id, part=1, parts_total=1, smsc_message_id=f"S{sms.id}")
    assert [(row.state, row.text) for row in await desk.rows(outbound_sms)] == [("sent", ""), ("sent", "80 %")]


async def test_what_came_too_late_expires_and_a_code_in_it_is_blanked(desk: Desk) -> None:
    await desk.put("c", text="123456", lane=Lane.CODE, lifetime_seconds=300)
    await desk.put("l", lifetime_seconds=3600)
    desk.watch.now += 301
    assert [sms.text for sms in await desk.queue.claim_to_send(limit=5, lease_seconds=60)] == ["hello"]
    assert await desk.queue.expire() == 1
    assert [(row.state, row.text) for row in await desk.rows(outbound_sms)] == [("expired", ""), ("leased", "hello")]


async def test_a_message_is_delivered_once_every_part_has_its_receipt(desk: Desk) -> None:
    await desk.put("k")
    (sms,) = await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    await desk.queue.record_part(sms.id, part=1, smsc_message_id="S1")
    assert await desk.queue.record_receipt("S1", "DELIVRD")  # it may overtake the response to part 2
    await desk.queue.mark_sent(sms.id, part=2, parts_total=2, smsc_message_id="S2")
    assert [row.state for row in await desk.rows(outbound_sms)] == ["sent"]
    assert await desk.queue.record_receipt("S2", "DELIVRD")
    assert [(row.state, row.parts_total) for row in await desk.rows(outbound_sms)] == [("delivered", 2)]


@pytest.mark.parametrize(("receipt", "state"), [("UNDELIV", "failed"), ("EXPIRED", "failed"), ("ACCEPTD", "sent")])
async def test_a_receipt_settles_its_message(desk: Desk, receipt: str, state: str) -> None:
    await desk.put("k")
    (sms,) = await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    await desk.queue.mark_sent(sms.id, part=1, parts_total=1, smsc_message_id="S1")
    await desk.queue.record_receipt("S1", receipt)
    assert [row.state for row in await desk.rows(outbound_sms)] == [state]


async def test_a_receipt_for_nobody_is_said_to_be_unknown(desk: Desk) -> None:
    assert not await desk.queue.record_receipt("S404", "DELIVRD")


# --- received ----------------------------------------------------------------------------------------------------


async def test_a_received_message_is_answered_once_and_its_reply_goes_to_its_sender(desk: Desk) -> None:
    await desk.arrive()
    (message,) = await desk.queue.claim_received(limit=5, lease_seconds=30)
    assert (message.sender, message.text, message.attempt) == (NUMBER, "YE", 1)
    assert await desk.queue.answer(message.id, "86.50")
    assert not await desk.queue.answer(message.id, "again")
    (reply,) = await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    assert (reply.recipient, reply.text, reply.lane) == (NUMBER, "86.50", Lane.ANSWER)


async def test_a_reply_that_tells_a_secret_is_blanked_once_it_left(desk: Desk) -> None:
    await desk.arrive()
    (message,) = await desk.queue.claim_received(limit=5, lease_seconds=30)
    assert await desk.queue.answer(message.id, "voucher QX-77", tells_secret=True)
    (reply,) = await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    assert reply.text == "voucher QX-77"
    await desk.queue.mark_sent(reply.id, part=1, parts_total=1, smsc_message_id="S1")
    assert [row.text for row in await desk.rows(outbound_sms)] == [""]


async def test_a_message_that_nobody_answered_is_offered_again(desk: Desk) -> None:
    await desk.arrive()
    await desk.queue.claim_received(limit=5, lease_seconds=30)
    assert await desk.queue.claim_received(limit=5, lease_seconds=30) == []
    desk.watch.now += 31
    assert [message.attempt for message in await desk.queue.claim_received(limit=5, lease_seconds=30)] == [2]


async def test_the_same_sequence_in_the_same_bind_is_a_second_delivery(desk: Desk) -> None:
    assert await desk.arrive(sequence=7)
    assert not await desk.arrive(sequence=7)
    assert len(await desk.rows(inbound_sms)) == 1


async def test_the_same_text_in_the_next_bind_is_a_second_delivery_for_two_minutes(desk: Desk) -> None:
    assert await desk.arrive(session="bind-1", sequence=7)
    desk.watch.now += 60
    assert not await desk.arrive(session="bind-2", sequence=1)
    desk.watch.now += 61
    assert await desk.arrive(session="bind-3", sequence=1)


async def test_a_person_who_asks_twice_is_answered_twice(desk: Desk) -> None:
    assert await desk.arrive(sequence=1)
    assert await desk.arrive(sequence=2)
    assert len(await desk.queue.claim_received(limit=5, lease_seconds=30)) == 2


async def arrive_part(
    desk: Desk, part: int, text: str, *, session: str = "bind-1", sequence: int | None = None
) -> bool:
    return await desk.queue.receive_part(
        sender=NUMBER,
        destination="10086",
        text=text,
        session=session,
        sequence=sequence or part,
        reference=9,
        part=part,
        total=2,
    )


async def test_parts_become_a_message_with_the_last_one_in_any_order(desk: Desk) -> None:
    assert not await arrive_part(desk, 2, "流量")
    assert not await arrive_part(desk, 2, "流量", sequence=5)  # delivered twice
    assert await arrive_part(desk, 1, "我还剩多少", session="bind-2")  # the link broke in between
    assert [row.text for row in await desk.rows(inbound_sms)] == ["我还剩多少流量"]
    assert await desk.rows(inbound_sms_part) == []


async def test_a_long_message_that_is_delivered_twice_is_stored_once(desk: Desk) -> None:
    for session in ("bind-1", "bind-2"):
        await arrive_part(desk, 1, "我还剩多少", session=session)
        await arrive_part(desk, 2, "流量", session=session)
    assert len(await desk.rows(inbound_sms)) == 1


async def test_what_ended_long_ago_is_forgotten_and_what_is_open_is_kept(desk: Desk) -> None:
    await desk.arrive()
    (message,) = await desk.queue.claim_received(limit=5, lease_seconds=30)
    await desk.queue.answer(message.id, "old")
    (reply,) = await desk.queue.claim_to_send(limit=5, lease_seconds=60)
    await desk.queue.mark_sent(reply.id, part=1, parts_total=1, smsc_message_id="S1")
    await arrive_part(desk, 1, "lost")
    desk.watch.now += 31 * 86400
    await desk.arrive(text="HF", sequence=2)
    await desk.queue.forget_old()
    assert [row.text for row in await desk.rows(inbound_sms)] == ["HF"]
    for table in (outbound_sms, outbound_sms_part, inbound_sms_part):
        assert await desk.rows(table) == []


@pytest.mark.parametrize("text", ["Y\0E", "YE\ud83d", "\ude00YE"])
async def test_a_text_that_no_database_keeps_is_received_without_what_is_wrong_with_it(desk: Desk, text: str) -> None:
    assert await desk.arrive(text)
    part = {"sender": NUMBER, "destination": "10086", "session": "bind-1", "reference": 7, "total": 1}
    assert await desk.queue.receive_part(text=text, sequence=2, part=1, **part)  # type: ignore[arg-type]
    for received in await desk.queue.claim_received(limit=2, lease_seconds=30):
        assert received.text.replace("\N{REPLACEMENT CHARACTER}", "") == "YE"
