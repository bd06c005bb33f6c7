"""Can a person do everything: without JavaScript, by keyboard alone, and with JavaScript without a reload?"""

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.web_hall.bills import BILLS_A_PAGE
from graphql_schema.client import Outcome
from graphql_schema.queries.cursor import make_cursor
from tests.browser.stage import DESKTOP, PHONE, Stage, open_page
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall.money_states import DISPUTE, charge, disputes
from tests.channels.web_hall.record_states import look
from tests.channels.web_hall.record_states import page as record_page
from tests.channels.web_hall.state import State
from tests.channels.web_hall.states import STATE_BY_NAME

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
ALL = {
    "home": facts.home(), "usage": facts.usage(), "bill": facts.bill(),
    "bills": facts.bills(facts.NODES, total=12, more=True), "inbox": facts.inbox(facts.MESSAGES),
    "charge_brake": Outcome({"me": {"chargeBrake": facts.BRAKE}}),
}  # fmt: skip
ACCOUNT = "当前号码 138****8001，账户与安全"
VISITOR = State("task", "/", ALL, who="visitor")
CUSTOMER = State("task", "/home", ALL)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1280"])
def test_without_javascript_one_signs_in_asks_everything_and_signs_out(
    browser: Browser, stage: Stage, size: tuple[int, int]
) -> None:
    context, page = open_page(browser, stage, VISITOR, size=size, javascript=False)
    page.get_by_role("link", name="登录", exact=True).click()
    page.get_by_label("手机号码或业务账号").fill("13800138001")
    page.get_by_label("服务密码", exact=True).fill("258001")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("¥86.50").first).to_be_visible()
    page.get_by_role("link", name="账单", exact=True).click()
    page.get_by_role("link", name="2026年10月").click()
    page.get_by_text("语音通信费").last.click()
    expect(page.get_by_role("rowheader", name="国内长途")).to_be_visible()
    page.get_by_role("link", name="用量", exact=True).click()
    expect(page.get_by_text("上月结转流量")).to_be_visible()
    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Usage")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()
    page.goto(stage.address + "/home")
    expect(page).to_have_url(f"{stage.address}/sign-in?next=/home")
    context.close()


def test_without_javascript_one_signs_in_by_a_code(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, VISITOR, size=PHONE, javascript=False)
    page.get_by_role("link", name="用短信验证码登录").click()
    page.get_by_label("手机号码或业务账号").fill("13800138001")
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_label("短信验证码", exact=True).fill("123456")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(f"{stage.address}/home")
    context.close()


def test_by_keyboard_one_skips_to_the_content_and_opens_and_closes_the_menu(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, CUSTOMER, size=DESKTOP)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert _focused(page) == "main"
    page.reload()
    seen = []
    for _ in range(10):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("() => document.activeElement.textContent.trim()"))
    assert seen == [
        "跳到正文",
        "OneHall 网厅",
        "首页",
        "账单",
        "用量",
        "套餐",
        "积分",
        "消息",
        ACCOUNT,
        "显示 语言、字号、主题",
    ]
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="English")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="English")).to_be_hidden()
    assert _focused(page) == "summary"
    context.close()


def test_by_keyboard_one_signs_in(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, State("task", "/sign-in", ALL, who="visitor"), size=PHONE)
    page.get_by_label("手机号码或业务账号").focus()
    page.keyboard.type("13800138001")
    page.keyboard.press("Tab")
    page.keyboard.type("258001")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{stage.address}/home")
    context.close()


def test_the_focus_can_be_seen_on_everything_that_takes_it(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, CUSTOMER, size=DESKTOP)
    for _ in range(12):
        page.keyboard.press("Tab")
        width = page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth")
        assert width == "3px", page.evaluate("() => document.activeElement.outerHTML")
    context.close()


def test_refreshing_takes_the_new_figures_without_a_reload(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, CUSTOMER, size=PHONE)
    page.evaluate("() => { window.same = true; }")
    stage.graph.answers = ALL | {"home": facts.home(account=facts.ME["account"] | {"owed": facts.yuan("1.00")})}
    page.get_by_role("link", name="刷新").click()
    expect(page.locator(".hero .big")).to_have_text("¥1.00")
    assert page.evaluate("() => window.same")
    assert page.locator("main").count() == 1
    context.close()


def test_a_refusal_is_shown_when_a_refresh_is_refused(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, CUSTOMER, size=PHONE)
    stage.graph.answers = {"home": facts.refused("line_overloaded", "me")}
    page.get_by_role("link", name="刷新").click()
    expect(page.get_by_role("heading", name="现在人有点多")).to_be_visible()
    context.close()


