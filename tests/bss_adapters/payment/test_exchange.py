"""Is a provider asked within bounds, whatever it answers?"""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from bss_adapters.payment.exchange import Ask, Exchange
from graphql_schema.payment_ports import PaymentFault
from graphql_schema.ports import answering_by

pytestmark = pytest.mark.anyio


def make_exchange(answer: httpx.Response | None = None, *, seconds: float = 8.0) -> Exchange:
    async def respond(_: httpx.Request) -> httpx.Response:
        if answer is None:
            await asyncio.sleep(30)
        assert answer is not None
        return answer

    return Exchange(budget_seconds=seconds, transport=httpx.MockTransport(respond))


async def ask(exchange: Exchange, *, changes: bool = True, most_bytes: int = 100) -> httpx.Headers:
    try:
        return (await exchange.send(Ask("POST", "http://pay.test/", changes, most_bytes=most_bytes))).headers
    finally:
        await exchange.aclose()


@pytest.mark.parametrize("changes", [True, False])
async def test_a_provider_that_does_not_answer_is_left_and_the_outcome_open(changes: bool) -> None:
    with pytest.raises(PaymentFault, match="timeout") as fault:
        await ask(make_exchange(seconds=0.05), changes=changes)
    assert fault.value.outcome_unknown is changes


async def test_the_deadline_of_the_request_at_hand_holds() -> None:
    with answering_by(time.monotonic() + 0.05), pytest.raises(PaymentFault, match="timeout"):
        await ask(make_exchange())


async def test_an_answer_that_is_too_long_is_none() -> None:
    with pytest.raises(PaymentFault, match="garbled") as fault:
        await ask(make_exchange(httpx.Response(200, content=b"x" * 101)))
    assert fault.value.outcome_unknown


async def test_an_answer_that_never_ends_is_left_at_its_bound() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 50

    with pytest.raises(PaymentFault, match="garbled"):
        await ask(make_exchange(httpx.Response(200, content=endless())))


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    headers = await ask(make_exchange(httpx.Response(302, headers={"location": "http://elsewhere.test/"})))
    assert headers["location"] == "http://elsewhere.test/"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_provider_that_can_not_now_may_have_done_it(status: int) -> None:
    with pytest.raises(PaymentFault, match="unavailable") as fault:
        await ask(make_exchange(httpx.Response(status)))
    assert fault.value.outcome_unknown


async def test_a_fault_quotes_nothing_of_what_was_asked() -> None:
    async def quote(request: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError(f"{request.url} {request.headers}", request=request)

    exchange = Exchange(transport=httpx.MockTransport(quote))
    with pytest.raises(PaymentFault) as fault:
        await exchange.send(Ask("POST", "http://pay.test/?sign=a-secret", True, {"Authorization": "a-secret"}))
    assert "a-secret" not in f"{fault.value!r} {fault.value.__cause__!r}"
    assert fault.value.__suppress_context__
    assert "a-secret" not in repr(Ask("POST", "http://pay.test/", True, {"Authorization": "a-secret"}, b"a-secret"))
    await exchange.aclose()
