"""Can the operator's people work at the desk with a real browser, and do its pages hold on a phone?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from graphql_schema.client import Role
from tests.browser.desk_stage import LiveDesk, enrol, open_desk, open_profile, sign_in
from tests.browser.stage import DESKTOP, PHONE
from tests.channels.desk.stage import NUMBERS

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LiveDesk]:
    with open_desk(tmp_path) as live:
        yield live


def fits(page: Page) -> bool:
    """Whether nothing sticks out of the screen sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_care_enrols_signs_in_finds_a_line_and_ends_its_sessions(
    desk: LiveDesk, browser: Browser, size: tuple[int, int]
) -> None:
    with open_profile(browser, size=size) as (_, page):
        key = enrol(desk, page, Role.CARE, "1024")
        page.get_by_role("button", name=re.compile("退出")).click()
        expect(page).to_have_url(f"{desk.address}/desk/sign-in")
        sign_in(desk, page, key, "1024")
        page.get_by_role("link", name=re.compile("查找号码")).last.click()
        page.get_by_label("号码", exact=True).fill(NUMBERS["L1"])
        page.get_by_role("button", name="查找").click()
        expect(page.locator("#facts")).to_have_text("138****8001")
        assert fits(page)
        page.get_by_label("原因").fill("客户来电，手机丢失")
        page.get_by_role("button", name="全部退出").click()
        expect(page.get_by_role("status")).to_contain_text("已退出 2 个登录")
        page.get_by_role("button", name="取验证码").click()
        expect(page.get_by_label("号码", exact=True)).to_have_value(NUMBERS["L1"])
        page.get_by_role("button", name="取验证码").click()
        expect(page.locator("#contact-code")).to_have_text(re.compile(r"^\d{4} \d{4}$"))
        assert NUMBERS["L1"] not in page.url
        assert fits(page)
    assert desk.stage.notices.of(NUMBERS["L1"]) == ["sessions_ended"]


def test_two_people_approve_a_bulk_deed_and_one_alone_can_not(desk: LiveDesk, browser: Browser) -> None:
    with open_profile(browser) as (_, li), open_profile(browser, size=PHONE) as (_, wang):
        enrol(desk, li, Role.OPERATIONS, "1002", name="李娜")
        enrol(desk, wang, Role.OPERATIONS, "1003")
        li.goto(f"{desk.address}/desk/bulk/new")
        li.get_by_label("停用服务密码").check()
        li.get_by_label("退出所有登录").check()
        li.locator("#numbers").fill("\n".join([*NUMBERS.values(), NUMBERS["L1"]]))
        li.get_by_label("原因").fill("名单泄露，预防盗用")
        li.get_by_role("button", name="查看汇总").click()
        expect(li.get_by_role("heading", level=1)).to_have_text("提交前请核对")
        li.get_by_role("button", name="提出，等待批准").click()
        expect(li.get_by_text("等待另一位同事决定。")).to_be_visible()
        expect(li.get_by_role("button", name="批准并执行")).to_have_count(0)
        assert desk.do(desk.stage.work()) == 0
        wang.goto(f"{desk.address}/desk/bulk")
        wang.locator("summary", has_text="决定").click()
        assert fits(wang)
        wang.get_by_role("button", name="批准并执行").click()
        expect(wang.get_by_role("status")).to_contain_text("已批准，正在执行")
        assert desk.do(desk.stage.work()) == 3
        li.goto(f"{desk.address}/desk/bulk")
        expect(li.get_by_text("完成 3，失败 0")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_page_fits_the_screen_and_pleases_the_judge_of_accessibility(
    desk: LiveDesk, browser: Browser, axe: Path, size: tuple[int, int]
) -> None:
    script = axe.read_text(encoding="utf-8")
    with open_profile(browser, size=size) as (context, page):
        found: list[str] = []

        def judge(name: str) -> None:
            assert fits(page), name
            page.evaluate(f"() => {{ {script} }}")
            verdict = page.evaluate("async () => (({passes, violations}) => ({passes, violations}))(await axe.run())")
            assert len(verdict["passes"]) > 10, name
            found.extend(f"{name}: {each['id']} {each['nodes'][0]['html']}" for each in verdict["violations"])

        page.goto(f"{desk.address}/desk/sign-in")
        judge("sign-in")
        for role, staff_id in ((Role.CARE, "1001"), (Role.AUDITOR, "1004"), (Role.ENTERPRISE_ADMIN, "1005")):
            enrol(desk, page, role, staff_id)
            judge(f"home of {role}")
            for path in page.eval_on_selector_all(".tile", "links => links.map(link => link.getAttribute('href'))"):
                page.goto(desk.address + path)
                judge(path)
            if role is Role.CARE:
                page.goto(f"{desk.address}/desk/line")
                page.get_by_label("号码", exact=True).fill(NUMBERS["L1"])
                page.get_by_role("button", name="查找").click()
                expect(page.locator("#facts")).to_be_visible()
                judge("line")
            if role is Role.AUDITOR:
                page.goto(f"{desk.address}/desk/trail")
                page.get_by_role("button", name="查找").click()
                expect(page.locator("#found")).to_be_visible()
                judge("trail")
            context.clear_cookies()
        assert found == []
