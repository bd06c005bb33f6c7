"""Is what can't be had turned down clearly when it is prepared, with nothing kept, ordered or paid?"""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from gateway.database import read
from ordering.change_tables import change_order, prepared_change
from tests.contract.conftest import House
from tests.contract.ways_in import calling, text, walk_in, words_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize(("database_url", "house"), [("sqlite", "sandbox in process")], indirect=True),
]
NUMBER, OWNER = "13800138001", "13800138002"
EXCLUDED = {"action": "CHANGE_PLAN", "offeringId": "plan-unlimited-199"}
CLOSED = {"action": "ADD", "offeringId": "pack-spring-2025"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def prepare(house: House, headers: dict[str, str], wanted: dict[str, Any]) -> dict[str, Any]:
    wish = {"idempotencyKey": uuid4().hex, "wanted": wanted}
    found: dict[str, Any] = (await house.ask("PrepareChange", headers, input=wish))["data"]["prepareChange"]
    return found


async def held(house: House, headers: dict[str, str]) -> list[str]:
    rows = (await house.ask("Packages", headers))["data"]["me"]["packages"]
    return sorted(row["offeringId"] for row in rows)


async def rows_kept(house: House) -> int:
    """Changes that were kept to be confirmed, or ordered."""
    async with read(house.hall.engine) as connection:
        counts = [(await connection.execute(select(func.count()).select_from(t))).scalar_one() for t in TABLES]
    return sum(counts)


TABLES = (prepared_change, change_order)


@pytest.mark.parametrize(
    ("wanted", "code", "on_the_page", "by_text"),
    [
        (EXCLUDED, "EXCLUDED", "不能同时", "没有办理，也没有产生费用"),
        (CLOSED, "NOT_ON_SALE", "已停止销售", "没有找到这项业务"),
    ],
    ids=["excluded", "no longer sold"],
)
async def test_what_can_not_be_had_is_refused_with_the_reason_and_nothing_is_kept(
    house: House, wanted: dict[str, str], code: str, on_the_page: str, by_text: str
) -> None:
    headers = await house.sign_in(NUMBER)
    before = await held(house, headers)
    refused = await prepare(house, headers, wanted)
    assert refused["__typename"] == "ChangeRefused"
    assert code in {each["code"] for each in refused["obstacles"]}
    walker, _ = await walk_in(house, NUMBER, "/packages")
    page = await walker.open(f"/change?action={wanted['action']}&offering={wanted['offeringId']}")
    words = words_of(page)
    assert "现在不能办理" in words
    assert on_the_page in words, words
    assert 'value="prepare"' not in page.text, "there is nothing to press"
    said = await text(house, NUMBER, "ZW", f"{'BG' if wanted is EXCLUDED else 'KT'}#{wanted['offeringId']}")
    assert by_text in said, said
    assert "没有" in await text(house, NUMBER, "是")
    assert await rows_kept(house) == 0
    assert await held(house, headers) == before


async def test_what_is_excluded_is_named(house: House) -> None:
    refused = await prepare(house, await house.sign_in(NUMBER), EXCLUDED)
    [excluded] = [each for each in refused["obstacles"] if each["code"] == "EXCLUDED"]
    assert excluded["offering"]["zh"]
    assert excluded["offering"]["zh"] in await text(house, NUMBER, "ZW", "BG#plan-unlimited-199")


async def available(house: House, number: str) -> Decimal:
    me = (await house.ask("Home", await house.sign_in(number)))["data"]["me"]
    return Decimal(me["balance"]["available"]["amount"])


async def test_a_card_of_another_number_pays_nobody_and_stays_its_owner_s(house: House) -> None:
    cards = (await house.levers.get("/sandbox/vouchers")).raise_for_status().json()
    card = next(each for each in cards if each.get("number") == OWNER)
    mine, theirs = await available(house, NUMBER), await available(house, OWNER)
    said = await text(house, NUMBER, "ZW", f"CZ#{card['card']}")
    assert "没有充值" in said, said
    assert OWNER not in said, "whose it is, is not told"
    answer = await house.ask(
        "RedeemVoucher", await house.sign_in(NUMBER), input={"idempotencyKey": uuid4().hex, "card": card["card"]}
    )
    refused = answer["data"]["redeemVoucher"]
    assert (refused["__typename"], refused["reason"]) == ("VoucherRefused", "of_other")
    async with calling(house, NUMBER) as call:
        await call.press("71")
        await call.press(card["card"] + "#")
        assert "Recharged" not in call.heard
        assert "That card is not for this number" in call.heard
    assert (await available(house, NUMBER), await available(house, OWNER)) == (mine, theirs)
    assert "充值30.00元" in await text(house, OWNER, "ZW", f"CZ#{card['card']}")
    assert await available(house, OWNER) == theirs + 30