def test_after_the_session_has_ended_a_refresh_leads_to_sign_in_and_back(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, CUSTOMER, size=PHONE)
    page.wait_for_load_state("networkidle")  # the page asks for its last part by itself
    stage.doorkeeper.live = set()
    page.get_by_role("link", name="刷新").click()
    expect(page.get_by_text("为了您的安全")).to_be_visible()
    page.get_by_label("手机号码或业务账号").fill("13800138001")
    page.get_by_label("服务密码", exact=True).fill("258001")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(f"{stage.address}/home")
    context.close()


def test_older_bills_come_without_a_reload_and_the_back_button_returns(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, State("task", "/bills", ALL), size=PHONE)
    older = make_cursor("B202605")
    stage.graph.asked.clear()
    stage.graph.answers = STATE_BY_NAME["bills-many"].answers
    page.get_by_role("link", name="更早的账单").click()
    expect(page).to_have_url(f"{stage.address}/bills?after={older}")
    expect(page.get_by_role("link", name="2026年4月")).to_be_visible()
    assert stage.graph.asked[-1][1] == {"first": BILLS_A_PAGE, "after": older}
    stage.graph.answers = ALL
    page.go_back()
    expect(page.get_by_role("link", name="2026年10月")).to_be_visible()
    context.close()


def test_without_javascript_one_disputes_a_charge_and_reads_its_ticket(browser: Browser, stage: Stage) -> None:
    asked = {
        "charge": charge(),
        "dispute_charge": known.said("disputeCharge", "Dispute", id=DISPUTE["id"], state="HELD"),
    }
    answers = ALL | asked | {"disputes": disputes(DISPUTE)}
    context, page = open_page(browser, stage, State("task", "/bills/B202610", answers), size=PHONE, javascript=False)
    page.locator("summary", has_text="增值业务费").click()
    page.get_by_role("link", name="有异议 : 来电显示").or_(page.get_by_role("link", name="有异议: 来电显示")).click()
    page.get_by_label("我没有订购").check()
    page.get_by_label("补充说明").fill("没有订过")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("没有订过")).to_be_visible()
    page.get_by_role("button", name="返回修改").click()
    expect(page.get_by_label("我没有订购")).to_be_checked()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_text("异议已提交")).to_be_visible()
    expect(page.get_by_text("TT-2026-0071")).to_be_visible()
    context.close()


def test_a_search_shows_how_far_it_is_and_then_only_what_was_found(browser: Browser, stage: Stage) -> None:
    for javascript in (True, False):
        state = STATE_BY_NAME["records-grown"]
        plain = State("task", "/records", {"records": look(record_page(more=True))}, who="proved")
        context, page = open_page(browser, stage, plain, size=PHONE, javascript=javascript)
        stage.graph.answers = state.answers
        page.locator("summary", has_text="筛选").click()
        page.get_by_label("语音", exact=True).check()
        page.get_by_role("button", name="查找并合计").click()
        expect(page.get_by_text("合计", exact=True)).to_be_visible()
        expect(page.locator(".reading")).to_be_hidden()
        expect(page.get_by_label("语音", exact=True)).to_be_checked()
        context.close()


def test_a_link_is_copied_by_one_press(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, STATE_BY_NAME["share-made"], size=PHONE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制链接").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()").endswith("a-secret-that-is-told-once")
    context.close()


def test_exports_refresh_themselves_until_none_is_under_way(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, STATE_BY_NAME["record-exports"], size=PHONE)
    expect(page.get_by_text("制作中")).to_be_visible()
    stage.graph.answers = STATE_BY_NAME["record-exports-locked"].answers
    expect(page.get_by_text("制作中")).to_have_count(0, timeout=8000)
    assert page.locator("#exports[data-hx-get]").count() == 0
    context.close()


def test_the_days_of_another_kind_come_without_a_reload(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, State("task", "/usage", ALL), size=PHONE)
    page.evaluate("() => { window.same = true; }")
    page.get_by_role("link", name="语音", exact=True).click()
    expect(page).to_have_url(f"{stage.address}/usage?month=2026-11&type=VOICE")
    expect(page.get_by_role("img", name="2026年11月语音每日用量")).to_be_visible()
    assert page.evaluate("() => window.same")
    context.close()


def _focused(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement.localName"))


def test_a_part_of_another_page_that_comes_into_home_leaves_it_its_title(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, CUSTOMER, size=PHONE)
    expect(page.locator("#brake .chip").first).to_be_visible()
    assert page.title().startswith("首页")
    context.close()
