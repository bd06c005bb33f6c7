"""Do an independent implementation of WeChat Pay's signatures and ours believe each other, and nobody else?"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from bss_adapters.payment.wechat_pay import WeChatPay
from bss_adapters.payment.wechat_pay_signature import WeChatPayKeys
from graphql_schema.payment_ports import NoticeRefused, PaidState, PaymentFault, RefundState
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import PayWay
from tests.bss_adapters.payment.judging import (
    API_KEY,
    APP_ID,
    FIFTY,
    MERCHANT,
    PLATFORM_SERIAL,
    SERIAL,
    TWENTY,
    Judge,
    make_pair,
    make_wish,
)

pytestmark = pytest.mark.anyio
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


def make_keys(**changed: str) -> WeChatPayKeys:
    given = {
        "merchant": MERCHANT,
        "serial_number": SERIAL,
        "private_key": make_pair("merchant").private,
        "api_key": API_KEY,
        "public_key": make_pair("platform").public,
        "public_key_id": PLATFORM_SERIAL,
    }
    return WeChatPayKeys(**given | changed)


@pytest.fixture
async def pay(wechat_judge: Judge) -> AsyncIterator[WeChatPay]:
    adapter = WeChatPay(make_keys(), app_id=APP_ID, base_url=wechat_judge.url)
    yield adapter
    await adapter.aclose()


@pytest.fixture
def reference() -> str:
    return uuid4().hex


@pytest.fixture
async def paid(pay: WeChatPay, wechat_judge: Judge, reference: str) -> str:
    await pay.open(make_wish(reference))
    wechat_judge.tell("pay", reference=reference)
    return reference


async def test_each_way_to_pay_is_opened(pay: WeChatPay, wechat_judge: Judge, reference: str) -> None:
    assert (await pay.open(make_wish(reference))).qr == f"weixin://wxpay/bizpayurl?pr={reference}"
    page = (await pay.open(make_wish(f"h{reference[1:]}", PayWay.PAGE))).page
    assert page is not None
    assert page.endswith("&redirect_url=https%3A%2F%2Fhall.test%2Frecharge%2Fa%3Fb%3Dc%26d%3D%C3%A9")
    app = (await pay.open(make_wish(f"a{reference[1:]}", PayWay.APP))).app
    assert (app["appid"], app["partnerid"], app["package"]) == (APP_ID, MERCHANT, "Sign=WXPay")
    assert wechat_judge.tell("app-signature", **app) == {"right": True}


async def test_a_payment_opened_twice_is_one_and_another_amount_is_asked_about(pay: WeChatPay, reference: str) -> None:
    first = await pay.open(make_wish(reference))
    assert await pay.open(make_wish(reference)) == first
    with pytest.raises(PaymentFault, match="refused") as refused:
        await pay.open(make_wish(reference, amount=TWENTY))
    assert refused.value.outcome_unknown


async def test_a_payment_is_open_then_paid_to_the_fen(pay: WeChatPay, wechat_judge: Judge, reference: str) -> None:
    odd = Money(amount=Decimal("13.33"), currency="CNY")
    await pay.open(make_wish(reference, amount=odd))
    waiting = await pay.fetch(reference)
    assert (waiting.state, waiting.amount) == (PaidState.OPEN, None)
    wechat_judge.tell("pay", reference=reference)
    found = await pay.fetch(reference)
    assert (found.state, found.amount) == (PaidState.PAID, odd)
    assert found.provider_id.startswith("4200")
    assert found.paid_at is not None
    assert abs(found.paid_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_what_it_never_heard_of_is_unknown(pay: WeChatPay, reference: str) -> None:
    assert (await pay.fetch(reference)).state is PaidState.UNKNOWN
    assert (await pay.close(reference)).state is PaidState.UNKNOWN
    assert (await pay.fetch_refund(reference, "g1")).state is RefundState.UNKNOWN


async def test_a_closed_payment_can_not_be_paid_and_a_paid_one_not_closed(
    pay: WeChatPay, wechat_judge: Judge, reference: str, paid: str
) -> None:
    other = uuid4().hex
    await pay.open(make_wish(other))
    assert (await pay.close(other)).state is PaidState.CLOSED
    assert wechat_judge.tell("pay", reference=other) == {"paid": False}
    assert (await pay.close(paid)).state is PaidState.PAID
    with pytest.raises(PaymentFault, match="refused") as refused:
        await pay.open(make_wish(paid))
    assert refused.value.outcome_unknown  # it is paid: whoever asked has to ask what became of it


async def test_refunds_are_made_once_and_never_beyond_what_was_paid(pay: WeChatPay, paid: str) -> None:
    for _ in range(2):
        given = await pay.refund(paid, f"g{paid[:20]}", amount=TWENTY, total=FIFTY, notify_url="http://hall.test/n")
        assert (given.reference, given.state, given.amount) == (f"g{paid[:20]}", RefundState.DONE, TWENTY)
    assert await pay.fetch_refund(paid, f"g{paid[:20]}") == given
    assert (await pay.fetch(paid)).state is PaidState.PAID
    with pytest.raises(PaymentFault, match="refused") as refused:
        await pay.refund(paid, f"h{paid[:20]}", amount=FIFTY, total=FIFTY, notify_url="http://hall.test/n")
    assert not refused.value.outcome_unknown
    with pytest.raises(PaymentFault, match="garbled"):
        await pay.fetch_refund("another payment", f"g{paid[:20]}")


async def test_a_statement_names_every_payment_and_refund_of_the_day(
    pay: WeChatPay, wechat_judge: Judge, paid: str
) -> None:
    back = await pay.refund(paid, f"s{paid[:20]}", amount=TWENTY, total=FIFTY, notify_url="http://hall.test/n")
    rows = [row for row in await pay.fetch_statement(TODAY) if row.reference == paid]
    assert [(row.amount, row.refund_reference) for row in rows] == [(FIFTY, None), (TWENTY, back.reference)]
    assert rows[0].provider_id == (await pay.fetch(paid)).provider_id


async def test_a_statement_that_is_not_the_one_named_is_none(pay: WeChatPay, wechat_judge: Judge, paid: str) -> None:
    async def tamper(request: httpx.Request) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            url = f"{wechat_judge.url}{request.url.raw_path.decode()}"
            answer = await client.request(request.method, url, headers=request.headers, content=request.content)
        body = answer.content.replace(b"50.00", b"5.00", 1) if "/billdownload/" in url else answer.content
        kept = {name: value for name, value in answer.headers.items() if name.startswith("wechatpay-")}
        return httpx.Response(answer.status_code, headers=kept, content=body)

    tampered = WeChatPay(make_keys(), app_id=APP_ID, base_url=wechat_judge.url, transport=httpx.MockTransport(tamper))
    assert (await tampered.fetch(paid)).state is PaidState.PAID
    with pytest.raises(PaymentFault, match="garbled"):
        await tampered.fetch_statement(TODAY)
    await tampered.aclose()


@pytest.mark.parametrize("lie", ["unsigned", "stranger", "otherSerial", "otherBody", "old", "early"])
async def test_an_answer_that_it_did_not_sign_just_now_is_no_answer(
    pay: WeChatPay, wechat_judge: Judge, reference: str, lie: str
) -> None:
    wechat_judge.tell("lie", lie=lie)
    with pytest.raises(PaymentFault, match="garbled") as opened:
        await pay.open(make_wish(reference))
    assert opened.value.outcome_unknown
    wechat_judge.tell("lie", lie=lie)
    with pytest.raises(PaymentFault, match="garbled") as fetched:
        await pay.fetch(uuid4().hex)  # a refusal that nobody signed is no refusal either
    assert not fetched.value.outcome_unknown


@pytest.mark.parametrize("lie", ["drop", "broken"])
async def test_a_silence_after_the_deed_leaves_it_open_and_asking_finds_it(
    pay: WeChatPay, wechat_judge: Judge, reference: str, lie: str
) -> None:
    wechat_judge.tell("lie", lie=lie)
    with pytest.raises(PaymentFault, match="unavailable") as opened:
        await pay.open(make_wish(reference))
    assert opened.value.outcome_unknown
    assert (await pay.fetch(reference)).state is PaidState.OPEN


@pytest.mark.parametrize(
    "change", [{"private_key": make_pair("stranger").private}, {"serial_number": "1"}, {"merchant": "2"}]
)
async def test_the_judge_refuses_what_another_signed(
    wechat_judge: Judge, reference: str, change: dict[str, str]
) -> None:
    stranger = WeChatPay(make_keys(**change), app_id=APP_ID, base_url=wechat_judge.url)
    with pytest.raises(PaymentFault, match="refused"):
        await stranger.open(make_wish(reference))
    await stranger.aclose()


async def test_a_request_to_which_a_byte_was_done_is_refused(wechat_judge: Judge, reference: str) -> None:
    seen = []

    async def tamper(request: httpx.Request) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            body = request.content.replace(b'"total": 5000', b'"total": 5001')
            assert body != request.content
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            answer = await client.post(str(request.url), headers=headers, content=body)
        seen.append(answer.json())
        return httpx.Response(500)

    tampered = WeChatPay(make_keys(), app_id=APP_ID, base_url=wechat_judge.url, transport=httpx.MockTransport(tamper))
    with pytest.raises(PaymentFault):
        await tampered.open(make_wish(reference))
    assert [answer["code"] for answer in seen] == ["SIGN_ERROR"]
    await tampered.aclose()


async def test_its_notices_are_believed(pay: WeChatPay, wechat_judge: Judge, paid: str) -> None:
    told = wechat_judge.tell("notice", reference=paid)
    notice = pay.read_notice(told["headers"], told["body"].encode(), now=datetime.now(UTC))
    assert (notice.id, notice.kind) == (json.loads(told["body"])["id"], "payment")
    assert (notice.reference, notice.amount) == (paid, FIFTY)
    back = await pay.refund(paid, f"n{paid[:20]}", amount=TWENTY, total=FIFTY, notify_url="http://hall.test/n")
    told = wechat_judge.tell("notice", reference=paid, refund=back.reference)
    notice = pay.read_notice(told["headers"], told["body"].encode(), now=datetime.now(UTC))
    assert (notice.kind, notice.reference, notice.amount) == ("refund", paid, TWENTY)


async def test_every_changed_byte_of_a_notice_is_refused(pay: WeChatPay, wechat_judge: Judge, paid: str) -> None:
    told = wechat_judge.tell("notice", reference=paid)
    headers, body, now = told["headers"], told["body"].encode(), datetime.now(UTC)
    for place in range(len(body)):
        with pytest.raises(NoticeRefused, match="bad_signature"):
            pay.read_notice(headers, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], now=now)
    signed = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature")
    for name in signed:
        for place in range(len(headers[name])):
            value = headers[name]
            other = value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
            with pytest.raises(NoticeRefused, match="bad_signature"):
                pay.read_notice(headers | {name: other}, body, now=now)
        with pytest.raises(NoticeRefused, match="bad_signature"):
            pay.read_notice({each: headers[each] for each in headers if each != name}, body, now=now)
    with pytest.raises(NoticeRefused, match="bad_signature"):
        pay.read_notice(headers | {"Wechatpay-Signature": headers["Wechatpay-Signature"] + "\n"}, body, now=now)


@pytest.mark.parametrize(
    ("told", "why"),
    [("stranger", "bad_signature"), ("otherSerial", "bad_signature"), ("old", "too_old"), ("early", "too_old")],
)
async def test_a_notice_of_a_stranger_or_of_another_time_is_refused(
    pay: WeChatPay, wechat_judge: Judge, paid: str, told: str, why: str
) -> None:
    notice = wechat_judge.tell("notice", reference=paid, told=told)
    with pytest.raises(NoticeRefused, match=why):
        pay.read_notice(notice["headers"], notice["body"].encode(), now=datetime.now(UTC))


@pytest.mark.parametrize(
    "inside", [{"mchid": "2"}, {"appid": "wx2"}, {"amount": {"total": "5000", "currency": "CNY"}}, {"out_trade_no": ""}]
)
async def test_a_signed_notice_about_another_merchant_or_no_amount_is_refused(
    pay: WeChatPay, wechat_judge: Judge, paid: str, inside: dict[str, object]
) -> None:
    notice = wechat_judge.tell("notice", reference=paid, inside=inside)
    with pytest.raises(NoticeRefused, match="garbled"):
        pay.read_notice(notice["headers"], notice["body"].encode(), now=datetime.now(UTC))


async def test_another_currency_is_told_as_it_is(pay: WeChatPay, wechat_judge: Judge, paid: str) -> None:
    notice = wechat_judge.tell("notice", reference=paid, inside={"amount": {"total": 5000, "currency": "USD"}})
    read = pay.read_notice(notice["headers"], notice["body"].encode(), now=datetime.now(UTC))
    assert read.amount == Money(amount=Decimal(50), currency="USD")


async def test_a_notice_that_another_key_sealed_is_refused(wechat_judge: Judge, paid: str) -> None:
    other = WeChatPay(make_keys(api_key="another APIv3 key of 32 letters."), app_id=APP_ID)
    notice = wechat_judge.tell("notice", reference=paid)
    with pytest.raises(NoticeRefused, match="garbled"):
        other.read_notice(notice["headers"], notice["body"].encode(), now=datetime.now(UTC))
    await other.aclose()


async def test_a_notice_is_answered_as_it_wants_to_hear(pay: WeChatPay) -> None:
    assert (pay.answer_notice(taken=True).status, pay.answer_notice(taken=True).body) == (204, b"")
    assert pay.answer_notice(taken=False).status == 503


@pytest.mark.parametrize(
    "change",
    [
        {"private_key": "no key"},
        {"private_key": ""},
        {"public_key": "no key"},
        {"public_key": ""},
        {"public_key_id": "5157"},
        {"api_key": "too short"},
        {"public_key": "", "public_key_id": ""},
        {"certificates": "-----BEGIN CERTIFICATE-----"},
    ],
)
def test_keys_that_are_none_are_refused_at_once_and_not_repeated(change: dict[str, str]) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  whichever of them it is
        make_keys(**change)
    assert "no key" not in str(refused.value)
