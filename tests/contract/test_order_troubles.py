"""Is an order that fails, half fails or waits told with its reason and what to do, in every channel?"""

import asyncio
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from channels.sms.segments import count_parts
from tests.contract.conftest import House
from tests.contract.ways_in import calling, text, texts_to, walk_in, words_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize(("database_url", "house"), [("sqlite", "sandbox in process")], indirect=True),
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Trouble(NamedTuple):
    """What somebody at the operator does to an order, and how that is told: state and next step of the graph, then
    the words of the web page, of a text (with its state), of a call, and of the notice (None: none is sent)."""

    number: str
    wanted: dict[str, str]
    deed: str
    reason: str
    state: str
    next_step: str
    failure: str
    page: str
    dd: tuple[str, str]
    heard: str
    notice: str | None


PACK = {"action": "ADD", "offeringId": "pack-data-10"}
PLAN = {"action": "CHANGE_PLAN", "offeringId": "plan-129", "start": "AT_ONCE"}
ORDINARY, WITH_A_GIFT = "13800138001", "13800138012"
TROUBLES = {
    "failed": Trouble(
        ORDINARY, PACK, "fail", "activationTimeout", "FAILED", "RETRY", "开通超时", "请重新办理一次",
        ("办理失败", "可重新办理"), "failed, Activation timed out, you can order again", "【未办成】",
    ),
    "failed for what is not there": Trouble(
        ORDINARY, PACK, "fail", "resourceUnavailable", "FAILED", "CHOOSE", "资源不足", "请另选一个号码或业务",
        ("办理失败", "请另选套餐或号码"), "There are no free resources, please choose another one", "【未办成】",
    ),
    "done in part": Trouble(
        WITH_A_GIFT, PLAN, "partial", "notAtHome", "PARTIAL", "CALL", "上门时无人", "告诉客服订单号",
        ("部分完成", "请联系客服"), "Nobody was at home, please ask an agent", "【部分办成】",
    ),
    "held": Trouble(
        ORDINARY, PACK, "hold", "systemBusy", "HELD", "WAIT", "系统繁忙", "会自动继续",
        ("等待处理", "请耐心等待"), "A system is busy, please wait", None,
    ),
}  # fmt: skip


async def order(house: House, headers: dict[str, str], wanted: dict[str, str]) -> str:
    """Orders in the app; the order's id."""
    begun = await house.ask("PrepareChange", headers, input={"idempotencyKey": uuid4().hex, "wanted": wanted})
    prepared = begun["data"]["prepareChange"]["id"]
    done = await house.ask("ConfirmChange", headers, input={"idempotencyKey": uuid4().hex, "preparedId": prepared})
    placed = done["data"]["confirmChange"]
    assert placed["__typename"] == "Order", placed
    return str(placed["id"])


async def pull(house: House, lever: dict[str, str]) -> None:
    """It is done to the order. What is done to a part of one is seen when the rest of it is done."""
    (await house.levers.post("/sandbox/order", json=lever)).raise_for_status()
    if lever["deed"] == "partial":
        (await house.levers.post("/sandbox/clock", json={"advanceSeconds": 120})).raise_for_status()


async def follow(house: House, number: str) -> None:
    """The operator tells that the order changed, and the worker looks."""
    line = await house.hall.identity.lines.find_line(number)
    assert line is not None
    await house.hall.deals.change_work.hasten(line.id)
    await house.hall.deals.change_work.work_on_changes()


async def see(house: House, headers: dict[str, str], id_: str) -> dict[str, Any]:
    found: dict[str, Any] = (await house.ask("Order", headers, id=id_))["data"]["me"]["order"]
    return found


async def read_page(house: House, number: str, id_: str) -> str:
    _, shown = await walk_in(house, number, f"/orders/{id_}")
    return words_of(shown)


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
async def test_every_channel_says_why_and_what_to_do(house: House, trouble: Trouble) -> None:
    number, headers = trouble.number, await house.sign_in(trouble.number)
    id_ = await order(house, headers, trouble.wanted)
    lever = {"id": id_, "deed": trouble.deed, "reason": trouble.reason}
    await pull(house, lever)
    seen = await see(house, headers, id_)
    assert (seen["state"], seen["nextStep"]) == (trouble.state, trouble.next_step)
    assert seen["failure"]["zh"] == trouble.failure
    page = await read_page(house, number, id_)
    assert trouble.failure in page
    assert trouble.page in page
    said = await text(house, number, "ZW", "DD")
    assert all(words in said for words in (*trouble.dd, trouble.failure)), said
    async with calling(house, number) as call:
        await call.press("73")
        assert trouble.heard in call.heard
    await follow(house, number)
    told = [each for each in await texts_to(house, number) if "发送DD查看" in each]
    if trouble.notice is None:
        assert told == []
        return
    [notice] = told
    assert notice.startswith(trouble.notice)
    assert all(words in notice for words in (trouble.failure, trouble.dd[1]))
    assert count_parts(notice) <= 2
    await follow(house, number)
    assert [each for each in await texts_to(house, number) if "发送DD查看" in each] == told, "told once"


async def test_one_that_was_held_goes_on_when_it_is_released(house: House) -> None:
    headers = await house.sign_in(ORDINARY)
    id_ = await order(house, headers, PACK)
    for deed in ("hold", "release"):
        (await house.levers.post("/sandbox/order", json={"id": id_, "deed": deed})).raise_for_status()
    (await house.levers.post("/sandbox/clock", json={"advanceSeconds": 600})).raise_for_status()
    async with asyncio.timeout(10):
        while (seen := await see(house, headers, id_))["state"] != "COMPLETED":  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert (seen["failure"], seen["nextStep"]) == (None, None)


async def test_what_half_failed_says_which_part(house: House) -> None:
    headers = await house.sign_in(WITH_A_GIFT)
    id_ = await order(house, headers, PLAN)
    lever = {"id": id_, "deed": "partial", "reason": "systemBusy"}
    await pull(house, lever)
    items = (await see(house, headers, id_))["items"]
    assert {item["state"] for item in items} == {"COMPLETED", "FAILED"}
    assert [item["name"]["zh"] for item in items if item["failure"]] == [
        item["name"]["zh"] for item in items if item["state"] == "FAILED"
    ]
    page = await read_page(house, WITH_A_GIFT, id_)
    assert all(item["name"]["zh"] in page for item in items)
