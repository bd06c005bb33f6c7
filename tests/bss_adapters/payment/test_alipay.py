"""Do Alipay's own SDK and ours believe each other's signatures, and nobody else's?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from bss_adapters.payment.alipay import Alipay
from bss_adapters.payment.alipay_signature import AlipayKeys
from graphql_schema.payment_ports import NoticeRefused, PaidState, PaymentFault, RefundState
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import PayWay
from tests.bss_adapters.payment.judging import ALIPAY_APP, FIFTY, SELLER, TWENTY, Judge, make_pair, make_wish

pytestmark = pytest.mark.anyio
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
HOSTS = frozenset({"127.0.0.1"})


def make_keys(**changed: str) -> AlipayKeys:
    given = {
        "app_id": ALIPAY_APP,
        "private_key": make_pair("merchant").private,
        "alipay_public_key": make_pair("platform").public,
    }
    return AlipayKeys(**given | changed)


def make_alipay(
    judge: Judge, keys: AlipayKeys | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> Alipay:
    return Alipay(
        keys or make_keys(),
        seller_id=SELLER,
        gateway=f"{judge.url}/gateway.do",
        statement_hosts=HOSTS,
        transport=transport,
    )


@pytest.fixture
async def pay(alipay_judge: Judge) -> AsyncIterator[Alipay]:
    adapter = make_alipay(alipay_judge)
    yield adapter
    await adapter.aclose()


async def browse(url: str) -> httpx.Response:
    async with httpx.AsyncClient() as browser:
        return await browser.get(url)


@pytest.fixture
def reference() -> str:
    return uuid4().hex


@pytest.fixture
async def paid(pay: Alipay, alipay_judge: Judge, reference: str) -> str:
    await pay.open(make_wish(reference))
    alipay_judge.tell("pay", reference=reference)
    return reference


async def test_each_way_to_pay_is_opened(pay: Alipay, alipay_judge: Judge, reference: str) -> None:
    assert (await pay.open(make_wish(reference))).qr == f"https://qr.alipay.com/{reference}"
    page = (await pay.open(make_wish(f"h{reference[1:]}", PayWay.PAGE))).page
    assert page is not None
    assert page.startswith(f"{alipay_judge.url}/gateway.do?")
    assert (await browse(page)).json() == {"opened": f"h{reference[1:]}", "product": "QUICK_WAP_WAY"}
    order = (await pay.open(make_wish(f"a{reference[1:]}", PayWay.APP))).app["orderString"]
    opened = (await browse(f"{alipay_judge.url}/gateway.do?{order}")).json()
    assert opened == {"opened": f"a{reference[1:]}", "product": "QUICK_MSECURITY_PAY"}


async def test_a_payment_opened_twice_is_one_and_another_amount_is_asked_about(pay: Alipay, reference: str) -> None:
    first = await pay.open(make_wish(reference))
    assert await pay.open(make_wish(reference)) == first
    with pytest.raises(PaymentFault, match="refused") as refused:
        await pay.open(make_wish(reference, amount=TWENTY))
    assert refused.value.outcome_unknown


async def test_a_payment_is_open_then_paid_to_the_fen(pay: Alipay, alipay_judge: Judge, reference: str) -> None:
    odd = Money(amount=Decimal("13.33"), currency="CNY")
    await pay.open(make_wish(reference, amount=odd))
    assert (await pay.fetch(reference)).state is PaidState.OPEN
    alipay_judge.tell("pay", reference=reference)
    found = await pay.fetch(reference)
    assert (found.state, found.amount) == (PaidState.PAID, odd)
    assert found.paid_at is not None
    assert abs(found.paid_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_what_it_never_heard_of_is_unknown(pay: Alipay, reference: str) -> None:
    assert (await pay.fetch(reference)).state is PaidState.UNKNOWN
    assert (await pay.close(reference)).state is PaidState.UNKNOWN
    assert (await pay.fetch_refund(reference, "g1")).state is RefundState.UNKNOWN


async def test_a_closed_payment_can_not_be_paid_and_a_paid_one_not_closed(
    pay: Alipay, alipay_judge: Judge, paid: str
) -> None:
    other = uuid4().hex
    await pay.open(make_wish(other))
    assert (await pay.close(other)).state is PaidState.CLOSED
    assert alipay_judge.tell("pay", reference=other) == {"paid": False}
    assert (await pay.close(paid)).state is PaidState.PAID
    with pytest.raises(PaymentFault, match="refused") as refused:
        await pay.open(make_wish(paid))
    assert refused.value.outcome_unknown


async def test_refunds_are_made_once_and_never_beyond_what_was_paid(pay: Alipay, paid: str) -> None:
    for _ in range(2):
        given = await pay.refund(paid, "g1", amount=TWENTY, total=FIFTY, notify_url="")
        assert (given.reference, given.state, given.amount) == ("g1", RefundState.DONE, TWENTY)
    with pytest.raises(PaymentFault, match="refused") as refused:
        await pay.refund(paid, "g2", amount=FIFTY, total=FIFTY, notify_url="")
    assert not refused.value.outcome_unknown
    assert (await pay.fetch_refund(paid, "g2")).state is RefundState.UNKNOWN
    thirty = Money(amount=Decimal(30), currency="CNY")
    assert (await pay.refund(paid, "g3", amount=thirty, total=FIFTY, notify_url="")).amount == thirty
    assert (await pay.fetch(paid)).state is PaidState.PAID  # closed there, because all of it was given back


async def test_its_own_trouble_leaves_a_refund_open_and_an_empty_till_does_not(pay: Alipay, paid: str) -> None:
    for fen, code, unknown in (("0.02", "unavailable", True), ("0.01", "refused", False)):
        amount = Money(amount=Decimal(fen), currency="CNY")
        with pytest.raises(PaymentFault, match=code) as fault:
            await pay.refund(paid, f"t{fen}", amount=amount, total=FIFTY, notify_url="")
        assert fault.value.outcome_unknown is unknown


async def test_a_statement_names_every_payment_and_refund_of_the_day(pay: Alipay, paid: str) -> None:
    await pay.refund(paid, "s1", amount=TWENTY, total=FIFTY, notify_url="")
    rows = [row for row in await pay.fetch_statement(TODAY) if row.reference == paid]
    assert [(row.amount, row.refund_reference) for row in rows] == [(FIFTY, None), (TWENTY, "s1")]
    assert rows[0].provider_id == (await pay.fetch(paid)).provider_id


async def test_a_statement_is_fetched_from_alipay_alone(alipay_judge: Judge, paid: str) -> None:
    strict = Alipay(make_keys(), gateway=f"{alipay_judge.url}/gateway.do")
    with pytest.raises(PaymentFault, match="garbled"):
        await strict.fetch_statement(TODAY)
    await strict.aclose()


@pytest.mark.parametrize("lie", ["unsigned", "error", "stranger", "otherBody"])
async def test_an_answer_that_it_did_not_sign_is_no_answer(
    pay: Alipay, alipay_judge: Judge, reference: str, lie: str
) -> None:
    alipay_judge.tell("lie", lie=lie)
    with pytest.raises(PaymentFault, match="garbled") as opened:
        await pay.open(make_wish(reference))
    assert opened.value.outcome_unknown
    alipay_judge.tell("lie", lie=lie)
    with pytest.raises(PaymentFault, match="garbled") as fetched:
        await pay.fetch(uuid4().hex)
    assert not fetched.value.outcome_unknown


async def test_an_answer_about_another_payment_is_no_answer(alipay_judge: Judge, paid: str) -> None:
    recorded = b""

    async def replay(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=recorded)

    async def record(request: httpx.Request) -> httpx.Response:
        nonlocal recorded
        async with httpx.AsyncClient() as client:
            answer = await client.post(request.url, headers=request.headers, content=request.content)
        recorded = answer.content
        return httpx.Response(200, content=recorded)

    recorder, replayer = (make_alipay(alipay_judge, transport=httpx.MockTransport(each)) for each in (record, replay))
    assert (await recorder.fetch(paid)).state is PaidState.PAID
    with pytest.raises(PaymentFault, match="garbled"):
        await replayer.fetch("another")
    for place in range(len(recorded)):
        whole, recorded = recorded, recorded[:place] + bytes([recorded[place] ^ 1]) + recorded[place + 1 :]
        with pytest.raises(PaymentFault, match="garbled"):
            await replayer.fetch(paid)
        recorded = whole
    await recorder.aclose()
    await replayer.aclose()


@pytest.mark.parametrize("lie", ["drop", "broken"])
async def test_a_silence_after_the_deed_leaves_it_open_and_asking_finds_it(
    pay: Alipay, alipay_judge: Judge, reference: str, lie: str
) -> None:
    alipay_judge.tell("lie", lie=lie)
    with pytest.raises(PaymentFault, match="unavailable") as opened:
        await pay.open(make_wish(reference))
    assert opened.value.outcome_unknown
    assert (await pay.fetch(reference)).state is PaidState.OPEN


@pytest.mark.parametrize("change", [{"private_key": make_pair("stranger").private}, {"app_id": "2"}])
async def test_the_judge_refuses_what_another_signed(
    alipay_judge: Judge, reference: str, change: dict[str, str]
) -> None:
    stranger = make_alipay(alipay_judge, make_keys(**change))
    with pytest.raises(PaymentFault, match="refused"):
        await stranger.open(make_wish(reference))
    page = (await stranger.open(make_wish(reference, PayWay.PAGE))).page
    assert page is not None
    assert "isv.invalid-signature" in (await browse(page)).text
    await stranger.aclose()


async def test_its_notices_are_believed(pay: Alipay, alipay_judge: Judge, paid: str) -> None:
    told = alipay_judge.tell("notice", reference=paid)
    notice = pay.read_notice(told["headers"], told["body"].encode(), now=datetime.now(UTC))
    assert notice.id == dict(parse_qsl(told["body"]))["notify_id"]
    assert (notice.kind, notice.reference, notice.amount) == ("payment", paid, FIFTY)
    await pay.refund(paid, "n1", amount=TWENTY, total=FIFTY, notify_url="")
    told = alipay_judge.tell("notice", reference=paid, refund="n1")
    notice = pay.read_notice(told["headers"], told["body"].encode(), now=datetime.now(UTC))
    assert (notice.kind, notice.reference, notice.amount) == ("refund", paid, None)


async def test_every_field_of_a_notice_is_signed(pay: Alipay, alipay_judge: Judge, paid: str) -> None:
    told, now = alipay_judge.tell("notice", reference=paid), datetime.now(UTC)
    fields = dict(parse_qsl(told["body"], keep_blank_values=True))
    for name, value in fields.items():
        mutations = [fields | {name: value + "0"}, {each: fields[each] for each in fields if each != name}]
        mutations += [
            fields | {name: value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]}
            for place in range(len(value))
        ]
        for mutated in mutations:
            with pytest.raises(NoticeRefused, match="bad_signature"):
                pay.read_notice({}, urlencode(mutated).encode(), now=now)
    with pytest.raises(NoticeRefused, match="bad_signature"):
        pay.read_notice({}, urlencode(fields | {"attach": "more"}).encode(), now=now)


async def test_fields_that_are_joined_another_way_are_refused(pay: Alipay, alipay_judge: Judge, paid: str) -> None:
    fields = dict(parse_qsl(alipay_judge.tell("notice", reference=paid)["body"], keep_blank_values=True))
    names = sorted(fields.keys() - {"sign", "sign_type"})
    for first, second in pairwise(names):
        joined = {name: fields[name] for name in fields if name != second}
        joined[first] = f"{fields[first]}&{second}={fields[second]}"
        with pytest.raises(NoticeRefused, match="bad_signature"):
            pay.read_notice({}, urlencode(joined).encode(), now=datetime.now(UTC))


@pytest.mark.parametrize("body", [b"a", b"a=%ff", b"a=1&a=2", b"\xff=1", b"&".join(b"%d=1" % n for n in range(200))])
async def test_what_is_no_form_is_refused(pay: Alipay, body: bytes) -> None:
    with pytest.raises(NoticeRefused, match="garbled"):
        pay.read_notice({}, body, now=datetime.now(UTC))


@pytest.mark.parametrize(("told", "why"), [("stranger", "bad_signature"), ("old", "too_old"), ("early", "too_old")])
async def test_a_notice_of_a_stranger_or_of_another_time_is_refused(
    pay: Alipay, alipay_judge: Judge, paid: str, told: str, why: str
) -> None:
    notice = alipay_judge.tell("notice", reference=paid, told=told)
    with pytest.raises(NoticeRefused, match=why):
        pay.read_notice(notice["headers"], notice["body"].encode(), now=datetime.now(UTC))


@pytest.mark.parametrize(
    "fields",
    [{"app_id": "2"}, {"seller_id": "2"}, {"total_amount": "50.001"}, {"notify_time": "soon"}, {"notify_id": ""}],
)
async def test_a_signed_notice_about_another_seller_or_no_amount_is_refused(
    pay: Alipay, alipay_judge: Judge, paid: str, fields: dict[str, str]
) -> None:
    notice = alipay_judge.tell("notice", reference=paid, fields=fields)
    with pytest.raises(NoticeRefused, match="garbled"):
        pay.read_notice(notice["headers"], notice["body"].encode(), now=datetime.now(UTC))


async def test_a_notice_is_answered_as_it_wants_to_hear(pay: Alipay) -> None:
    assert [pay.answer_notice(taken=taken).body for taken in (True, False)] == [b"success", b"failure"]


def test_keys_may_be_bare_as_the_console_gives_them() -> None:
    def strip(pem: str) -> str:
        return "".join(pem.split("\n")[1:-2])

    bare = make_keys(
        private_key=strip(make_pair("merchant").private), alipay_public_key=strip(make_pair("platform").public)
    )
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert bare.sign("alipay.trade.query", {"a": "b"}, now=now) == make_keys().sign(
        "alipay.trade.query", {"a": "b"}, now=now
    )


@pytest.mark.parametrize("change", [{"private_key": "no key"}, {"private_key": ""}, {"alipay_public_key": "no key"}])
def test_keys_that_are_none_are_refused_at_once_and_not_repeated(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no RSA key in PEM or base64"):
        make_keys(**change)
    with pytest.raises(ValueError, match="is a public one"):
        make_keys(private_key=make_pair("merchant").public)
