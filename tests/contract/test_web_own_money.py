"""Is own money given, and a standing order kept, signed and ended, by the web hall's own pages over a real BSS?"""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tests.channels.web_hall.walker import Walker
from tests.contract.conftest import House, _settings
from tests.contract.test_own_money import let_time_pass
from tests.contract.test_recharge import ORDINARY, PREPAID, Payer, on_sqlite, within_reach
from tests.contract.ways_in import walk_in, words_of

pytestmark = [pytest.mark.anyio, on_sqlite]


@pytest.fixture
async def house(database_url: str, valkey: str, keys: Path) -> AsyncIterator[House]:
    async with within_reach(_settings(database_url, keys, valkey)) as house:
        yield house


async def prove_the_phone(house: House, walker: Walker, step: httpx.Response, number: str) -> httpx.Response:
    """A code is texted and typed; where it then leads."""
    asked = await walker.send(step, deed="send")
    await house.hall.doorkeeper.settle()
    [code] = re.findall(r"(?<![0-9])[0-9]{6}(?![0-9])", (await Payer(house, {}).texts(number))[-1])
    return await walker.send(asked, code=code, deed="check")


async def test_own_money_is_given_after_a_check_and_both_proofs(house: House) -> None:
    giver, receiver = [Payer(house, await house.sign_in(number)) for number in (ORDINARY, PREPAID)]
    before = await giver.available(), await receiver.available()
    walker, form = await walk_in(house, ORDINARY, "/transfer")
    check = await walker.send(form, number=PREPAID, amount="5.5", deed="check")
    assert "¥5.50" in words_of(check)
    assert (await giver.available(), await receiver.available()) == before, "only shown so far"
    step = await walker.send(check, deed="send")
    assert step.url.path == "/step-up"
    assert (await giver.available(), await receiver.available()) == before, "a password alone gives nothing"
    form = await prove_the_phone(house, walker, step, ORDINARY)
    assert form.url.path == "/transfer"
    check = await walker.send(form, number=PREPAID, amount="5.5", deed="check")
    given, again = await walker.send(check, deed="send"), await walker.send(check, deed="send")
    assert "138****8002" in words_of(given)
    assert words_of(again).count("138****8002") == words_of(given).count("138****8002"), "pressed twice, given once"
    moved = Decimal("5.50")
    assert (await giver.available(), await receiver.available()) == (before[0] - moved, before[1] + moved)


async def test_a_standing_order_is_agreed_to_signed_and_ended(house: House) -> None:
    owner = Payer(house, await house.sign_in(PREPAID))
    walker, form = await walk_in(house, PREPAID, "/recharge/auto")
    wish = {"rule": "THRESHOLD", "threshold": "20", "amount": "30", "monthly_cap": "30", "source": "SANDBOX"}
    unagreed = await walker.send(form, **wish, deed="check")
    assert (unagreed.status_code, await owner.booked()) == (422, [])
    check = await walker.send(form, **wish, agreed="yes", deed="check")
    assert "138****8002" in words_of(check)
    kept = await walker.send(check, deed="send")
    sign_page = re.search(r'id="to-sign" href="([^"]+)"', kept.text)
    assert sign_page, words_of(kept)
    await let_time_pass(house)
    assert list(await owner.booked()) == [], "nobody has signed"
    assert (await house.levers.post(sign_page[1], data={"answer": "sign"})).status_code == 303
    await let_time_pass(house, rounds=6)
    assert list(await owner.booked()) == [Decimal(30)]
    standing = await walker.open("/recharge/auto")
    assert 'id="to-sign"' not in standing.text
    ended = await walker.browser.post("/recharge/auto", data=fields_of_the_ending(standing), follow_redirects=True)
    assert 'id="standing"' not in ended.text
    await let_time_pass(house)
    assert "已经结束" in (await house.levers.get(sign_page[1], headers={"accept-language": "zh"})).text


def fields_of_the_ending(page: httpx.Response) -> dict[str, str]:
    """The form of the button that ends it: the page's last form is for another standing order."""
    form = page.text[: page.text.index('id="end"')].rpartition("<form")[2]
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form)) | {"deed": "end"}
