"""Can a person change what a line has in a real browser, and watch the order without doing anything?"""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.stage import DESKTOP, PHONE, Stage, open_page
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall import order_facts as deals
from tests.channels.web_hall.state import State

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
ANSWERS = {
    "home": facts.home(),
    "packages": deals.packages(deals.HELD),
    "catalogue": deals.catalogue(deals.OFFERING, deals.ENDLESS, deals.VIDEO),
    "offering": deals.offering(deals.OFFERING),
    "compare_offerings": deals.compared(deals.OFFERING, deals.ENDLESS),
    "change_preview": deals.preview(deals.PLAN_PREVIEW),
    "prepare_change": known.said("prepareChange", "PreparedChange", id="C1"),
    "prepared_change": deals.prepared(deals.PLAN_PREVIEW),
    "confirm_change": known.said("confirmChange", "Order", id="O-2026-4"),
    "order": deals.order(deals.PLACING),
    "orders": deals.orders(deals.PLACING),
}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1280"])
def test_without_javascript_one_compares_looks_confirms_and_follows_the_order(
    browser: Browser, stage: Stage, size: tuple[int, int]
) -> None:
    context, page = open_page(browser, stage, State("task", "/home", ANSWERS), size=size, javascript=False)
    page.get_by_role("link", name="套餐", exact=True).click()
    page.get_by_role("link", name="更换").click()
    for name in ("5G畅享129元套餐", "5G畅享199元套餐"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="比较所选").click()
    expect(page.get_by_role("heading", name="并排比较")).to_be_visible()
    page.get_by_role("link", name="详情").first.click()
    page.get_by_role("link", name="看看会怎样").click()
    expect(page.get_by_text("¥240.00")).to_be_visible()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("这是按月重复收费的业务")).to_be_visible()
    page.get_by_role("button", name="确认办理").click()
    expect(page.get_by_text("已提交办理")).to_be_visible()
    expect(page.get_by_text("不用再办一次")).to_be_visible()
    page.get_by_role("link", name="返回订单").click()
    page.get_by_role("link", name="查看").first.click()
    expect(page).to_have_url(f"{stage.address}/orders/O-2026-4")
    context.close()


def test_an_order_that_moves_is_seen_to_move_and_keeps_the_focus(browser: Browser, stage: Stage) -> None:
    state = State("task", "/orders/O-2026-4", ANSWERS)
    context, page = open_page(browser, stage, state, size=PHONE)
    page.locator("#call-off").focus()
    stage.graph.answers = ANSWERS | {"order": deals.order(deals.PLACING | {"state": "IN_PROGRESS"})}
    expect(page.get_by_text("办理中")).to_be_visible(timeout=8_000)
    assert page.evaluate("() => document.activeElement.id") == "call-off"
    done = deals.PLACING | {"state": "COMPLETED", "cancellable": False}
    stage.graph.answers = ANSWERS | {"order": deals.order(done)}
    expect(page.get_by_text("办理完成")).to_be_visible(timeout=8_000)
    assert page.locator("[data-hx-trigger]").count() == 0, "what is done is asked about no more"
    context.close()


def test_a_receipt_prints_without_its_buttons(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, State("task", "/orders/O-2026-4", ANSWERS), size=DESKTOP)
    expect(page.get_by_role("button", name="打印回执")).to_be_visible()
    page.emulate_media(media="print")
    shown = page.evaluate(
        '() => [...document.querySelectorAll(".btn, .tabs, .back")].filter((one) => one.checkVisibility()).length'
    )
    assert shown == 0
    expect(page.get_by_text("O-2026-4")).to_be_visible()
    context.close()
