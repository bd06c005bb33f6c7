"""Does the link lose nothing and repeat nothing, over a real socket to the sandbox's short message centre?"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.sms import link
from channels.sms.sending import Pace
from notifications.sms_queue import Lane, SqlSmsQueue
from notifications.tables import inbound_sms, outbound_sms
from sandbox.smsc import Message, Smsc

pytestmark = pytest.mark.anyio

NUMBER, OTHER = "13800138001", "13800138002"
Linked = Callable[..., AbstractAsyncContextManager[Any]]
CHILD = Path(__file__).parent / "link_child.py"


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """One database is enough here: tests/notifications/sms_queue asks both."""
    return f"{request.param}:///{tmp_path / 'onehall.db'}"


async def states(engine: AsyncEngine, table: Any = outbound_sms) -> list[str]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(table.c.state).order_by(table.c.id))).scalars())


async def eventually(condition: Callable[[], Any], timeout_seconds: float = 8.0) -> None:
    """Waits until the condition (or what it awaits) holds."""
    async with asyncio.timeout(timeout_seconds):
        while True:
            held = condition()
            if await held if asyncio.iscoroutine(held) else held:
                return
            await asyncio.sleep(0.02)


def received(smsc: Smsc, number: str = NUMBER) -> list[Message]:
    return [message for message in smsc.thread(number) if message.direction == "received"]


async def send(queue: SqlSmsQueue, engine: AsyncEngine, key: str, text: str, recipient: str = NUMBER) -> None:
    from gateway.database import write  # noqa: PLC0415

    async with write(engine) as connection:
        await queue.enqueue(connection, key=key, recipient=recipient, text=text, lane=Lane.ALERT, lifetime_seconds=3600)


async def test_a_text_is_answered_and_a_long_chinese_reply_arrives_whole(smsc: Smsc, linked: Linked) -> None:
    async with linked(smsc.port):
        await smsc.send_text(NUMBER, "YE")
        reply = await smsc.wait_for_message(NUMBER)
    assert reply.text.startswith("YE:您好")
    assert reply.text.endswith("剩余12.50GB。")
    assert reply.parts == 3


async def test_a_long_question_arrives_whole(smsc: Smsc, linked: Linked, hall: Any) -> None:
    question = "我想知道我还剩多少流量," * 12
    async with linked(smsc.port):
        await smsc.send_text(NUMBER, question)
        await smsc.wait_for_message(NUMBER)
    assert hall.asked == [(NUMBER, question)]


async def test_receipts_come_back_to_their_rows(
    smsc: Smsc, linked: Linked, queue: SqlSmsQueue, engine: AsyncEngine
) -> None:
    smsc.switched_off.add(OTHER)
    await send(queue, engine, "reached", "流量提醒" * 40)
    await send(queue, engine, "off", "hello", OTHER)
    async with linked(smsc.port):
        await eventually(lambda: _are(engine, ["delivered", "failed"]))


async def _are(engine: AsyncEngine, expected: list[str]) -> bool:
    return await states(engine) == expected


async def test_what_a_handset_texts_while_the_link_is_down_is_answered_later(smsc: Smsc, linked: Linked) -> None:
    await smsc.send_text(NUMBER, "HF")
    async with linked(smsc.port):
        assert (await smsc.wait_for_message(NUMBER)).text.startswith("HF:")


async def test_after_a_restart_of_the_smsc_both_directions_work_again(
    smsc: Smsc, linked: Linked, queue: SqlSmsQueue, engine: AsyncEngine
) -> None:
    async with linked(smsc.port):
        await eventually(lambda: smsc.bound)
        await smsc.stop()
        await send(queue, engine, "meanwhile", "sent while it was down")
        await smsc.send_text(NUMBER, "LL")
        await asyncio.sleep(0.3)
        await smsc.start()
        await eventually(lambda: len(received(smsc)) == 2)
    assert {message.text[:4] for message in received(smsc)} == {"sent", "LL:您"}


async def test_a_throttled_message_is_sent_again_whole(
    smsc: Smsc, linked: Linked, queue: SqlSmsQueue, engine: AsyncEngine
) -> None:
    smsc.throttle(2)
    text = "流量提醒:您的国内流量已使用80%,剩余2.00GB。" * 5
    await send(queue, engine, "long", text)
    async with linked(smsc.port):
        await smsc.wait_for_message(NUMBER)
        await eventually(lambda: _are(engine, ["delivered"]))
    assert [message.text for message in received(smsc)] == [text]


async def test_many_messages_pass_a_narrow_window(
    smsc: Smsc, linked: Linked, queue: SqlSmsQueue, engine: AsyncEngine
) -> None:
    for place in range(30):
        await send(queue, engine, f"k{place}", f"{place} " + "流" * 100)
    async with linked(smsc.port, pace=Pace(window=3, poll_seconds=0.05)):
        await eventually(lambda: len(received(smsc)) == 30)
    assert [int(message.text.split()[0]) for message in received(smsc)] == list(range(30))


async def test_an_address_that_smpp_can_not_carry_fails_and_the_next_message_leaves(
    smsc: Smsc, linked: Linked, queue: SqlSmsQueue, engine: AsyncEngine
) -> None:
    await send(queue, engine, "bad", "hello", "一三八")
    await send(queue, engine, "long", "hello", "1" * 30)
    await send(queue, engine, "good", "hello")
    async with linked(smsc.port):
        await smsc.wait_for_message(NUMBER)
        await eventually(lambda: _are(engine, ["failed", "failed", "delivered"]))


async def test_a_wrong_password_is_tried_again_and_says_why(
    smsc: Smsc, linked: Linked, capsys: pytest.CaptureFixture[str]
) -> None:
    async with linked(smsc.port, password="wrong"):
        await asyncio.sleep(0.4)
        assert not smsc.bound
    assert "ESME_RINVPASWD" in capsys.readouterr().out


async def test_a_hall_that_fails_apologizes(smsc: Smsc, linked: Linked, hall: Any) -> None:
    def fail(text: str) -> str:
        raise LookupError(text)

    hall._reply = fail
    async with linked(smsc.port):
        await smsc.send_text(NUMBER, "YE")
        assert (await smsc.wait_for_message(NUMBER)).text == "sorry"


async def test_a_slow_answer_holds_up_its_own_sender_only_and_keeps_their_order(
    smsc: Smsc, linked: Linked, hall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, released = hall.answer, asyncio.Event()

    async def answer(sender: str, text: str, *, message_id: int) -> Any:
        if text == "slow":
            await released.wait()
        return await quick(sender, text, message_id=message_id)

    monkeypatch.setattr(hall, "answer", answer)
    async with linked(smsc.port):
        await smsc.send_text(NUMBER, "slow")
        await smsc.send_text(NUMBER, "next")
        await smsc.send_text(OTHER, "YE")
        assert (await smsc.wait_for_message(OTHER)).text.startswith("YE:")
        assert received(smsc) == []
        released.set()
        await eventually(lambda: len(received(smsc)) == 2)
    assert [message.text[:5] for message in received(smsc)] == ["slow:", "next:"]


async def test_of_a_text_that_held_a_secret_nothing_is_kept_once_it_is_answered(
    smsc: Smsc, linked: Linked, hall: Any, engine: AsyncEngine
) -> None:
    hall.secret = True
    async with linked(smsc.port):
        await smsc.send_text(NUMBER, "258001")
        await smsc.wait_for_message(NUMBER)
    async with engine.connect() as connection:
        kept = (await connection.execute(select(inbound_sms))).one()
    assert kept.text == ""
    assert "258001" not in repr(kept)


async def test_logs_hold_no_number_and_no_text(
    smsc: Smsc, linked: Linked, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with linked(smsc.port):
        await smsc.send_text(NUMBER, "secret question")
        await smsc.wait_for_message(NUMBER)
        smsc.cut()
        await eventually(lambda: smsc.bound)
    logged = "".join(capsys.readouterr()) + caplog.text
    assert "smsc_bound" in logged
    for personal in (NUMBER, "secret", "86.50"):
        assert personal not in logged


# --- kills -------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def child(url: str, port: int, *, answers: bool) -> AsyncIterator[asyncio.subprocess.Process]:
    """A link in a process of its own, like ``onehall sms``; ``answers=False``: its hall never comes to an answer."""
    settings = json.dumps({"url": url, "port": port, "answers": answers})
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CHILD), settings, cwd=Path(__file__).parents[3], stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def test_a_message_survives_a_kill_of_the_link_between_receipt_and_reply(
    smsc: Smsc, queue: SqlSmsQueue, engine: AsyncEngine, database_url: str
) -> None:
    async with child(database_url, smsc.port, answers=False) as process:
        await smsc.send_text(NUMBER, "YE")
        await eventually(lambda: not smsc._pending)  # it was acknowledged: the SMSC no longer has it
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
    assert await states(engine, inbound_sms) == ["received"]
    assert received(smsc) == []
    async with child(database_url, smsc.port, answers=True):
        assert (await smsc.wait_for_message(NUMBER)).text == "answer to YE"
        await eventually(lambda: _are(engine, ["delivered"]))
        await asyncio.sleep(0.5)
    assert [message.text for message in received(smsc)] == ["answer to YE"]


async def test_a_message_that_the_smsc_delivers_again_is_answered_once(smsc: Smsc, linked: Linked, hall: Any) -> None:
    smsc.lose_next_response()  # the link stored it and said so, but the line broke before the SMSC heard
    async with linked(smsc.port):
        await smsc.send_text(NUMBER, "YE")
        await smsc.wait_for_message(NUMBER)
        await eventually(lambda: not smsc._pending)
        await asyncio.sleep(0.3)
    assert hall.asked == [(NUMBER, "YE")]
    assert len(received(smsc)) == 1


async def test_a_message_that_could_not_be_stored_is_not_acknowledged_and_comes_again(
    smsc: Smsc, linked: Linked, queue: SqlSmsQueue, hall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, failures = queue.receive, iter([OSError("disk full"), OSError("disk full")])

    async def receive(**message: Any) -> bool:
        for failure in failures:
            raise failure
        return await store(**message)

    monkeypatch.setattr(queue, "receive", receive)
    async with linked(smsc.port):
        await smsc.send_text(NUMBER, "YE")
        assert (await smsc.wait_for_message(NUMBER)).text.startswith("YE:")
    assert hall.asked == [(NUMBER, "YE")]


async def test_what_is_in_flight_when_the_line_breaks_is_offered_again_when_its_lease_ends(
    smsc: Smsc, linked: Linked, queue: SqlSmsQueue, engine: AsyncEngine
) -> None:
    smsc.swallow(1)  # submitted, and no word about it before the line breaks
    await send(queue, engine, "k", "hello")
    async with linked(smsc.port):
        await eventually(lambda: _are(engine, ["leased"]))
        await asyncio.sleep(0.2)
        smsc.cut()
        assert (await smsc.wait_for_message(NUMBER)).text == "hello"
        await eventually(lambda: _are(engine, ["delivered"]))


async def test_a_long_message_that_breaks_in_the_middle_is_answered_once(smsc: Smsc, linked: Linked, hall: Any) -> None:
    smsc.lose_next_response()
    question = "我还剩多少流量?" * 20
    async with linked(smsc.port):
        await smsc.send_text(NUMBER, question)
        await smsc.wait_for_message(NUMBER)
        await eventually(lambda: not smsc._pending)
    assert hall.asked == [(NUMBER, question)]


async def test_a_link_that_is_told_to_stop_loses_nothing_that_it_claimed(
    smsc: Smsc, linked: Linked, queue: SqlSmsQueue, engine: AsyncEngine
) -> None:
    for place in range(12):
        await send(queue, engine, f"k{place}", f"{place} " + "流" * 100)
    async with linked(smsc.port, pace=Pace(window=2, poll_seconds=0.05)):
        await smsc.wait_for_message(NUMBER)
    assert "leased" not in await states(engine)
    async with linked(smsc.port, pace=Pace(poll_seconds=0.05)):
        await eventually(lambda: _are(engine, ["delivered"] * 12))
    assert sorted(int(message.text.split()[0]) for message in received(smsc)) == list(range(12))


async def test_a_task_whose_database_answers_a_cancellation_with_a_fault_ends_all_the_same() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise OSError("the connection was closed") from None

    task = asyncio.create_task(link._supervise("work", work, asyncio.Event()))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task], timeout=0.5)
    assert task.cancelled()
