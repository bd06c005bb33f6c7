"""Can anybody put money onto a number with links and forms alone, once, and see what became of it?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from channels.web_hall.routes import web_hall_routes
from gateway.graph import HallGraph
from graphql_schema.client import Channel, load_operations
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import TooMany
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import (
    AutoRechargeRule,
    AutoRechargeState,
    BalanceTransfer,
    PayWay,
    Recharge,
    RechargeSource,
    RechargeStarted,
    RechargeState,
)
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall import till_facts as till
from tests.channels.web_hall.conftest import HERE, form_token, visit
from tests.channels.web_hall.fakes import TOKEN, WEB_FOLDER, FakeDoorkeeper, FakeGraph
from tests.channels.web_hall.walker import Walker
from tests.fakes.deal_ports import AS_OF, FakeMoney, FakeSwitches
from tests.fakes.ports import FakeBss

pytestmark = pytest.mark.anyio
HALL = Path(__file__).parents[3] / "channels" / "web_hall"
TYPED = {"number": "139 0000-0001", "amount": "50", "other_amount": "", "pay": "SANDBOX.PAGE"}
CARD = "123456789012345678"


@dataclass
class Till(FakeMoney):
    """The till of these walks: ids as short as an address wants them."""

    made: int = 0
    weary: bool = False

    async def start(
        self, deed: Deed, number: str | None, amount: Money, source: RechargeSource, way: PayWay
    ) -> RechargeStarted:
        return await super().start(self._name(deed), number, amount, source, way)

    async def redeem_voucher(self, deed: Deed, number: str | None, card: str) -> Recharge:
        return await super().redeem_voucher(self._name(deed), number, card)

    async def transfer(self, deed: Deed, number: str, amount: Money) -> BalanceTransfer:
        return await super().transfer(self._name(deed), number, amount)

    def _name(self, deed: Deed) -> Deed:
        if self.weary:
            raise TooMany(most=10)
        self.made += 1
        return replace(deed, id=f"R{self.made}")


@dataclass(frozen=True)
class Walk(Walker):
    """A browser without JavaScript before the real graph, and the till behind it."""

    money: FakeMoney
    switches: FakeSwitches
    doorkeeper: FakeDoorkeeper

    async def check(self, **typed: str) -> httpx.Response:
        """Fills the form in and presses on to the check page."""
        return await self.send(await self.browser.get("/recharge"), **(TYPED | typed), deed="check")


@pytest.fixture
async def walk() -> AsyncIterator[Walk]:
    bss, doorkeeper = FakeBss(), FakeDoorkeeper()
    bss.money = Till()
    graph = HallGraph(bss.ports(), load_operations(HALL).values(), deadline_seconds=10, open_documents=False)
    routes = web_hall_routes(
        graph, doorkeeper, web_folder=WEB_FOLDER, secure_cookies=False, public_url=HERE, notices_kept_seconds=0
    )
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as browser:
        browser.cookies.set("hall", TOKEN, domain="localhost.local")
        yield Walk(browser, bss.money, bss.switches, doorkeeper)


@pytest.fixture
def stranger(walk: Walk) -> Walk:
    """The same browser, and nobody signed in."""
    walk.browser.cookies.delete("hall")
    return walk


async def test_a_visitor_recharges_a_number_checks_it_whole_and_sees_it_masked_from_then_on(stranger: Walk) -> None:
    check = await stranger.check()
    assert "13900000001" in check.text
    assert "¥50.00" in check.text
    assert stranger.money.recharges == [], "nothing begins before the second look"
    paying = await stranger.send(check, deed="send")
    assert paying.url.path.startswith("/recharge/receipt-")
    assert "139****0001" in paying.text
    assert "13900000001" not in paying.text
    assert f'href="http://localhost:8100/pay/{stranger.money.recharges[0].id}" rel="noreferrer"' in paying.text


async def test_what_is_pressed_twice_is_one_recharge(stranger: Walk) -> None:
    check = await stranger.check()
    first, again = [await stranger.send(check, deed="send") for _ in range(2)]
    assert first.url == again.url
    assert len(stranger.money.recharges) == 1


async def test_no_number_is_the_own_line_for_who_is_signed_in_and_a_refusal_for_a_visitor(walk: Walk) -> None:
    check = await walk.check(number="")
    assert "本机 138****8001" in check.text
    await walk.send(check, deed="send")
    assert walk.money.recharges[0].masked_number == "138****8001"
    walk.browser.cookies.delete("hall")
    assert (await walk.check(number="")).status_code == 422


async def test_a_helper_puts_money_in_as_a_visitor_and_never_by_default_onto_the_owner_s_line(walk: Walk) -> None:
    walk.doorkeeper.who = "helper"
    assert (await walk.check(number="")).status_code == 422
    paying = await walk.send(await walk.check(), deed="send")
    assert paying.status_code == 200
    assert "/recharges" not in paying.text


@pytest.mark.parametrize("amount", ["0", "-1", "13.333", "1000000000", "NaN", "1e3", "", "0.99", "1000.01", "٥٠"])
async def test_an_amount_that_can_not_be_is_refused_with_its_bounds_and_nothing_begins(
    stranger: Walk, amount: str
) -> None:
    for deed in ("check", "send"):
        page = await stranger.send(
            await stranger.browser.get("/recharge"), **(TYPED | {"amount": "", "other_amount": amount}), deed=deed
        )
        assert page.status_code == 422
        assert "可填 ¥1.00 到 ¥1,000.00" in page.text
        assert "139 0000-0001" in page.text, "what was typed stands again"
    assert stranger.money.recharges == []


@pytest.mark.parametrize(
    ("typed", "meant"), [("33.5", "33.5"), ("￥１００", "100"), ("1,000元", "1000"), (" 20 . 05 ", "20.05")]
)
async def test_an_amount_typed_by_hand_counts_before_a_suggested_one(stranger: Walk, typed: str, meant: str) -> None:
    await stranger.send(await stranger.check(other_amount=typed), deed="send")
    assert stranger.money.recharges[0].amount.amount == Decimal(meant)


async def test_going_back_from_the_check_keeps_what_was_typed(stranger: Walk) -> None:
    form = await stranger.send(await stranger.check(other_amount="33.5"), deed="edit")
    assert 'value="33.50"' in form.text
    assert 'value="13900000001"' in form.text
    assert 'value="SANDBOX.PAGE" required checked' in form.text


async def test_only_ways_that_a_page_can_show_are_offered_and_taken(stranger: Walk) -> None:
    form = await stranger.browser.get("/recharge")
    assert "SANDBOX.QR" in form.text
    assert "SANDBOX.APP" not in form.text
    assert (await stranger.check(pay="SANDBOX.APP")).status_code == 422
    assert (await stranger.check(pay="ALIPAY.PAGE")).status_code == 422


async def test_the_receipt_opens_again_without_signing_in_and_is_kept_and_indexed_by_nobody(stranger: Walk) -> None:
    paying = await stranger.send(await stranger.check(), deed="send")
    made = stranger.money.recharges[0]
    stranger.money.recharges[0] = replace(made, state=RechargeState.CREDITED, paid_at=AS_OF, credited_at=AS_OF)
    stranger.browser.cookies.clear()
    receipt = await stranger.browser.get(str(paying.url))
    assert "已到账" in receipt.text
    assert receipt.headers["x-robots-tag"] == "noindex, nofollow"
    assert receipt.headers["cache-control"] == "no-store"
    assert "data-hx-trigger" not in receipt.text, "what is over is asked about no more"


async def test_one_that_waits_is_called_off_and_one_that_was_paid_meanwhile_is_said_to_be_paid(stranger: Walk) -> None:
    paying = await stranger.send(await stranger.check(), deed="send")
    closed = await stranger.send(paying)
    assert "没有付款，这笔充值已关闭" in closed.text
    paying = await stranger.send(await stranger.check(amount="20"), deed="send")
    stranger.money.recharges[0] = replace(stranger.money.recharges[0], state=RechargeState.PAID, paid_at=AS_OF)
    assert "不用再付一次" in (await stranger.send(paying)).text


async def test_nobody_s_receipt_is_not_found_and_can_not_be_called_off(stranger: Walk) -> None:
    assert (await stranger.browser.get("/recharge/nobody")).status_code == 404
    token = form_token(await stranger.browser.get("/settings"))
    assert (await stranger.browser.post("/recharge/nobody", data={"form": token})).status_code == 404


async def test_a_visitor_asks_the_graph_from_where_they_come(visitor: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"recharge_options": till.options(*till.PROVIDERS)}
    await visitor.get("/recharge")
    caller = graph.asked[-1][2]
    assert (caller.channel, caller.subscriber, caller.source) == (Channel.WEB, None, "127.0.0.1")


async def test_a_code_is_drawn_in_the_page_and_a_page_that_is_no_web_address_is_no_link(
    visitor: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = {"pay_offer": till.pay_offer(till.RECHARGE, till.SCANNED)}
    page = (await visitor.get(f"/recharge/{till.RECEIPT}")).text
    assert '<svg class="qr"' in page
    assert "weixin://" not in page
    graph.answers = {"pay_offer": till.pay_offer(till.RECHARGE, {"page": "javascript:alert(1)", "qr": None})}
    assert "javascript:" not in (await visitor.get(f"/recharge/{till.RECEIPT}")).text


async def test_a_voucher_goes_onto_the_own_line_and_the_card_stands_in_no_page(walk: Walk) -> None:
    form = await walk.follow(await walk.browser.get("/recharge"), "/recharge/voucher")
    done = await walk.send(form, card="1234 5678-9012345678", deed="send")
    assert done.url.path.startswith("/recharge/receipt-")
    assert "已到账" in done.text
    assert CARD not in done.text
    assert walk.money.cards == {}


async def test_a_voucher_for_another_number_shows_that_number_before_it_asks_for_the_card(stranger: Walk) -> None:
    first = await stranger.browser.get("/recharge/voucher")
    assert 'name="card"' not in first.text
    asks = await stranger.send(first, number="139 0000 0001", deed="number")
    assert "13900000001" in asks.text
    assert "139****0001" in (await stranger.send(asks, card=CARD, deed="send")).text


@pytest.mark.parametrize("card", ["", "1234", CARD + "9", "12345678901234567x", "一二三四五六七八九十一二三四五六七八"])
async def test_what_is_no_card_is_refused_without_a_try_and_without_being_said_again(walk: Walk, card: str) -> None:
    page = await walk.send(await walk.browser.get("/recharge/voucher"), card=card, deed="send")
    assert page.status_code == 422
    assert "没有计入错误次数" in page.text
    assert not card or card not in page.text
    assert walk.money.cards == {CARD: "50"}


@pytest.mark.parametrize("state", ["voucher-unknown", "voucher-locked"])
async def test_a_refused_card_is_never_said_again(state: str) -> None:
    page = (await visit(state, "zh")).text
    assert "345678" not in page
    assert 'autocomplete="off"' in page


async def test_a_card_is_in_no_key_and_in_no_draft(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"redeem_voucher": known.step_up("redeemVoucher", 2)}
    form = form_token(await hall.get("/settings"))
    led = await hall.post("/recharge/voucher", data={"form": form, "card": CARD, "deed": "send"})
    assert led.headers["location"].startswith("/step-up?level=2")
    assert "draft=" not in str(led.headers.get_list("set-cookie"))
    assert CARD not in graph.asked[-1][1]["input"]["idempotencyKey"]


async def test_who_names_too_many_numbers_is_told_so_at_every_deed_with_a_number(walk: Walk) -> None:
    walk.doorkeeper.who, walk.money.weary = "proved", True  # type: ignore[attr-defined]
    check = await walk.check()
    card = await walk.send(await walk.browser.get("/recharge/voucher"), number="", deed="edit")
    asks = await walk.send(card, number="13900000001", deed="number")
    gift = await walk.send(await walk.browser.get("/transfer"), number="13900000001", amount="30", deed="check")
    for page, typed in ((check, {}), (asks, {"card": CARD}), (gift, {})):
        told = await walk.send(page, **typed, deed="send")
        assert told.status_code == 422
        assert "充值次数太多" in told.text, page.url


async def test_a_deed_that_rests_says_so_to_a_visitor_too(stranger: Walk) -> None:
    check = await stranger.check()
    reason = LocalizedText(zh="升级。", en="New.")
    stranger.switches.notices = [
        ServiceNotice(id="N1", deeds=["startRecharge"], resting=True, begins_at=AS_OF, ends_at=None, reason=reason)
    ]
    told = await stranger.send(check, deed="send")
    assert told.status_code == 503
    assert "升级。" in told.text
    assert stranger.money.recharges == []


async def test_every_recharge_of_the_line_leads_to_its_receipt(walk: Walk) -> None:
    paying = await walk.send(await walk.check(), deed="send")
    again = await walk.follow(await walk.browser.get("/recharges"), "/recharge/receipt-")
    assert again.url == paying.url


async def test_a_standing_order_is_agreed_to_set_up_and_ended(walk: Walk) -> None:
    walk.doorkeeper.who = "proved"
    typed = {"rule": "DAY", "day": "5", "threshold": "", "amount": "50", "monthly_cap": "100", "source": "SANDBOX"}
    form = await walk.browser.get("/recharge/auto")
    assert (await walk.send(form, **typed, deed="check")).status_code == 422, "nobody agreed"
    check = await walk.send(form, **typed, agreed="yes", deed="check")
    assert "我同意由演示支付自动付款，每次 ¥50.00，每月最多 ¥100.00" in check.text
    assert walk.money.standing_order is None
    told = await walk.send(check, deed="send")
    assert "没有签约不会扣款" in told.text
    assert 'href="http://localhost:8100/pay/sign/1" rel="noreferrer"' in told.text
    order = walk.money.standing_order
    assert order is not None
    assert (order.rule, order.day, order.monthly_cap.amount) == (AutoRechargeRule.DAY, 5, Decimal(100))
    assert order.state is AutoRechargeState.SIGNING
    token = form_token(await walk.browser.get("/settings"))
    await walk.browser.post("/recharge/auto", data={"form": token, "deed": "end"})
    assert walk.money.standing_order is None


async def test_setting_up_a_standing_order_asks_for_a_fresh_proof_and_keeps_what_was_typed(walk: Walk) -> None:
    typed = {"rule": "THRESHOLD", "threshold": "20", "day": "", "amount": "50", "monthly_cap": "100"}
    form = await walk.browser.get("/recharge/auto")
    check = await walk.send(form, **typed, source="SANDBOX", agreed="yes", deed="check")
    step = await walk.send(check, deed="send")
    assert step.url.path == "/step-up"
    assert step.url.params["next"] == "/recharge/auto"
    walk.doorkeeper.who = "proved"
    back = await walk.browser.get("/recharge/auto")
    for value in ("20", "50", "100"):
        assert f'value="{value}"' in back.text
    assert walk.money.standing_order is None


async def test_own_money_is_given_at_level_3_after_a_second_look_and_once(walk: Walk) -> None:
    typed = {"number": "139 0000 0001", "amount": "30"}
    check = await walk.send(await walk.browser.get("/transfer"), **typed, deed="check")
    assert "13900000001" in check.text
    step = await walk.send(check, deed="send")
    assert step.url.params["level"] == "3"
    assert walk.money.given == []
    walk.doorkeeper.who = "proved"
    back = await walk.browser.get("/transfer")
    assert 'value="13900000001"' in back.text
    check = await walk.send(back, **typed, deed="check")
    for _ in range(2):
        told = await walk.send(check, deed="send")
        assert "已转出" in told.text
    assert [each.masked_number for each in walk.money.given] == ["139****0001"]


async def test_a_transfer_with_an_amount_that_can_not_be_asks_the_graph_nothing(walk: Walk) -> None:
    walk.doorkeeper.who = "proved"
    for amount in ("0", "200.01", "x", "1.001"):
        page = await walk.send(await walk.browser.get("/transfer"), number="13900000001", amount=amount, deed="send")
        assert page.status_code == 422
        assert "¥200.00" in page.text
    assert walk.money.given == []


async def test_pots_say_in_which_order_they_go_what_they_pay_and_when_they_come_free() -> None:
    page = (await visit("balance", "en")).text
    assert page.index("Granted money") < page.index("Your own money") < page.index("Granted, released later")
    assert "Only for:" in page
    assert "1 Feb 2027" in page
