"""Does the web hall change what a line has over the whole hall and the sandbox's BSS, and show what then holds?"""

import re

import httpx
import pytest

from tests.channels.web_hall.walker import Walker
from tests.contract.conftest import House
from tests.contract.ways_in import walk_in, words_of

pytestmark = pytest.mark.anyio
HOUSE = ("database_url", "house")
one_house = pytest.mark.parametrize(HOUSE, [("sqlite", "sandbox over a socket")], indirect=True)
both_databases = pytest.mark.parametrize(
    HOUSE,
    [
        ("sqlite", "sandbox over a socket"),
        pytest.param("postgresql", "sandbox in process", marks=pytest.mark.postgres),
    ],
    indirect=True,
)
NUMBER = "13800138001"
PACK_NAME = "10GB流量加油包"
WHILE_SECONDS = 600
"""In so long the sandbox does what takes effect at once."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def prepare(walker: Walker, seen: httpx.Response) -> httpx.Response:
    """The question that follows a preview."""
    question = await walker.send(seen, deed="prepare")
    assert question.url.path.startswith("/change/"), words_of(question)
    return question


async def let_pass(house: House, seconds: int = WHILE_SECONDS) -> None:
    (await house.levers.post("/sandbox/clock", json={"advanceSeconds": seconds})).raise_for_status()


async def find_pack(walker: Walker) -> httpx.Response:
    """The preview of taking the pack, reached from the catalogue."""
    found = await walker.open(f"/catalogue?kind=ADD_ON&text={PACK_NAME}")
    card = await walker.follow(found, "/catalogue/")
    return await walker.follow(card, "/change?action=ADD")


@both_databases
async def test_a_pack_from_the_catalogue_is_held_once_it_is_ordered(house: House) -> None:
    walker, _ = await walk_in(house, NUMBER, "/packages")
    seen = await find_pack(walker)
    assert "¥25.00/月" in words_of(seen)
    question = await prepare(walker, seen)
    assert "没有订单" in words_of(await walker.open("/orders"))
    receipt = await walker.send(question, deed="confirm")
    again = await walker.send(question, deed="confirm")
    assert again.url.path == receipt.url.path, "answered twice, ordered once"
    assert "负责系统：号码与卡资源系统" in words_of(receipt)
    await let_pass(house)
    assert "办理完成" in words_of(await walker.open(receipt.url.path))
    assert words_of(await walker.open("/packages")).count(PACK_NAME) == 2, "its name, and that of its button"
    assert len(re.findall(r'href="/orders/', (await walker.open("/orders")).text)) == 1
    assert "您已经有了" in words_of(await find_pack(walker))


@one_house
async def test_what_is_dropped_by_its_number_goes_next_month_and_can_be_called_off_until_then(house: House) -> None:
    walker, _ = await walk_in(house, NUMBER, "/packages")
    seen = await walker.follow(await walker.open("/packages"), "/change?action=DROP")
    receipt = await walker.send(await prepare(walker, seen), deed="confirm")
    assert "次月" in words_of(seen)
    assert "到生效日会自动办理" in words_of(receipt)
    assert "data-hx-trigger" not in receipt.text, "nothing moves before its day"
    assert "有一项办理正在进行" in words_of(await walker.open(str(seen.url)))
    told = await walker.send(await walker.follow(receipt, "/cancel"))
    assert "订单已取消" in words_of(told)
    assert "现在还没有办理" in words_of(await walker.open(str(seen.url))), "it can be dropped anew"


@one_house
async def test_a_lost_card_is_reported_and_the_line_taken_up_again(house: House) -> None:
    walker, _ = await walk_in(house, NUMBER, "/packages")
    for action, standing in (("REPORT_LOSS", "已挂失停机"), ("RESUME", "手机或卡丢了")):
        seen = await walker.follow(await walker.open("/services"), f"/change?action={action}")
        await walker.send(await prepare(walker, seen), deed="confirm")
        await let_pass(house)
        assert standing in words_of(await walker.open("/services"))


@one_house
async def test_closing_shows_what_is_to_settle_and_takes_code_and_password(house: House) -> None:
    walker, _ = await walk_in(house, NUMBER, "/packages")
    seen = await walker.follow(await walker.open("/services"), "/change?action=CLOSE")
    assert re.search(r"结清费用 .*¥\d+\.\d\d", words_of(seen))
    assert NUMBER not in seen.text, "the number that is lost is masked"
    step = await walker.send(await prepare(walker, seen), deed="confirm")
    assert step.url.path == "/step-up"
    assert "没有订单" in words_of(await walker.open("/orders"))


@one_house
async def test_another_line_is_opened_with_a_number_of_ones_choice(house: House) -> None:
    walker, _ = await walk_in(house, NUMBER, "/packages")
    form = await walker.open("/services/new-line")
    number = re.findall(r'name="number" value="(\d+)"', form.text)[0]
    ending = await walker.open(f"/services/new-line?ending={number[-4:]}")
    assert all(each.endswith(number[-4:]) for each in re.findall(r'name="number" value="(\d+)"', ending.text))
    seen = await walker.send(ending, number=number, offering="plan-79", deed="preview")
    assert number in words_of(seen)
    receipt = await walker.send(await prepare(walker, seen), deed="confirm")
    assert receipt.url.path.startswith("/orders/")
    assert "证件审核" in words_of(receipt)


@one_house
async def test_what_the_bss_refuses_is_said_with_what_to_do(house: House) -> None:
    walker, _ = await walk_in(house, NUMBER, "/packages")
    same = words_of(await walker.open("/change?action=CHANGE_PLAN&offering=plan-59"))
    assert "现在不能办理" in same
    assert "您已经有了" in same
    assert (await walker.open("/change?action=DROP&package=nobodys")).status_code == 404
    assert (await walker.open("/change?action=ADD&offering=none")).status_code == 404


@one_house
async def test_the_last_bills_are_held_against_other_plans(house: House) -> None:
    walker, _ = await walk_in(house, NUMBER, "/packages")
    page = words_of(await walker.follow(await walker.open("/catalogue?kind=PLAN"), "/plan-advice"))
    assert "现在的套餐" in page
    assert re.search(r"每月可省 ¥\d+\.\d\d", page)
