"""Can a person redeem, choose and give in a real browser, and see before paying what a recharge earns?"""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.stage import DESKTOP, PHONE, Stage, open_page
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall import reward_facts as won
from tests.channels.web_hall import till_facts as till
from tests.channels.web_hall.state import State

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
ANSWERS = {
    "home": facts.home(),
    "points": won.points(),
    "points_month": won.month(*won.ENTRIES),
    "rewards": won.mall(*won.ITEMS),
    "reward": won.preview(won.ITEMS[4]),
    "redeem_reward": known.said("redeemReward", "Redemption", id=won.SENT["id"]),
    "redemption": won.redemption(won.SENT),
    "redemptions": won.redemptions(won.SENT),
    "promotions": won.promotions(won.PROMOTION),
    "grants": won.grants(won.CHOOSING),
    "grant": won.grant(won.CHOOSING),
    "choose_gift": known.said("chooseGift", "Grant", id="G2"),
    "referral": won.referral(),
    "recharge_options": till.options(*till.PROVIDERS),
    "reward_forecast": won.forecast("100", won.REACHED, more="200"),
    "charge_brake": known.me(chargeBrake=facts.BRAKE),
}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1280"])
def test_without_javascript_one_goes_from_home_to_the_mall_and_has_goods_sent(
    browser: Browser, stage: Stage, size: tuple[int, int]
) -> None:
    context, page = open_page(browser, stage, State("task", "/home", ANSWERS), size=size, javascript=False)
    expect(page.get_by_text("180 分 11月30日到期")).to_be_visible()
    page.get_by_role("navigation", name="主要页面").get_by_role("link", name="积分").click()
    page.get_by_role("link", name="商城", exact=True).click()
    page.get_by_role("link", name="兑换: 保温杯").or_(page.get_by_role("link", name="兑换 : 保温杯")).click()
    page.get_by_label("收件人").fill("王小明")
    page.get_by_label("联系电话").fill("13800138001")
    page.get_by_label("收件地址").fill("家")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写收件地址")
    expect(page.get_by_label("收件人")).to_have_value("王小明")
    page.get_by_label("收件地址").fill("北京市海淀区中关村大街 1 号")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("北京市海淀区中关村大街 1 号")).to_be_visible()
    page.get_by_role("button", name="用 2,500 分兑换").click()
    expect(page).to_have_url(f"{stage.address}/redemptions/{won.SENT['id']}")
    expect(page.get_by_text("SF1234567890")).to_be_visible()
    context.close()


def test_without_javascript_one_chooses_a_gift(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, State("task", "/grants", ANSWERS), size=PHONE, javascript=False)
    page.get_by_role("link", name="去选择").click()
    page.get_by_label("奖励积分").check()
    page.get_by_role("button", name="下一步").click()
    stage.graph.answers = ANSWERS | {"grant": won.grant(won.GRANTING | {"id": "G2"})}
    page.get_by_role("button", name="就选这个").click()
    expect(page.get_by_role("status")).to_contain_text("已选好")
    context.close()


def test_another_amount_shows_at_once_what_it_earns(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, State("task", "/recharge", ANSWERS), size=PHONE)
    expect(page.get_by_text("本机充")).to_have_count(0)
    page.get_by_role("radio", name="¥100.00").check()
    expect(page.get_by_text("本机充 ¥100.00 能得到")).to_be_visible()
    stage.graph.answers = ANSWERS | {"reward_forecast": won.forecast("20", more="100")}
    page.get_by_role("radio", name="¥20.00").check()
    expect(page.get_by_text("再多充 ¥80.00，充满 ¥100.00")).to_be_visible()
    expect(page.get_by_role("radio", name="¥20.00")).to_be_checked()
    assert [given["amount"] for name, given, _ in stage.graph.asked if name == "RewardForecast"] == ["100.00", "20.00"]
    context.close()


def test_a_redemption_is_seen_to_end_and_keeps_the_focus(browser: Browser, stage: Stage) -> None:
    answers = ANSWERS | {"redemption": won.redemption(won.WORKING)}
    context, page = open_page(browser, stage, State("task", "/redemptions/x", answers), size=PHONE)
    page.locator("#look-again").focus()
    stage.graph.answers = ANSWERS | {"redemption": won.redemption(won.VOUCHER)}
    expect(page.get_by_label("券码").first).to_be_visible(timeout=8_000)
    assert page.locator("[data-hx-trigger]").count() == 0, "what is over is asked about no more"
    context.close()


def test_the_months_of_a_statement_are_links_and_the_page_prints_without_them(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, State("task", "/points/month", ANSWERS), size=DESKTOP)
    page.get_by_role("link", name="10月").click()
    expect(page).to_have_url(f"{stage.address}/points/month?month=2026-10")
    assert stage.graph.asked[-1][1] == {"month": "2026-10"}
    page.emulate_media(media="print")
    shown = '() => [...document.querySelectorAll(".btn, .tabs, .back")].filter((one) => one.checkVisibility()).length'
    assert page.evaluate(shown) == 0
    context.close()


def test_an_invitation_is_copied_by_one_press(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, State("task", "/invite", ANSWERS), size=PHONE)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=stage.address)
    page.get_by_role("button", name="复制").nth(1).click()
    expect(page.get_by_text("已复制")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == won.REFERRAL["link"]
    context.close()
