"""Can operations work with campaigns and the mall in a real browser, and do these pages hold on a phone?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from graphql_schema.client import Role
from tests.browser.desk_stage import LiveDesk, enrol, open_desk, open_profile
from tests.browser.stage import DESKTOP, PHONE
from tests.fakes.loyalty_desk import BAD_DOCUMENT, DIFFERS, DOCUMENT, make_verdict, make_version

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LiveDesk]:
    with open_desk(tmp_path) as live:
        yield live


class Judge:
    """Looks at each page that is open: nothing sticks out sideways, and axe finds nothing."""

    def __init__(self, page: Page, axe: Path) -> None:
        self._page, self._script = page, axe.read_text(encoding="utf-8")
        self.found: list[str] = []

    def look(self, name: str) -> None:
        page = self._page
        page.wait_for_load_state()  # a click has begun the way to it, and a busy machine shows nothing at first
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        page.evaluate(f"() => {{ {self._script} }}")
        verdict = page.evaluate("async () => (({passes, violations}) => ({passes, violations}))(await axe.run())")
        assert len(verdict["passes"]) > 10, name
        self.found += [f"{name}: {each['id']} {each['nodes'][0]['html']}" for each in verdict["violations"]]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_campaign_is_tried_proposed_and_switched_in_a_browser(
    desk: LiveDesk, browser: Browser, axe: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    file = tmp_path / "campaign.json"
    file.write_text(DOCUMENT, encoding="utf-8")
    kept = desk.stage.bss.loyalty_desk
    with open_profile(browser, size=size) as (_, page):
        judge = Judge(page, axe)
        enrol(desk, page, Role.OPERATIONS, "1002")
        page.goto(f"{desk.address}/desk/campaigns")
        judge.look("campaigns")
        page.get_by_role("link", name="提交新版本").click()
        page.locator("#document").fill(BAD_DOCUMENT)
        page.get_by_role("button", name="校验并试算").click()
        expect(page.locator("#faults")).to_contain_text("缺少这一项")
        judge.look("faults")
        page.locator("#file").set_input_files(file)
        page.get_by_role("button", name="校验并试算").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("试算结果")
        judge.look("trial")
        page.get_by_role("button", name="提交，等待同事启用").click()
        expect(page.get_by_role("status")).to_contain_text("尚未生效")
        assert kept.versions[-1].document == DOCUMENT
        kept.versions.append(make_version(3, by="staff:1003"))
        page.goto(f"{desk.address}/desk/campaign/recharge-gift")
        judge.look("campaign")
        expect(page.get_by_role("button", name="启用此版本")).to_have_count(1)
        page.get_by_role("button", name="启用此版本").click()
        judge.look("confirm")
        page.get_by_role("button", name="启用此版本").click()
        expect(page.get_by_role("status")).to_contain_text("活动已启用")
        page.get_by_role("button", name="立即停用").click()
        page.get_by_role("button", name="立即停用").click()
        expect(page.get_by_role("status")).to_contain_text("活动已停用")
        assert judge.found == []
    assert kept.deeds == ["propose", "switch_on", "switch_off"]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_an_item_codes_and_a_return_are_done_in_a_browser(
    desk: LiveDesk, browser: Browser, axe: Path, size: tuple[int, int]
) -> None:
    kept = desk.stage.bss.loyalty_desk
    kept.verdict = make_verdict(DIFFERS)
    with open_profile(browser, size=size) as (_, page):
        judge = Judge(page, axe)
        enrol(desk, page, Role.OPERATIONS, "1002")
        expect(page.get_by_role("alert")).to_contain_text("积分稽核发现 1 处不符")
        judge.look("alarm")
        page.get_by_role("link", name="查看积分稽核").click()
        judge.look("points")
        page.goto(f"{desk.address}/desk/mall")
        judge.look("mall")
        page.locator('a[href$="code=BWB"]').click()
        page.get_by_label("积分", exact=True).fill("2900")
        judge.look("item")
        page.get_by_role("button", name="核对", exact=True).click()
        judge.look("item, to check")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("保温杯 已保存")
        page.locator("#batch").fill("coffee")
        page.locator("#codes").fill("CCCC\nDDDD")
        page.get_by_role("button", name="核对数量").click()
        judge.look("codes")
        page.get_by_role("button", name="确认导入").click()
        expect(page.get_by_role("status")).to_contain_text("已导入 2 个新券码")
        page.goto(f"{desk.address}/desk/redemption")
        page.get_by_label("兑换单号").fill("D1")
        page.get_by_role("button", name="查找").click()
        page.locator("main summary", has_text="受理退货").click()
        judge.look("redemption")
        page.get_by_role("button", name="受理退货").click()
        expect(page.get_by_role("status")).to_contain_text("已受理退货")
        judge.look("returning")
        assert judge.found == []
    assert kept.items["BWB"].item.points == 2900
    assert kept.deeds == ["put_item", "put_codes", "return:returning"]
