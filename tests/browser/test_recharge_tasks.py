"""Can a person recharge in a real browser, and watch the money arrive without doing anything?"""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.stage import DESKTOP, PHONE, Stage, open_page
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall import till_facts as till
from tests.channels.web_hall.state import State

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
STARTED = known.said("startRecharge", "RechargeStarted", recharge={"receipt": till.RECEIPT})
ANSWERS = {
    "recharge_options": till.options(*till.PROVIDERS),
    "start_recharge": STARTED,
    "pay_offer": till.pay_offer(till.RECHARGE, till.PAGE),
    "redeem_voucher": known.said("redeemVoucher", "Recharge", receipt=till.RECEIPT),
    "cancel_recharge": known.said("cancelRecharge", "Recharge", state="CLOSED"),
}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1280"])
def test_a_visitor_without_javascript_recharges_and_calls_it_off(
    browser: Browser, stage: Stage, size: tuple[int, int]
) -> None:
    context, page = open_page(browser, stage, State("task", "/", ANSWERS, "visitor"), size=size, javascript=False)
    page.get_by_role("link", name="给任意号码充值").click()
    page.get_by_label("充值号码").fill("139 0000 0001")
    page.get_by_role("radio", name="¥100.00").check()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("13900000001")).to_be_visible()
    expect(page.get_by_text("¥100.00")).to_be_visible()
    page.get_by_role("button", name="去付款").click()
    expect(page).to_have_url(f"{stage.address}/recharge/{till.RECEIPT}")
    expect(page.get_by_role("link", name="到演示支付付款")).to_have_attribute("href", "https://pay.example/p/1")
    stage.graph.answers = ANSWERS | {"pay_offer": till.pay_offer(state="CLOSED")}
    page.get_by_role("button", name="取消充值").click()
    expect(page.get_by_text("没有付款，这笔充值已关闭")).to_be_visible()
    context.close()


def test_a_payment_is_seen_to_arrive_and_keeps_the_focus(browser: Browser, stage: Stage) -> None:
    state = State("task", f"/recharge/{till.RECEIPT}", ANSWERS, "visitor")
    context, page = open_page(browser, stage, state, size=PHONE)
    page.locator("#look-again").focus()
    stage.graph.answers = ANSWERS | {"pay_offer": till.pay_offer(till.PAID)}
    expect(page.get_by_text("钱已收到，正在入账")).to_be_visible(timeout=8_000)
    assert page.evaluate("() => document.activeElement.id") == "look-again"
    stage.graph.answers = ANSWERS | {"pay_offer": till.pay_offer(till.CREDITED)}
    expect(page.get_by_text("这笔钱已经入账")).to_be_visible(timeout=8_000)
    assert page.locator("[data-hx-trigger]").count() == 0, "what is over is asked about no more"
    assert page.title().startswith("充值")
    context.close()


def test_a_receipt_prints_without_its_buttons(browser: Browser, stage: Stage) -> None:
    answers = ANSWERS | {"pay_offer": till.pay_offer(till.CREDITED)}
    context, page = open_page(browser, stage, State("task", f"/recharge/{till.RECEIPT}", answers), size=DESKTOP)
    expect(page.get_by_role("button", name="打印回执")).to_be_visible()
    page.emulate_media(media="print")
    shown = page.evaluate(
        '() => [...document.querySelectorAll(".btn, .tabs, .back")].filter((one) => one.checkVisibility()).length'
    )
    assert shown == 0
    expect(page.get_by_text("R20261121003")).to_be_visible()
    context.close()


def test_a_voucher_is_typed_by_keyboard_alone(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, State("task", "/recharge/voucher", ANSWERS), size=PHONE)
    page.get_by_label("卡密").focus()
    page.keyboard.type("1234 5678 9012 345678")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{stage.address}/recharge/{till.RECEIPT}")
    sent = next(variables for name, variables, _ in stage.graph.asked if name == "RedeemVoucher")
    assert sent["input"]["card"] == "123456789012345678"
    context.close()
