"""Can a person prove more, let others help, and allow a client, in a real browser and without JavaScript?"""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from graphql_schema.door import LeadTo
from tests.browser.stage import DESKTOP, PHONE, Stage, open_page
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall.state import State

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
ASKED = "/oauth/authorize?client_id=diary&scope=line+usage&state=s1&redirect_uri=https%3A%2F%2Fdiary.example%2Fback"
CLIENT = "https://diary.example/back"
both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])


@both_ways
def test_one_lets_somebody_help_after_one_more_proof_and_types_the_number_once(
    browser: Browser, stage: Stage, *, javascript: bool
) -> None:
    answers = {"permissions": known.me(helpers=known.HELPERS), "grant_help": known.step_up("grantHelp", 2)}
    context, page = open_page(browser, stage, State("task", "/helpers", answers), size=PHONE, javascript=javascript)
    page.get_by_role("link", name="添加代办人").click()
    page.get_by_label("对方的手机号码").fill("13800138003")
    page.get_by_label("账单明细").check()
    page.get_by_label("期限").select_option("7")
    page.get_by_role("button", name="允许代办").click()
    expect(page.get_by_role("heading", name="请再验证一次")).to_be_visible()
    page.get_by_role("link", name="服务密码").click()
    page.get_by_label("服务密码").fill("258001")
    stage.doorkeeper.verdict = "proved"
    page.get_by_role("button", name="验证", exact=True).click()
    expect(page.get_by_label("对方的手机号码")).to_have_value("13800138003")
    expect(page.get_by_label("账单明细")).to_be_checked()
    granted = known.said("grantHelp", "Helper", id="H3", maskedNumber="138****8003", scopes=["line"], until="x")
    stage.graph.answers = answers | {"grant_help": granted}
    page.get_by_role("button", name="允许代办").click()
    expect(page.get_by_text("代办人已添加")).to_be_visible()
    context.close()


@both_ways
def test_two_proofs_one_after_the_other_lead_back_to_the_question(
    browser: Browser, stage: Stage, *, javascript: bool
) -> None:
    answers = {"request_personal_data": known.step_up("requestPersonalData"), "privacy": known.privacy()}
    context, page = open_page(browser, stage, State("task", "/privacy", answers), size=DESKTOP, javascript=javascript)
    page.get_by_role("link", name="导出我的数据").click()
    page.get_by_role("button", name="开始导出").click()
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_label("短信验证码").fill("135246")
    stage.doorkeeper.verdict = "half"
    page.get_by_role("button", name="验证", exact=True).click()
    page.get_by_label("服务密码").fill("258001")
    stage.doorkeeper.verdict = "proved"
    page.get_by_role("button", name="验证", exact=True).click()
    expect(page).to_have_url(f"{stage.address}/privacy/export")
    stage.graph.answers = answers | {
        "request_personal_data": known.said(
            "requestPersonalData", "PersonalDataRequest", id="X1", kind="EXPORT", state="WAITING"
        )
    }
    page.get_by_role("button", name="开始导出").click()
    expect(page.get_by_text("已开始导出")).to_be_visible()
    context.close()


def test_an_export_under_way_becomes_a_download_without_a_reload(browser: Browser, stage: Stage) -> None:
    working = known.wish(1, "EXPORT", "WORKING", progress=40)
    state = State("task", "/privacy", {"privacy": known.privacy(personalDataRequests=[working])}, who="proved")
    context, page = open_page(browser, stage, state, size=PHONE)
    page.evaluate("() => { window.same = true; }")
    expect(page.get_by_text("已完成 40%")).to_be_visible()
    done = known.wish(1, "EXPORT", "DONE", progress=100, expiresAt="2026-11-27T02:01:00+00:00")
    stage.graph.answers = {"privacy": known.privacy(personalDataRequests=[done])}
    fetch = page.get_by_role("link", name="下载")
    expect(fetch).to_be_visible(timeout=8000)
    assert page.evaluate("() => window.same")
    with page.expect_download() as download:
        fetch.click()
    assert download.value.suggested_filename == "onehall-export.json"
    context.close()


@both_ways
@pytest.mark.parametrize(("button", "led_to"), [("允许", "code=c0de"), ("不允许", "error=access_denied")])
def test_a_client_is_led_back_to_although_no_form_may_go_elsewhere(
    browser: Browser, stage: Stage, *, javascript: bool, button: str, led_to: str
) -> None:
    context, page = open_page(browser, stage, State("task", ASKED), size=PHONE, javascript=javascript)
    arrived = _wait_for_client(page)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text("the client")).to_be_visible()
    assert page.url == f"{CLIENT}?{led_to}"
    assert arrived() == [None], "the client is not told from where one came"
    context.close()


@both_ways
def test_a_visitor_signs_in_on_the_way_and_reaches_a_client_that_needs_no_page(
    browser: Browser, stage: Stage, *, javascript: bool
) -> None:
    state = State("task", ASKED, {"home": facts.home()}, who="visitor")
    context, page = open_page(browser, stage, state, size=PHONE, javascript=javascript)
    expect(page).to_have_url(f"{stage.address}/sign-in?next={quote(ASKED, safe='/')}")
    arrived = _wait_for_client(page)
    stage.doors.verdict = LeadTo(f"{CLIENT}?code=c0de")
    page.get_by_label("手机号码或业务账号").fill("13800138001")
    page.get_by_label("服务密码", exact=True).fill("258001")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("the client")).to_be_visible()
    assert arrived() == [None]
    context.close()


def _wait_for_client(page: Page) -> Callable[[], list[str | None]]:
    """Answers in the client's place; what comes back tells the Referer of each request."""
    told: list[str | None] = []

    def answer(route: object) -> None:
        told.append(route.request.headers.get("referer"))  # type: ignore[attr-defined]
        route.fulfill(content_type="text/html", body="<!DOCTYPE html><title>x</title>the client")  # type: ignore[attr-defined]

    page.route(f"{CLIENT}**", answer)
    return lambda: told
