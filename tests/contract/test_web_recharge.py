"""Does money put in by the web hall's own pages arrive, and is what they say of it true?"""

import asyncio
import re

import httpx
import pytest

from tests.channels.web_hall.walker import Walker
from tests.contract.conftest import House
from tests.contract.test_recharge import ORDINARY, PREPAID, Payer, house  # noqa: F401  the hall behind a real address
from tests.contract.ways_in import walk_in, words_of

pytestmark = pytest.mark.anyio
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def see(payer: Payer, walker: Walker, page: httpx.Response, words: str) -> str:
    """The page of a receipt once it says these words, while the workers wake as the beat wakes them."""
    async with asyncio.timeout(30):
        while words not in (said := words_of(await walker.open(page.url.path))):
            await payer.house.hall.deals.wake()
            await asyncio.sleep(0.1)
    return said


@on_sqlite
async def test_a_visitor_pays_for_a_number_and_the_page_of_the_receipt_sees_it_arrive(house: House) -> None:  # noqa: F811
    walker, payer = Walker(house.gateway), Payer(house, await house.sign_in(ORDINARY))
    before = await payer.available()
    form = await walker.open("/recharge")
    check = await walker.send(form, number=ORDINARY, other_amount="33.50", pay="SANDBOX.QR", deed="check")
    assert ORDINARY in words_of(check)
    paying = await walker.send(check, deed="send")
    again = await walker.send(check, deed="send")
    assert again.url == paying.url, "pressed twice, begun once"
    assert "等待付款" in words_of(paying)
    assert '<svg class="qr"' in paying.text
    page = re.search(r'id="to-provider" href="([^"]+)"', paying.text)
    assert page
    await payer.answer(page[1])
    said = await see(payer, walker, paying, "已到账")
    assert "138****8001" in said
    assert ORDINARY not in said
    assert str(await payer.available() - before) == "33.50"


@on_sqlite
async def test_one_that_was_called_off_can_not_be_paid_any_more(house: House) -> None:  # noqa: F811
    walker, payer = Walker(house.gateway), Payer(house, await house.sign_in(ORDINARY))
    check = await walker.send(
        await walker.open("/recharge"), number=ORDINARY, amount="50", pay="SANDBOX.PAGE", deed="check"
    )
    paying = await walker.send(check, deed="send")
    await walker.send(paying)
    assert "没有付款，这笔充值已关闭" in await see(payer, walker, paying, "已关闭")
    assert await payer.booked() == []


@on_sqlite
async def test_a_card_is_taken_once_and_then_said_to_be_used(house: House) -> None:  # noqa: F811
    walker, payer = Walker(house.gateway), Payer(house, await house.sign_in(ORDINARY))
    cards = (await house.levers.get("/sandbox/vouchers")).raise_for_status().json()
    card = next(each["card"] for each in cards if each["state"] == "unused" and "number" not in each)
    _, form = await walk_in(house, ORDINARY, "/recharge/voucher", walker=walker)
    before = await payer.available()
    done = await walker.send(form, card=card, deed="send")
    assert "已到账" in words_of(done)
    credited = await payer.available()
    assert credited > before
    _, form = await walk_in(house, PREPAID, "/recharge/voucher", walker=walker)
    used = await walker.send(form, card=card, deed="send")
    assert "这张卡已经用过。今天还可以试 4 次。" in words_of(used)
    assert card not in used.text
    assert await payer.available() == credited
