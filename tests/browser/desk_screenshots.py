"""How does the desk look? ``python -m tests.browser.desk_screenshots [folder]`` takes pictures."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

from graphql_schema.client import Role
from tests.browser.desk_stage import LiveDesk, enrol, open_desk, open_profile
from tests.browser.stage import DESKTOP, PHONE, open_browser
from tests.channels.desk.stage import NUMBERS
from tests.fakes.loyalty_desk import DIFFERS, DOCUMENT, make_verdict

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
Take = Callable[[str], None]
SIZES = {"phone": PHONE, "desktop": DESKTOP}


def main() -> None:
    """Writes every picture of the desk."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with open_browser() as browser:
        for device in SIZES:
            with tempfile.TemporaryDirectory() as data, open_desk(Path(data)) as desk:
                _walk(browser, desk, folder, device)


def _walk(browser: Browser, desk: LiveDesk, folder: Path, device: str) -> None:
    with open_profile(browser, size=SIZES[device]) as (context, page):

        def take(name: str) -> None:
            page.screenshot(path=folder / f"desk-{name}-{device}.png", full_page=True, animations="disabled")

        _take_enrolment(desk, page, take)
        _take_care(desk, page, take)
        context.clear_cookies()
        enrol(desk, page, Role.OPERATIONS, "1002", name="李娜")
        _propose(desk, page, take)
        _take_rewards(desk, page, take)
        context.clear_cookies()
        enrol(desk, page, Role.OPERATIONS, "1003")
        page.goto(f"{desk.address}/desk/bulk")
        page.locator("summary", has_text="决定").click()
        take("bulk")
        context.clear_cookies()
        _take_auditor(desk, page, take)
        context.clear_cookies()
        enrol(desk, page, Role.ENTERPRISE_ADMIN, "1005")
        page.goto(f"{desk.address}/desk/members")
        take("members")


def _take_enrolment(desk: LiveDesk, page: Page, take: Take) -> None:
    invitation = desk.do(desk.stage.invite(Role.CARE, "1001"))
    page.goto(f"{desk.address}/desk/enrol")
    page.get_by_label("注册码").fill(invitation.code)
    page.get_by_role("button", name="下一步").click()
    take("enrol")
    page.goto(f"{desk.address}/desk/sign-in")
    page.get_by_label("工号").fill("1001")
    page.get_by_label("口令", exact=True).fill("wrong")
    page.get_by_label("动态码").fill("000000")
    page.get_by_role("button", name="登录").click()
    take("sign-in-wrong")


def _take_care(desk: LiveDesk, page: Page, take: Take) -> None:
    enrol(desk, page, Role.CARE, "1024")
    take("home")
    page.goto(f"{desk.address}/desk/line")
    page.get_by_label("号码", exact=True).fill(NUMBERS["L1"])
    page.get_by_role("button", name="查找").click()
    take("line")
    page.get_by_role("button", name="取验证码").click()
    page.get_by_role("button", name="取验证码").click()
    take("contact")
    page.goto(f"{desk.address}/desk/trail")
    page.goto(f"{desk.address}/desk/bulk")
    take("refused")


def _propose(desk: LiveDesk, page: Page, take: Take) -> None:
    page.goto(f"{desk.address}/desk/bulk/new")
    take("bulk-new")
    page.locator("#numbers").fill("\n".join([*NUMBERS.values(), NUMBERS["L1"], "不是号码"]))
    page.get_by_label("原因").fill("名单泄露，预防盗用")
    page.get_by_role("button", name="查看汇总").click()
    take("bulk-check")
    page.get_by_role("button", name="提出，等待批准").click()


def _take_rewards(desk: LiveDesk, page: Page, take: Take) -> None:
    for name, path in (("campaigns", "campaigns"), ("campaign", "campaign/recharge-gift"), ("mall", "mall")):
        page.goto(f"{desk.address}/desk/{path}")
        take(name)
    page.goto(f"{desk.address}/desk/campaigns/new")
    page.locator("#document").fill(DOCUMENT)
    page.get_by_role("button", name="校验并试算").click()
    take("trial")
    desk.stage.bss.loyalty_desk.verdict = make_verdict(DIFFERS)
    page.goto(f"{desk.address}/desk/points")
    take("points")


def _take_auditor(desk: LiveDesk, page: Page, take: Take) -> None:
    enrol(desk, page, Role.AUDITOR, "1004")
    page.goto(f"{desk.address}/desk/trail")
    page.get_by_label("号码（可不填）").fill(NUMBERS["L1"])
    page.get_by_role("button", name="查找").click()
    take("trail")
    page.get_by_role("button", name="核对记录链").click()
    take("verdict")


if __name__ == "__main__":
    main()
