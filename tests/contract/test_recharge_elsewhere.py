"""Does money that is paid with WeChat Pay or Alipay, as independent judges play them, reach the line once?"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.app import create_app
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.bss_adapters.payment.judging import (
    ALIPAY_APP,
    API_KEY,
    APP_ID,
    MERCHANT,
    PLATFORM_SERIAL,
    SELLER,
    SERIAL,
    Judge,
    make_pair,
    serve_alipay_judge,
    serve_wechat_judge,
)
from tests.conformance.serving import served
from tests.contract.conftest import BORN_MS, House, _settings, assembled
from tests.contract.test_recharge import ORDINARY, Front, Payer, on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]
JUDGES: dict[str, Callable[[], AbstractContextManager[Judge]]] = {
    "WECHAT_PAY": serve_wechat_judge,
    "ALIPAY": serve_alipay_judge,
}


@pytest.fixture(params=JUDGES)
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def judge(source: str, node_modules: Path) -> Iterator[Judge]:
    with JUDGES[source]() as judge:
        yield judge


@pytest.fixture
async def house(database_url: str, valkey: str, keys: Path, source: str, judge: Judge) -> AsyncIterator[House]:
    """A hall that offers both, whose address for one of them is the judge's."""
    world, front = World.open(subscribers=20, now_ms=BORN_MS), Front()
    reached = {
        "wechat_pay_merchant": MERCHANT,
        "wechat_pay_app_id": APP_ID,
        "wechat_pay_serial_number": SERIAL,
        "wechat_pay_private_key": make_pair("merchant").private,
        "wechat_pay_api_key": API_KEY,
        "wechat_pay_public_key": make_pair("platform").public,
        "wechat_pay_public_key_id": PLATFORM_SERIAL,
        "wechat_pay_url": judge.url if source == "WECHAT_PAY" else "http://127.0.0.1:9",
        "alipay_app_id": ALIPAY_APP,
        "alipay_seller_id": SELLER,
        "alipay_private_key": make_pair("merchant").private,
        "alipay_public_key": make_pair("platform").public,
        "alipay_url": f"{judge.url}/gateway.do" if source == "ALIPAY" else "http://127.0.0.1:9",
    }
    try:
        async with served(create_sandbox(world)) as sandbox, served(front) as public:
            settings = _settings(database_url, keys, valkey).model_copy(update=reached | {"public_url": public})
            async with assembled(settings, sandbox, None) as house:
                front.app = create_app(house.hall)
                yield house
    finally:
        world.store.close()


@pytest.fixture
async def payer(house: House) -> Payer:
    return Payer(house, await house.sign_in(ORDINARY))


async def test_a_code_that_is_scanned_and_paid_is_credited_once(payer: Payer, judge: Judge, source: str) -> None:
    before = await payer.available()
    started = await payer.start(source=source, way="QR")
    recharge = started["recharge"]
    assert started["pay"]["qr"].startswith(("weixin://", "https://qr.alipay.com/"))
    for told in ("old", "stranger"):
        assert (await asyncio.to_thread(judge.tell, "tell", reference=recharge["id"], told=told))["status"] in {
            200,
            503,
        }
    assert (await payer.see(recharge["receipt"]))["state"] == "WAITING"
    await asyncio.to_thread(judge.tell, "pay", reference=recharge["id"])
    answers = [await asyncio.to_thread(judge.tell, "tell", reference=recharge["id"]) for _ in range(3)]
    assert all(answer in ({"status": 204, "body": ""}, {"status": 200, "body": "success"}) for answer in answers)
    assert (await payer.see(recharge["receipt"]))["state"] != "WAITING"
    credited = await payer.see_until(recharge["receipt"], "CREDITED")
    assert Decimal(credited["amount"]["amount"]) == 50
    assert await payer.available() == before + 50
    assert await payer.booked() == [50]
    assert await payer.balances() == {f"provider:{source.lower()}": -5000, "bss": 5000}


async def test_one_that_is_paid_and_never_told_of_is_found(payer: Payer, judge: Judge, source: str) -> None:
    started = await payer.start(source=source, way="QR")
    await asyncio.to_thread(judge.tell, "pay", reference=started["recharge"]["id"])
    await payer.see_until(started["recharge"]["receipt"], "CREDITED")
    assert await payer.booked() == [50]


async def test_a_payment_whose_opening_was_not_heard_is_opened_once(payer: Payer, judge: Judge, source: str) -> None:
    await asyncio.to_thread(judge.tell, "lie", lie="drop")
    started = await payer.start(source=source, way="QR")
    assert (started["recharge"]["state"], started["pay"]) == ("CHECKING", None)
    await payer.see_until(started["recharge"]["receipt"], "WAITING")
    assert await asyncio.to_thread(judge.tell, "pay", reference=started["recharge"]["id"]) == {"paid": True}
    await payer.see_until(started["recharge"]["receipt"], "CREDITED")
    assert await payer.booked() == [50]


async def test_a_page_or_an_app_s_order_is_opened_too(payer: Payer, source: str) -> None:
    page = (await payer.start(source=source, way="PAGE"))["pay"]
    app = (await payer.start(source=source, way="APP"))["pay"]
    assert page["page"].startswith("http")
    assert {each["name"] for each in app["app"]} >= ({"orderString"} if source == "ALIPAY" else {"prepayid", "sign"})
