"""The sandbox's provider, as its adapter hears it: what is believed, what is not, and what silence means."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bss_adapters.payment.sandbox import SandboxPay
from bss_adapters.payment.sandbox_signature import sign, verify
from graphql_schema.payment_ports import (
    NoticeRefused,
    PaidState,
    PaymentFault,
    PaymentWish,
    RefundState,
)
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import PayWay

pytestmark = pytest.mark.anyio
SECRET = "a secret of both"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FIFTY = Money(amount=Decimal(50), currency="CNY")
WISH = PaymentWish(
    reference="r1",
    amount=FIFTY,
    subject="话费充值",
    way=PayWay.PAGE,
    expires_at=NOW + timedelta(minutes=15),
    notify_url="http://hall/payments/sandbox/notice",
    return_url="http://hall/recharge/x",
)
PAYMENT = {
    "id": "p1",
    "reference": "r1",
    "state": "open",
    "amount": "50.00",
    "currency": "CNY",
    "page": "http://pay/1",
    "qr": "http://pay/1",
    "app": {"payUrl": "http://pay/1"},
}
STATEMENT = (
    "kind,id,reference,refundReference,amount,currency,at\n"
    "payment,p1,r1,,50.00,CNY,2026-11-22T11:00:00+08:00\n"
    "refund,f1,r1,g1,20.00,CNY,2026-11-22T12:00:00+08:00\n"
)


@dataclass
class Provider:
    """Plays the provider: answers what it is told to, signed as it is told to, and checks what it is asked."""

    status: int = 200
    answer: Any = None
    secret: str = SECRET
    silence: Callable[[httpx.Request], Exception] | None = None
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        verify(request.headers, request.content, secret=SECRET, now=datetime.now(UTC))
        assert request.headers["pay-merchant"] == "onehall"
        self.asked.append((request.method, request.url.path, json.loads(request.content) if request.content else None))
        if self.silence:
            raise self.silence(request)
        body = self.answer.encode() if isinstance(self.answer, str) else json.dumps(self.answer).encode()
        return httpx.Response(self.status, content=body, headers=sign(body, secret=self.secret, now=datetime.now(UTC)))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def provider() -> Provider:
    return Provider(answer=PAYMENT)


@pytest.fixture
async def pay(provider: Provider) -> AsyncIterator[SandboxPay]:
    adapter = SandboxPay(
        "http://pay/pay-api/v1", merchant="onehall", secret=SECRET, transport=httpx.MockTransport(provider)
    )
    yield adapter
    await adapter.aclose()


async def test_a_payment_is_opened_with_its_exact_amount(pay: SandboxPay, provider: Provider) -> None:
    opening = await pay.open(WISH)
    assert (opening.page, opening.qr, opening.app) == ("http://pay/1", "http://pay/1", {"payUrl": "http://pay/1"})
    method, path, body = provider.asked[0]
    assert (method, path) == ("POST", "/pay-api/v1/payments")
    assert (body["reference"], body["amount"], body["currency"]) == ("r1", "50.00", "CNY")


async def test_a_payment_is_what_the_provider_says_of_it(pay: SandboxPay, provider: Provider) -> None:
    provider.answer = PAYMENT | {"state": "paid", "paidAt": "2026-11-22T11:00:00+08:00"}
    paid = await pay.fetch("r1")
    assert (paid.state, paid.amount, paid.provider_id, paid.paid_at) == (PaidState.PAID, FIFTY, "p1", NOW)


async def test_a_payment_that_it_never_heard_of_is_unknown(pay: SandboxPay, provider: Provider) -> None:
    provider.status, provider.answer = 404, {"code": "notFound"}
    assert (await pay.fetch("r1")).state is PaidState.UNKNOWN
    assert (await pay.close("r1")).state is PaidState.UNKNOWN
    assert (await pay.fetch_refund("r1", "g1")).state is RefundState.UNKNOWN


async def test_an_answer_that_another_signed_is_no_answer(pay: SandboxPay, provider: Provider) -> None:
    provider.secret = "somebody else's"
    for status in (200, 404, 409):
        provider.status = status
        with pytest.raises(PaymentFault, match="garbled") as asked:
            await pay.fetch("r1")
        assert not asked.value.outcome_unknown
        with pytest.raises(PaymentFault, match="garbled") as changed:
            await pay.refund("r1", "g1", amount=FIFTY, total=FIFTY, notify_url="http://hall")
        assert changed.value.outcome_unknown


async def test_an_answer_about_another_payment_is_no_answer(pay: SandboxPay, provider: Provider) -> None:
    provider.answer = PAYMENT | {"reference": "r2", "state": "paid"}
    for ask in (pay.fetch("r1"), pay.open(WISH), pay.close("r1"), pay.charge("a1", WISH)):
        with pytest.raises(PaymentFault, match="garbled"):
            await ask


@pytest.mark.parametrize("amount", ["50.001", "5e1", "-50.00", " 50", "０", 50, None, "50,00", "NaN", "١٠"])
async def test_an_amount_is_whole_fen_or_nothing(pay: SandboxPay, provider: Provider, amount: object) -> None:
    provider.answer = PAYMENT | {"amount": amount}
    with pytest.raises(PaymentFault, match="garbled"):
        await pay.fetch("r1")


async def test_a_refusal_is_definite(pay: SandboxPay, provider: Provider) -> None:
    provider.status, provider.answer = 409, {"code": "referenceUsed"}
    with pytest.raises(PaymentFault, match="refused") as refused:
        await pay.open(WISH)
    assert not refused.value.outcome_unknown


async def test_silence_leaves_a_change_unknown_and_a_question_unanswered(pay: SandboxPay, provider: Provider) -> None:
    for silence, code in ((httpx.ReadTimeout, "timeout"), (httpx.ReadError, "unavailable")):
        provider.silence = lambda request, fault=silence: fault("lost", request=request)
        with pytest.raises(PaymentFault, match=code) as opened:
            await pay.open(WISH)
        assert opened.value.outcome_unknown
        with pytest.raises(PaymentFault, match=code) as fetched:
            await pay.fetch("r1")
        assert not fetched.value.outcome_unknown


async def test_what_never_left_did_not_happen(pay: SandboxPay, provider: Provider) -> None:
    provider.silence = lambda request: httpx.ConnectError("refused", request=request)
    with pytest.raises(PaymentFault, match="unavailable") as opened:
        await pay.open(WISH)
    assert not opened.value.outcome_unknown


async def test_a_failing_provider_may_have_done_it(pay: SandboxPay, provider: Provider) -> None:
    provider.status = 500
    with pytest.raises(PaymentFault, match="unavailable") as opened:
        await pay.open(WISH)
    assert opened.value.outcome_unknown


async def test_a_refund_is_what_the_provider_says_of_it(pay: SandboxPay, provider: Provider) -> None:
    provider.answer = {
        "id": "f1",
        "reference": "r1",
        "refundReference": "g1",
        "state": "done",
        "amount": "20.00",
        "currency": "CNY",
        "doneAt": "2026-11-22T03:00:00Z",
    }
    twenty = Money(amount=Decimal(20), currency="CNY")
    given = await pay.refund("r1", "g1", amount=twenty, total=FIFTY, notify_url="http://hall")
    assert (given.reference, given.state, given.amount, given.done_at) == ("g1", RefundState.DONE, twenty, NOW)
    with pytest.raises(PaymentFault, match="garbled"):
        await pay.fetch_refund("r1", "g2")


async def test_a_statement_names_payments_and_refunds(pay: SandboxPay, provider: Provider) -> None:
    provider.answer = STATEMENT
    payment, refund = await pay.fetch_statement(date(2026, 11, 22))
    assert provider.asked[0][:2] == ("GET", "/pay-api/v1/statements/2026-11-22")
    assert (payment.reference, payment.provider_id, payment.amount, payment.at) == ("r1", "p1", FIFTY, NOW)
    assert (payment.refund_reference, refund.refund_reference) == (None, "g1")


@pytest.mark.parametrize(
    ("old", "new"), [("payment,p1", "gift,p1"), ("50.00", "5O.00"), (",CNY", ""), ("g1", ""), ("kind,id", "id,kind")]
)
async def test_a_statement_with_one_odd_row_is_none(pay: SandboxPay, provider: Provider, old: str, new: str) -> None:
    provider.answer = STATEMENT.replace(old, new, 1)
    with pytest.raises(PaymentFault, match="garbled"):
        await pay.fetch_statement(date(2026, 11, 22))


async def test_an_agreement_is_begun_asked_about_and_ended(pay: SandboxPay, provider: Provider) -> None:
    begun = {"id": "a1", "reference": "s1", "signPage": "http://pay/sign/a1", "signed": False, "ended": False}
    provider.answer = begun
    agreement = await pay.begin_agreement("s1", most_a_month=FIFTY, return_url="http://hall")
    assert (agreement.id, agreement.sign_page, agreement.signed) == ("a1", "http://pay/sign/a1", False)
    provider.answer = begun | {"signed": True}
    assert (await pay.fetch_agreement("a1")).signed
    with pytest.raises(PaymentFault, match="garbled"):
        await pay.end_agreement("a1")
    provider.answer = begun | {"ended": True}
    await pay.end_agreement("a1")
    assert (await pay.fetch_agreement("a1")).ended


def make_notice(**changed: object) -> bytes:
    said = {"id": "n1", "kind": "payment", "reference": "r1", "state": "paid", "amount": "50.00", "currency": "CNY"}
    return json.dumps(said | changed).encode()


async def test_a_notice_is_read_where_its_signature_and_its_time_are_right(pay: SandboxPay) -> None:
    body = make_notice()
    notice = pay.read_notice(sign(body, secret=SECRET, now=NOW), body, now=NOW + timedelta(minutes=4))
    assert (notice.id, notice.reference, notice.kind, notice.amount, notice.at) == ("n1", "r1", "payment", FIFTY, NOW)


async def test_every_changed_byte_of_a_notice_is_refused(pay: SandboxPay) -> None:
    body = make_notice()
    headers = sign(body, secret=SECRET, now=NOW)
    for place in range(len(body)):
        with pytest.raises(NoticeRefused, match="bad_signature"):
            pay.read_notice(headers, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], now=NOW)
    for name, value in headers.items():
        for place in range(len(value)):
            other = value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
            with pytest.raises(NoticeRefused, match="bad_signature"):
                pay.read_notice(headers | {name: other}, body, now=NOW)
        with pytest.raises(NoticeRefused, match="bad_signature"):
            pay.read_notice({each: headers[each] for each in headers if each != name}, body, now=NOW)


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_notice_of_another_time_is_refused(pay: SandboxPay, minutes: int) -> None:
    body = make_notice()
    with pytest.raises(NoticeRefused, match="too_old"):
        pay.read_notice(sign(body, secret=SECRET, now=NOW), body, now=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        make_notice(kind="gift"),
        make_notice(amount="50.001"),
        make_notice(amount=50),
        make_notice(currency="yuan"),
        make_notice(reference=""),
        make_notice(id=None),
        make_notice().replace(b'"paid"', b'"paid", "amount": "500.00"'),
    ],
)
async def test_a_signed_notice_that_says_nothing_usable_is_refused(pay: SandboxPay, body: bytes) -> None:
    with pytest.raises(NoticeRefused, match="garbled"):
        pay.read_notice(sign(body, secret=SECRET, now=NOW), body, now=NOW)


async def test_a_notice_that_was_not_taken_is_told_again(pay: SandboxPay) -> None:
    assert [pay.answer_notice(taken=taken).status for taken in (True, False)] == [200, 503]
