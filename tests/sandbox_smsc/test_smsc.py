"""Does the sandbox's short message centre behave as an operator's would?"""

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest
import smpp34

from sandbox.smsc import Smsc
from sandbox.smsc_alphabet import read_part, read_text, write_parts

pytestmark = pytest.mark.anyio

NUMBER = "13800138001"
THROTTLED = 0x58
BIND = b"onehall\0onehall\0\0\x34\0\0\0"


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    smsc = Smsc(port=0)
    await smsc.start()
    yield smsc
    await smsc.stop()


async def bind(smsc: Smsc, password: str = "onehall", system_id: str = "onehall") -> smpp34.Smsc:
    client = smpp34.Client("127.0.0.1", smsc.port, system_id, password, bind_type="TRX", connect_timeout_ms=2000)
    return await client.connect()


async def submit(client: smpp34.Smsc, text: str, reference: int = 7) -> list[smpp34.SubmitSmResp]:
    return [
        await client.submit_sm(
            NUMBER,
            part.user_data,
            source_addr="10086",
            esm_class=0x40 if part.total > 1 else 0,
            data_coding=part.data_coding,
            registered_delivery=1,
        )
        for part in write_parts(text, reference)
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("YE", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("流" * 70, 1),
        ("流" * 71, 2),
        ("😀" * 36, 2),
    ],
)
async def test_a_text_is_written_in_parts_and_read_back(text: str, parts: int) -> None:
    written = write_parts(text, 300)
    assert len(written) == parts
    assert all(len(part.user_data) <= (160 if part.data_coding == 0 else 140) for part in written)
    read = [read_part(part.user_data, part.data_coding, has_header=part.total > 1) for part in written]
    assert read_text(b"".join(part.octets for part in read), written[0].data_coding) == text


async def test_a_reference_of_sixteen_bits_is_read() -> None:
    part = read_part(bytes([6, 8, 4, 1, 2, 3, 2]) + b"rest", 0, has_header=True)
    assert (part.reference, part.total, part.number, part.octets) == (0x0102, 3, 2, b"rest")


async def test_a_long_text_from_the_hall_stands_whole_on_the_handset(smsc: Smsc) -> None:
    client = await bind(smsc)
    long = "您的账单合计86.50元," * 12
    assert all(response.is_success for response in await submit(client, long))
    message = await smsc.wait_for_message(NUMBER)
    assert (message.text, message.parts, message.peer) == (long, len(write_parts(long, 7)), "10086")


async def test_parts_that_arrive_out_of_order_are_joined_in_order(smsc: Smsc) -> None:
    client = await bind(smsc)
    for part in reversed(write_parts("一二三四五六七八九十" * 9, 9)):
        await client.submit_sm(NUMBER, part.user_data, source_addr="10086", esm_class=0x40, data_coding=8)
    assert (await smsc.wait_for_message(NUMBER)).text == "一二三四五六七八九十" * 9


async def test_each_part_gets_a_receipt_with_its_own_id(smsc: Smsc) -> None:
    client = await bind(smsc)
    sent = [response.message_id for response in await submit(client, "流" * 100)]
    receipts = [await asyncio.wait_for(client.next(), 5) for _ in sent]
    assert all(isinstance(receipt, smpp34.DeliverSmEvent) and receipt.esm_class == 4 for receipt in receipts)
    words = [receipt.short_message.decode() for receipt in receipts if isinstance(receipt, smpp34.DeliverSmEvent)]
    assert [word.split()[0] for word in words] == [f"id:{message_id}" for message_id in sent]
    assert all("stat:DELIVRD" in word for word in words)


async def test_a_handset_that_is_off_shows_nothing_and_its_receipt_says_so(smsc: Smsc) -> None:
    client = await bind(smsc)
    smsc.switched_off.add(NUMBER)
    await submit(client, "hello")
    receipt = await asyncio.wait_for(client.next(), 5)
    assert isinstance(receipt, smpp34.DeliverSmEvent)
    assert b"stat:UNDELIV" in receipt.short_message
    assert smsc.thread(NUMBER) == []


async def test_what_a_handset_texts_waits_for_a_client(smsc: Smsc) -> None:
    await smsc.send_text(NUMBER, "我还剩多少流量")
    client = await bind(smsc)
    event = await asyncio.wait_for(client.next(), 5)
    assert isinstance(event, smpp34.DeliverSmEvent)
    assert (event.source_addr, event.destination_addr) == (NUMBER, "10086")
    assert event.short_message.decode("utf-16-be") == "我还剩多少流量"
    assert [(message.direction, message.text) for message in smsc.thread(NUMBER)] == [("sent", "我还剩多少流量")]


@pytest.mark.parametrize(("system_id", "password"), [("onehall", "wrong"), ("stranger", "onehall")])
async def test_a_stranger_can_not_bind(smsc: Smsc, system_id: str, password: str) -> None:
    with pytest.raises(Exception, match=r".+"):
        await bind(smsc, password, system_id)
    assert not smsc.bound


async def test_a_client_that_never_bound_submits_nothing(smsc: Smsc) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", smsc.port)
    writer.write(smpp34.SubmitSm("10086", NUMBER, b"hello", sequence_number=1).encode())
    assert (await asyncio.wait_for(reader.read(), 5))[4:12] == b"\x80\x00\x00\x04\x00\x00\x00\x04"  # RINVBNDSTS
    assert smsc.thread(NUMBER) == []
    writer.close()


async def test_a_throttled_part_is_refused(smsc: Smsc) -> None:
    client = await bind(smsc)
    smsc.throttle(1)
    assert [response.command_status for response in await submit(client, "hello")] == [THROTTLED]
    assert [response.command_status for response in await submit(client, "hello")] == [0]


async def test_nonsense_on_the_line_ends_that_line_only(smsc: Smsc) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", smsc.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: smsc\r\n\r\n")
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    client = await bind(smsc)
    assert smsc.bound
    await client.unbind()


async def test_it_ends_while_a_client_still_owes_a_response(smsc: Smsc) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", smsc.port)
    writer.write(struct.pack("!IIII", 16 + len(BIND), 0x00000009, 0, 1) + BIND)
    await smsc.send_text(NUMBER, "YE")
    answers = await asyncio.wait_for(reader.readexactly(16 + len(b"SANDBOX\0") + 16), 5)
    assert answers[-12:-8] == b"\x00\x00\x00\x05"  # the deliver_sm is on its way
    await asyncio.wait_for(smsc.stop(), 5)
    writer.close()


async def test_a_thread_keeps_the_newest_messages(smsc: Smsc) -> None:
    for place in range(250):
        await smsc.send_text(NUMBER, f"{place}")
    texts = [message.text for message in smsc.thread(NUMBER)]
    assert (len(texts), texts[0], texts[-1]) == (200, "50", "249")


async def test_after_a_restart_the_port_and_what_was_pending_are_the_same(smsc: Smsc) -> None:
    port = smsc.port
    await smsc.stop()
    await smsc.send_text(NUMBER, "YE")
    await smsc.start()
    assert smsc.port == port
    client = await bind(smsc)  # kept: an smpp34 session that nobody holds ends itself
    event = await asyncio.wait_for(client.next(), 5)
    assert isinstance(event, smpp34.DeliverSmEvent)
    assert event.short_message == b"YE"
