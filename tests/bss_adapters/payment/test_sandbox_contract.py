"""Does the sandbox's provider say what its adapter reads, on good days and bad ones?"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bss_adapters.payment.sandbox import SandboxPay
from graphql_schema.payment_ports import (
    NoticeRefused,
    PaidState,
    PaymentFault,
    PaymentNotice,
    PaymentWish,
    RefundState,
)
from graphql_schema.types.money import Money
from sandbox.app import create_app
from sandbox.bss.world import World
from sandbox.payments import PLAY_MERCHANT
from tests.bss_adapters.payment.judging import FIFTY, TWENTY, make_wish
from tests.conformance.serving import served

pytestmark = pytest.mark.anyio


@dataclass
class Merchant:
    """Us: the adapter, and an address at which its provider tells us what happened."""

    pay: SandboxPay
    levers: httpx.AsyncClient
    sandbox: str
    address: str
    heard: list[PaymentNotice | str]

    def wish(self, reference: str, amount: Money = FIFTY) -> PaymentWish:
        return replace(make_wish(reference, amount=amount), notify_url=f"{self.address}/notice")

    async def spoil(self, mode: str, **more: object) -> None:
        (await self.levers.post("/sandbox/payments", json={"mode": mode, **more})).raise_for_status()

    async def pays(self, page: str | None, answer: str = "pay") -> None:
        assert page is not None
        left = await self.levers.post(page, data={"answer": answer})
        assert left.status_code == 303, left.text

    async def hear(self, count: int) -> list[PaymentNotice | str]:
        async with asyncio.timeout(8):
            while len(self.heard) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return self.heard


@pytest.fixture
def world() -> Iterator[World]:
    world = World.open(subscribers=20, now_ms=round(datetime.now(UTC).timestamp() * 1000))
    yield world
    world.store.close()


@pytest.fixture
async def merchant(world: World) -> AsyncIterator[Merchant]:
    heard: list[PaymentNotice | str] = []

    async def listen(request: Request) -> Response:
        try:
            heard.append(pay.read_notice(request.headers, await request.body(), now=datetime.now(UTC)))
        except NoticeRefused as refused:
            heard.append(refused.code)
            return Response(status_code=400)
        answer = pay.answer_notice(taken=True)
        return Response(answer.body, answer.status, media_type=answer.content_type)

    hall = Starlette(routes=[Route("/notice", listen, methods=["POST"])])
    async with served(create_app(world)) as sandbox, served(hall) as address:
        pay = SandboxPay(f"{sandbox}/pay-api/v1", merchant=PLAY_MERCHANT.name, secret=PLAY_MERCHANT.secret)
        async with httpx.AsyncClient(base_url=sandbox) as levers:
            yield Merchant(pay, levers, sandbox, address, heard)
        await pay.aclose()


@pytest.fixture
def reference() -> str:
    return uuid4().hex


async def test_a_payment_is_opened_paid_told_and_found(merchant: Merchant, reference: str) -> None:
    opening = await merchant.pay.open(merchant.wish(reference))
    assert opening == await merchant.pay.open(merchant.wish(reference))
    assert (await merchant.pay.fetch(reference)).state is PaidState.OPEN
    await merchant.pays(opening.page)
    paid = await merchant.pay.fetch(reference)
    assert (paid.state, paid.amount) == (PaidState.PAID, FIFTY)
    (notice,) = await merchant.hear(1)
    assert isinstance(notice, PaymentNotice)
    assert (notice.kind, notice.reference, notice.amount) == ("payment", reference, FIFTY)


async def test_another_amount_for_a_reference_is_refused(merchant: Merchant, reference: str) -> None:
    await merchant.pay.open(merchant.wish(reference))
    with pytest.raises(PaymentFault, match="refused") as refused:
        await merchant.pay.open(merchant.wish(reference, TWENTY))
    assert not refused.value.outcome_unknown


async def test_who_refuses_has_not_paid(merchant: Merchant, reference: str) -> None:
    opening = await merchant.pay.open(merchant.wish(reference))
    await merchant.pays(opening.page, "refuse")
    assert (await merchant.pay.fetch(reference)).state is PaidState.REFUSED


async def test_a_closed_payment_stays_closed_and_an_unknown_one_unknown(merchant: Merchant, reference: str) -> None:
    await merchant.pay.open(merchant.wish(reference))
    assert (await merchant.pay.close(reference)).state is PaidState.CLOSED
    assert (await merchant.pay.fetch(reference)).state is PaidState.CLOSED
    assert (await merchant.pay.fetch("never")).state is PaidState.UNKNOWN
    assert (await merchant.pay.close("never")).state is PaidState.UNKNOWN


async def test_a_paid_one_is_given_back_in_parts_and_no_more(merchant: Merchant, reference: str) -> None:
    opening = await merchant.pay.open(merchant.wish(reference))
    await merchant.pays(opening.page)
    url = f"{merchant.address}/notice"
    for name in ("a", "a", "b"):
        given = await merchant.pay.refund(reference, reference[:8] + name, amount=TWENTY, total=FIFTY, notify_url=url)
        assert given.amount == TWENTY
    with pytest.raises(PaymentFault, match="refused"):
        await merchant.pay.refund(reference, reference[:8] + "c", amount=TWENTY, total=FIFTY, notify_url=url)
    async with asyncio.timeout(8):
        while (await merchant.pay.fetch_refund(reference, reference[:8] + "b")).state is not RefundState.DONE:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert (await merchant.pay.fetch_refund(reference, "never")).state is RefundState.UNKNOWN
    told = [each for each in await merchant.hear(3) if isinstance(each, PaymentNotice)]
    assert sorted(each.kind for each in told) == ["payment", "refund", "refund"]


async def test_a_day_s_statement_names_what_was_collected_and_given_back(merchant: Merchant, reference: str) -> None:
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    assert list(await merchant.pay.fetch_statement(day)) == []
    opening = await merchant.pay.open(merchant.wish(reference))
    await merchant.pays(opening.page)
    await merchant.pay.refund(reference, "s" + reference[1:], amount=TWENTY, total=FIFTY, notify_url="")
    rows = await merchant.pay.fetch_statement(day)
    assert [(row.reference, row.amount) for row in rows] == [(reference, FIFTY), (reference, TWENTY)]
    assert [row.refund_reference for row in rows] == [None, "s" + reference[1:]]
    assert list(await merchant.pay.fetch_statement(day - timedelta(days=1))) == []


async def test_a_dropped_answer_leaves_a_payment_that_can_be_asked_about(merchant: Merchant, reference: str) -> None:
    await merchant.spoil("dropAnswer")
    with pytest.raises(PaymentFault) as lost:
        await merchant.pay.open(merchant.wish(reference))
    assert lost.value.outcome_unknown
    assert (await merchant.pay.fetch(reference)).state is PaidState.OPEN


async def test_a_forged_notice_is_not_believed(merchant: Merchant, reference: str) -> None:
    await merchant.spoil("forge")
    await merchant.pay.open(merchant.wish(reference))
    assert await merchant.hear(1) == ["bad_signature"]
    assert (await merchant.pay.fetch(reference)).state is PaidState.OPEN


@pytest.mark.parametrize("mode", ["wrongAmount", "wrongCurrency"])
async def test_a_lie_is_read_as_it_was_told_and_the_truth_is_asked_for(
    merchant: Merchant, reference: str, mode: str
) -> None:
    await merchant.spoil(mode)
    opening = await merchant.pay.open(merchant.wish(reference))
    await merchant.pays(opening.page)
    (notice,) = await merchant.hear(1)
    assert isinstance(notice, PaymentNotice)
    assert notice.amount != FIFTY
    assert (await merchant.pay.fetch(reference)).amount == FIFTY


async def test_one_notice_that_comes_three_times_is_one(merchant: Merchant, reference: str) -> None:
    await merchant.spoil("duplicate")
    opening = await merchant.pay.open(merchant.wish(reference))
    await merchant.pays(opening.page)
    told = await merchant.hear(3)
    assert len({each.id for each in told if isinstance(each, PaymentNotice)}) == 1


async def test_an_agreement_is_signed_charged_within_its_bounds_and_ended(merchant: Merchant, reference: str) -> None:
    most = Money(amount=Decimal(70), currency="CNY")
    agreement = await merchant.pay.begin_agreement(reference, most_a_month=most, return_url="http://hall.test")
    assert not agreement.signed
    assert agreement.sign_page is not None
    refused = await merchant.pay.charge(agreement.id, merchant.wish("u" + reference[1:]))
    assert refused.state is PaidState.REFUSED
    left = await merchant.levers.post(agreement.sign_page, data={"answer": "sign"})
    assert left.status_code == 303
    assert (await merchant.pay.fetch_agreement(agreement.id)).signed
    charged = [await merchant.pay.charge(agreement.id, merchant.wish(name + reference[1:])) for name in "aab"]
    assert [each.state for each in charged] == [PaidState.PAID, PaidState.PAID, PaidState.REFUSED]
    await merchant.pay.end_agreement(agreement.id)
    assert (await merchant.pay.fetch_agreement(agreement.id)).ended
    assert (await merchant.pay.charge(agreement.id, merchant.wish("c" + reference[1:]))).state is PaidState.REFUSED
    with pytest.raises(PaymentFault, match="refused"):
        await merchant.pay.fetch_agreement("never")


async def test_a_secret_that_is_another_one_gets_no_answer_that_is_believed(merchant: Merchant, reference: str) -> None:
    stranger = SandboxPay(f"{merchant.sandbox}/pay-api/v1", merchant="onehall", secret="another")
    with pytest.raises(PaymentFault, match="garbled"):
        await stranger.open(merchant.wish(reference))
    assert (await merchant.pay.fetch(reference)).state is PaidState.UNKNOWN
    assert json.loads((await merchant.levers.get("/sandbox/payments")).text)["payments"] == []
    await stranger.aclose()
