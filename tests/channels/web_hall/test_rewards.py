"""Can a customer see, give, redeem, choose and invite with links and forms alone, once, before the real graph?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest
from starlette.applications import Starlette

from channels.web_hall.routes import web_hall_routes
from gateway.graph import HallGraph
from graphql_schema.client import Channel, load_operations
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import Delivery
from graphql_schema.problems import InvitationRefused
from graphql_schema.types.promotion import Grant, GrantState
from graphql_schema.types.recharge import RechargeState
from graphql_schema.types.reward import Redemption, RedemptionState
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall import reward_facts as won
from tests.channels.web_hall.conftest import HERE, form_token
from tests.channels.web_hall.fakes import TOKEN, WEB_FOLDER, FakeDoorkeeper, FakeGraph
from tests.channels.web_hall.test_recharge import HALL, Till
from tests.channels.web_hall.walker import Walker
from tests.fakes.deal_ports import AS_OF
from tests.fakes.loyalty_ports import (
    BONUS,
    DRAW,
    FLASK,
    FRIEND,
    FROZEN,
    ITEMS,
    PROMOTION,
    FakeLoyalty,
    make_grant,
    make_redemption,
)
from tests.fakes.ports import FakeBss

pytestmark = pytest.mark.anyio
HERE_I_LIVE = {"person": " 王小明 ", "phone": "138 0013-8001", "address": "北京市海淀区  中关村大街 1 号"}


@dataclass
class Room(FakeLoyalty):
    """The rewards of these walks: a deed that is asked for again is the same one, and where goods went is known."""

    sent_to: list[Delivery | None] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.sent_to = []

    async def redeem(self, deed: Deed, code: str, *, points: int, to: Delivery | None) -> Redemption:
        self.sent_to.append(to)
        return await super().redeem(replace(deed, id=f"D{len(self.redemptions) + 1}"), code, points=points, to=to)

    async def choose(self, deed: Deed, grant_id: str, reward_key: str, *, to: Delivery | None) -> Grant:
        self.sent_to.append(to)
        return await super().choose(deed, grant_id, reward_key, to=to)


@dataclass(frozen=True)
class Walk(Walker):
    """A browser without JavaScript before the real graph, and the room behind it."""

    room: Room
    till: Till
    doorkeeper: FakeDoorkeeper


@pytest.fixture
async def walk() -> AsyncIterator[Walk]:
    bss, doorkeeper = FakeBss(), FakeDoorkeeper()
    bss.loyalty, bss.money = Room(), Till()
    graph = HallGraph(bss.ports(), load_operations(HALL).values(), deadline_seconds=10, open_documents=False)
    routes = web_hall_routes(
        graph, doorkeeper, web_folder=WEB_FOLDER, secure_cookies=False, public_url=HERE, notices_kept_seconds=0
    )
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as browser:
        browser.cookies.set("hall", TOKEN, domain="localhost.local")
        yield Walk(browser, bss.loyalty, bss.money, doorkeeper)


async def test_home_says_how_many_points_there_are_and_what_ends_first(walk: Walk) -> None:
    home = await walk.open("/home")
    assert "2,680" in home.text
    assert "180 分 11月30日到期" in home.text
    page = await walk.follow(home, "/points")
    assert "每付 1 元得 2.5 分" in page.text
    month = await walk.follow(page, "/points/month")
    assert "3,264 - 584 = 2,680" in month.text


async def test_what_is_redeemed_is_checked_first_and_held_once(walk: Walk) -> None:
    mall = await walk.open("/rewards")
    item = await walk.follow(mall, "/rewards/HF10")
    check = await walk.send(item, deed="check")
    for said in ("1,000 分", "2,680 分", "1,680 分", "兑换后不可退回。"):
        assert said in check.text
    assert walk.room.redemptions == [], "nothing is spent before the second look"
    first, again = [await walk.send(check, deed="send") for _ in range(2)]
    assert first.url.path == again.url.path == "/redemptions/D1"
    assert walk.room.points.available == 1680
    assert "10元话费" in (await walk.open("/redemptions")).text


async def test_the_price_that_was_shown_is_the_price_that_is_agreed_to(walk: Walk) -> None:
    check = await walk.send(await walk.open("/rewards/HF10"), deed="check")
    walk.room.items = [replace(ITEMS[0], points=1200)]
    told = await walk.send(check, deed="send")
    assert told.status_code == 422
    assert "它刚刚变了" in told.text
    assert walk.room.points.available == 2680


async def test_goods_ask_where_to_and_keep_what_was_typed_when_one_field_is_wrong(walk: Walk) -> None:
    walk.room.points = replace(walk.room.points, available=5000)
    item = await walk.open("/rewards/BWB")
    for wrong, said in (
        ({"person": ""}, "请填写收件人"),
        ({"phone": "1234"}, "请填写联系电话"),
        ({"phone": "138x0013"}, "请填写联系电话"),
        ({"address": "家里"}, "请填写收件地址"),
        ({"address": "街" * 201}, "请填写收件地址"),
    ):
        for deed in ("check", "send"):
            page = await walk.send(item, **(HERE_I_LIVE | wrong), deed=deed)
            assert page.status_code == 422
            assert said in page.text
            assert 'aria-invalid="true"' in page.text
            assert "person" in wrong or 'value="王小明"' in page.text, "what was right stands again"
    assert walk.room.sent_to == []
    check = await walk.send(item, **HERE_I_LIVE, deed="check")
    assert "北京市海淀区 中关村大街 1 号" in check.text
    back = await walk.send(check, deed="edit")
    assert 'value="北京市海淀区 中关村大街 1 号"' in back.text
    receipt = await walk.send(check, deed="send")
    assert walk.room.sent_to == [Delivery("王小明", "13800138001", "北京市海淀区 中关村大街 1 号")]
    assert "SF1234567890" in receipt.text
    assert "中关村" not in receipt.text


async def test_an_address_stands_in_no_key_and_no_cookie(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {
        "reward": won.preview(won.ITEMS[4]), "redeem_reward": known.step_up("redeemReward", 2),
    }  # fmt: skip
    form = form_token(await hall.get("/settings"))
    led = await hall.post("/rewards/BWB", data={"form": form, "deed": "send", "points": "2500", **HERE_I_LIVE})
    assert led.headers["location"] == "/step-up?level=2&within=600&next=/rewards/BWB"
    assert "draft=" not in str(led.headers.get_list("set-cookie"))
    sent = graph.asked[-1][1]["input"]
    assert sent["delivery"]["number"] == "13800138001"
    assert sent["idempotencyKey"].count(".") == 1


async def test_a_voucher_s_code_can_be_taken_along_without_a_script(walk: Walk) -> None:
    receipt = await walk.send(await walk.send(await walk.open("/rewards/KF"), deed="check"), deed="send")
    assert 'id="code" class="num" value="CAFE-2026-77" readonly' in receipt.text
    assert 'data-copy="code"' in receipt.text


async def test_too_few_points_say_how_many_are_missing_and_offer_no_button(walk: Walk) -> None:
    page = await walk.open("/rewards/BWB")
    assert "还差 320 分。" in page.text
    assert 'value="check"' not in page.text
    told = await walk.send(await walk.open("/points/transfer"), number=FRIEND, points="9999", deed="send")
    assert told.url.path == "/step-up"


@pytest.mark.parametrize("code", ["nothing", "x" * 33])
async def test_what_is_not_in_the_mall_is_not_found(walk: Walk, code: str) -> None:
    assert (await walk.open(f"/rewards/{code}")).status_code == 404


async def test_a_redemption_under_way_asks_again_by_itself_and_one_that_is_over_does_not(walk: Walk) -> None:
    walk.room.redemptions = [make_redemption(ITEMS[1])]
    for state, moves in ((RedemptionState.WORKING, True), (RedemptionState.RELEASED, False)):
        walk.room.redemptions = [replace(walk.room.redemptions[0], state=state, done_at=None)]
        assert ("data-hx-trigger" in (await walk.open("/redemptions/D1")).text) is moves
    assert "积分已经全部退回" in (await walk.open("/redemptions/D1")).text


async def test_where_points_live_elsewhere_the_hall_shows_them_and_offers_nothing_that_can_not_be_done(
    walk: Walk,
) -> None:
    walk.room.points = replace(walk.room.points, redeemable=False, stars=None, factor=None)
    points = await walk.open("/points")
    assert "运营商的积分平台" in points.text
    assert 'href="/points/transfer"' not in points.text
    assert "运营商的积分平台" in (await walk.open("/rewards")).text
    assert 'name="points"' not in (await walk.open("/points/transfer")).text


async def test_points_are_given_at_level_3_after_a_second_look_and_once(walk: Walk) -> None:
    typed = {"number": "138 0013 8003", "points": "１,0００"}
    check = await walk.send(await walk.open("/points/transfer"), **typed, deed="check")
    assert "13800138003" in check.text
    assert "1,680 分" in check.text
    step = await walk.send(check, deed="send")
    assert step.url.params["level"] == "3"
    walk.doorkeeper.who = "proved"
    back = await walk.open("/points/transfer")
    assert 'value="13800138003"' in back.text
    check = await walk.send(back, **typed, deed="check")
    for _ in range(2):
        receipt = await walk.send(check, deed="send")
        assert "已转赠" in receipt.text
        assert "138****8003" in receipt.text
    assert walk.room.points.available == 1680


@pytest.mark.parametrize("points", ["0", "-5", "1.5", "x", "", "9" * 10, "٣"])
async def test_what_is_no_whole_number_of_points_is_refused_and_nothing_is_given(walk: Walk, points: str) -> None:
    walk.doorkeeper.who = "proved"
    page = await walk.send(await walk.open("/points/transfer"), number=FRIEND, points=points, deed="send")
    assert page.status_code == 422
    assert "大于 0 的整数" in page.text
    assert walk.room.points.available == 2680


async def test_a_number_of_somebody_else_gets_no_points(walk: Walk) -> None:
    walk.doorkeeper.who = "proved"
    page = await walk.send(await walk.open("/points/transfer"), number="13900000001", points="5", deed="send")
    assert "不是您名下的另一个号码" in page.text


async def test_a_recharge_of_one_s_own_line_says_before_it_is_paid_what_it_earns(walk: Walk) -> None:
    form = await walk.open("/recharge?amount=50")
    assert "本机充 ¥50.00 没有赠送" in form.text
    assert "再多充 ¥50.00，充满 ¥100.00" in form.text
    typed = {"number": "", "other_amount": "", "pay": "SANDBOX.PAGE"}
    check = await walk.send(form, **typed, amount="100", deed="check")
    for said in ("本机充 ¥100.00 能得到", "2 选 1，充值后再选", "可能被别人先得到", "满 ¥100.00"):
        assert said in check.text
    own = await walk.send(form, **(typed | {"number": "138 0013 8001"}), amount="100", deed="check")
    assert "本机充 ¥100.00 能得到" in own.text


async def test_another_s_number_a_visitor_and_a_helper_are_told_of_no_reward(walk: Walk) -> None:
    typed = {"number": "13900000001", "amount": "100", "other_amount": "", "pay": "SANDBOX.PAGE", "deed": "check"}
    other = await walk.send(await walk.open("/recharge"), **typed)
    walk.doorkeeper.who = "helper"
    helper = await walk.send(await walk.open("/recharge?amount=100"), **typed)
    walk.browser.cookies.delete("hall")
    visitor = await walk.send(await walk.open("/recharge?amount=100"), **typed)
    for page in (other, helper, visitor):
        assert page.status_code == 200
        assert "能得到" not in page.text


async def test_a_credited_recharge_leads_to_what_it_earned(walk: Walk) -> None:
    typed = {"number": "", "amount": "100", "other_amount": "", "pay": "SANDBOX.PAGE", "deed": "check"}
    paying = await walk.send(await walk.send(await walk.open("/recharge"), **typed), deed="send")
    made = walk.till.recharges[0]
    walk.till.recharges[0] = replace(made, state=RechargeState.CREDITED, paid_at=AS_OF, credited_at=AS_OF)
    receipt = await walk.open(str(paying.url))
    walk.room.grants = [make_grant(recharge_id="another")]
    assert "还没有奖励" in (await walk.follow(receipt, "/grants?recharge=")).text
    walk.room.grants = [make_grant(recharge_id=made.id)]
    earned = await walk.follow(receipt, "/grants?recharge=")
    assert "已返还 1/10" in earned.text


async def test_a_recharge_of_another_line_leads_to_no_reward_of_the_own(walk: Walk) -> None:
    typed = {"number": "13900000001", "amount": "100", "other_amount": "", "pay": "SANDBOX.PAGE", "deed": "check"}
    paying = await walk.send(await walk.send(await walk.open("/recharge"), **typed), deed="send")
    made = walk.till.recharges[0]
    walk.till.recharges[0] = replace(made, state=RechargeState.CREDITED, paid_at=AS_OF, credited_at=AS_OF)
    assert "/grants?recharge=" not in (await walk.open(str(paying.url))).text


async def test_of_the_gifts_that_were_won_one_is_chosen_once_and_goods_are_sent(walk: Walk) -> None:
    choosing = make_grant(state=GrantState.CHOOSING, reward=None, options=[BONUS, FLASK, FROZEN], parts=[])
    walk.room.grants = [choosing]
    form = await walk.follow(await walk.open("/grants"), "/grants/G1")
    assert (await walk.send(form, deed="check")).status_code == 422
    assert (await walk.send(form, gift="flask", person="", deed="check")).status_code == 422
    check = await walk.send(form, gift="flask", **HERE_I_LIVE, deed="check")
    assert "确认后不能再改" in check.text
    for _ in range(2):
        told = await walk.send(check, deed="send")
        assert "已选好" in told.text
    assert walk.room.sent_to == [Delivery("王小明", "13800138001", "北京市海淀区 中关村大街 1 号")]
    assert walk.room.grants[0].state is GrantState.GRANTING


async def test_a_gift_that_needs_no_address_asks_for_none(walk: Walk) -> None:
    walk.room.grants = [make_grant(state=GrantState.CHOOSING, reward=None, options=[BONUS, FLASK], parts=[])]
    check = await walk.send(await walk.open("/grants/G1"), gift="bonus", person="half", deed="check")
    assert 'name="person"' not in check.text
    await walk.send(check, deed="send")
    assert walk.room.sent_to == [None]


async def test_a_draw_that_won_nothing_stands_with_its_campaign_and_its_day(walk: Walk) -> None:
    walk.room.grants = [make_grant(state=GrantState.NOT_WON, reward=DRAW, parts=[])]
    page = await walk.open("/grants")
    assert '<span class="chip ">这次没有抽中</span>' in page.text
    assert PROMOTION.name.zh in page.text
    assert "11月21日" in page.text
    alone = await walk.follow(page, "/grants/G1")
    assert "这次没有抽中奖品" in alone.text
    assert '<form class="card form"' not in alone.text


async def test_promotions_say_their_conditions_in_words_and_lead_to_the_recharge(walk: Walk) -> None:
    page = await walk.open("/promotions")
    assert "充值满 ¥100.00" in page.text
    assert "1/100,000" in page.text
    form = await walk.follow(page, "/recharge?amount=100")
    assert "本机充 ¥100.00 能得到" in form.text


async def test_an_invitation_is_accepted_after_signing_in_and_leads_back_to_itself(walk: Walk) -> None:
    invite = await walk.open("/invite")
    assert 'value="H7K4M9QX"' in invite.text
    walk.browser.cookies.delete("hall")
    visitor = await walk.open("/invited/OTHERONE")
    assert "500积分" in visitor.text, "what it gives is told before"
    assert (await walk.follow(visitor, "/sign-in?next")).url.params["next"] == "/invited/OTHERONE"
    walk.browser.cookies.set("hall", TOKEN, domain="localhost.local")
    page = await walk.open("/invited/OTHERONE")
    assert "500积分" in page.text
    assert "没有这个邀请码" in (await walk.send(page)).text


@pytest.mark.parametrize(
    ("reason", "said"),
    [("own", "不能互相邀请"), ("too_late", "只有新号码"), ("too_many", "名额已经用完"), ("already", "已经接受过")],
)
async def test_a_refused_invitation_says_why(walk: Walk, reason: str, said: str) -> None:
    walk.room.refusal = InvitationRefused(reason=reason)
    told = await walk.send(await walk.open("/invited/OTHERONE"))
    assert told.status_code == 422
    assert said in told.text


async def test_the_own_code_is_said_to_be_one_s_own(walk: Walk) -> None:
    page = await walk.open("/invited/h7k4m9qx")
    assert "这是您自己的邀请码" in page.text
    assert "接受邀请的号码" not in page.text


async def test_a_helper_accepts_no_invitation_for_the_owner(walk: Walk) -> None:
    page = await walk.open("/invited/OTHERONE")
    walk.doorkeeper.who = "helper"
    assert (await walk.send(page)).status_code == 403
    assert walk.room.invitations == []


async def test_the_room_is_asked_for_the_line_that_is_signed_in_on_the_web(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = {"rewards": won.mall(*won.ITEMS)}
    await hall.get("/rewards")
    _, _, caller = graph.asked[-1]
    assert (caller.channel, caller.subscriber) == (Channel.WEB, "L1")
