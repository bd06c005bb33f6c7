"""Does the phone's page work in a real browser: a text, a call, both languages, on a phone and on a desk?"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.handset.routes import handset_routes
from tests.browser.conftest import axe  # noqa: F401  a fixture: the judge of the hall's own pages
from tests.browser.stage import FLAGS
from tests.judges import find_chromium
from tests.sandbox_handset.test_routes import Centre

pytestmark = pytest.mark.browser
NUMBER = "13800138001"
HEAD = '<?xml version="1.0"?><vxml version="2.1" xmlns="http://www.w3.org/2001/vxml" xml:lang="zh-CN"><form>'
KEYS = "<one-of><item>1</item><item>0</item></one-of>"
GRAMMAR = f'<grammar mode="dtmf" version="1.0" root="r"><rule id="r">{KEYS}</rule></grammar>'
MENU = f"""{HEAD}<field name="k">{GRAMMAR}<prompt>查询余额请按一。</prompt><filled>
  <if cond="k == '0'"><goto nextitem="agent"/></if><prompt>一百二十八元五角。</prompt><clear/></filled></field>
  <transfer name="agent" type="blind" dest="tel:10086" aai="reason=asked"/></form></vxml>"""
PERSONA = {
    "number": NUMBER,
    "servicePassword": "258001",
    "identityNumber": "990101199001010001",
    "story": {"zh": "普通后付费", "en": "Ordinary postpaid"},
}
TARGETS_BELOW_44_PX = """() => [...document.querySelectorAll('button, input, textarea, label.persona')]
  .filter(each => each.offsetParent && !each.closest('label.persona input') && each.type !== 'radio')
  .map(each => [each.id || each.textContent.trim(), each.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44).map(([name, box]) => `${name} ${box.width}x${box.height}`)"""


class AnsweringCentre(Centre):
    """Answers YE with a balance."""

    async def send_text(self, number: str, text: str) -> None:
        await super().send_text(number, text)
        self.note(number, "received", "可用余额128.50元" if text == "YE" else "回复HELP")


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The app in a thread of its own, because the browser is driven from this one."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        threading.Event().wait(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    server.force_exit = True
    thread.join()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    async def personas(_: Request) -> Response:
        return JSONResponse([PERSONA, {**PERSONA, "number": "13800138002"}])

    async def use(_: Request) -> Response:
        return JSONResponse({}, 201)

    async def answer(_: Request) -> Response:
        return Response(MENU, media_type="application/voicexml+xml")

    with served(Starlette(routes=[Route("/ivr", answer)])) as hall:
        routes = [Route("/sandbox/personas", personas), Route("/sandbox/usage", use, methods=["POST"])]
        app = Starlette(routes=[*handset_routes(AnsweringCentre(), ivr_url=f"{hall}/ivr"), *routes])
        with served(app) as address:
            yield f"{address}/handset"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    executable = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, url: str) -> Iterator[Page]:
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(url)
    yield page
    context.close()
    assert faults == []


def test_a_text_gets_its_answer_in_the_thread(page: Page) -> None:
    page.get_by_label("短信内容").fill("YE")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_role("log", name="与营业厅的短信")).to_contain_text("可用余额128.50元")
    page.get_by_role("button", name="HELP 帮助").click()
    expect(page.get_by_role("log", name="与营业厅的短信")).to_contain_text("回复HELP")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_phone_shows_the_operators_time_wherever_the_browser_is(chromium: Browser, url: str, zone: str) -> None:
    context = chromium.new_context(timezone_id=zone)
    page = context.new_page()
    page.clock.set_fixed_time("2026-11-21T16:09:00Z")
    page.goto(url)
    expect(page.locator("#time")).to_have_text("00:09")
    page.get_by_label("短信内容").fill("YE")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_role("log", name="与营业厅的短信")).to_contain_text("可用余额128.50元")
    sent_at = page.locator("#thread time").first
    instant = datetime.fromisoformat(sent_at.get_attribute("datetime") or "")
    assert sent_at.inner_text() == instant.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%H:%M")
    context.close()


def test_a_call_is_made_by_keys_and_ends_with_an_agent(page: Page) -> None:
    page.get_by_role("tab", name="电话").click()
    page.get_by_role("button", name="拨打").click()
    said = page.get_by_role("log", name="通话内容")
    expect(said).to_contain_text("查询余额请按一。")
    page.get_by_role("button", name="按键 1").click()
    expect(said).to_contain_text("一百二十八元五角。")
    page.keyboard.press("0")
    expect(page.locator("#state")).to_have_text("已转接人工服务 10086")
    expect(said).to_contain_text("reason=asked")
    expect(page.get_by_role("button", name="再次拨打")).to_be_visible()


def test_silence_and_hanging_up(page: Page) -> None:
    page.get_by_role("tab", name="电话").click()
    page.get_by_role("button", name="拨打").click()
    said = page.get_by_role("log", name="通话内容")
    expect(said).to_contain_text("查询余额请按一。")
    page.get_by_role("button", name="不按键,等待超时").click()
    expect(said).to_contain_text("(没有按键)")
    page.get_by_role("button", name="挂断").click()
    expect(page.locator("#state")).to_have_text("通话已结束")


def test_another_number_than_the_halls_is_not_connected(page: Page) -> None:
    page.get_by_role("tab", name="电话").click()
    for key in "110":
        page.keyboard.press(key)
    page.get_by_role("button", name="拨打").click()
    expect(page.locator("#state")).to_contain_text("请拨 10086")


def test_the_page_speaks_english_and_remembers_it(page: Page) -> None:
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("tab", name="Messages")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("/[\\u4e00-\\u9fff]/.test(document.querySelector('#try').textContent)") is False


def test_another_subscribers_phone_has_a_thread_of_its_own(page: Page) -> None:
    page.get_by_role("button", name="YE 余额").click()
    expect(page.get_by_role("log", name="与营业厅的短信")).to_contain_text("128.50")
    if page.locator("#people-toggle").is_visible():
        page.locator("#people-toggle").click()
    page.get_by_role("radio", name="13800138002").check()
    expect(page.get_by_role("log", name="与营业厅的短信")).to_contain_text("还没有短信")


def test_it_tells_what_the_chosen_subscriber_can_prove_themselves_with(page: Page) -> None:
    toggle = page.locator("#people-toggle")
    if toggle.is_visible():  # on a narrow page
        toggle.click()
    chosen = page.locator("label.persona", has_text=NUMBER)
    expect(chosen).to_contain_text("服务密码 258001")
    expect(chosen.get_by_text("证件号码 990101199001010001")).to_be_visible()
    expect(page.get_by_text("证件号码").nth(1)).not_to_be_visible()


def test_nothing_overflows_and_every_target_is_large_enough(page: Page) -> None:
    for tab in ("信息", "电话"):
        page.get_by_role("tab", name=tab).click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(TARGETS_BELOW_44_PX) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anyone_out(chromium: Browser, url: str, axe: Path, scheme: str) -> None:  # noqa: F811
    for width, height in ((1280, 900), (390, 844)):
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            bypass_csp=True,  # for the judge's own script
        )
        page = context.new_page()
        page.goto(url)
        page.get_by_role("button", name="YE 余额").click()
        expect(page.get_by_role("log", name="与营业厅的短信")).to_contain_text("128.50")
        page.add_script_tag(path=axe)
        assert judged(page) == []
        page.get_by_role("tab", name="电话").click()
        assert judged(page) == []
        page.get_by_role("button", name="拨打").click()
        said = page.get_by_role("log", name="通话内容")
        expect(said).to_contain_text("查询余额请按一。")  # a key while it rings is nobody's
        page.get_by_role("button", name="按键 1").click()
        expect(said).to_contain_text("一百二十八元五角。")
        assert judged(page) == []
        context.close()


def judged(page: Page) -> list[str]:
    """What axe finds or cannot decide, by rule and element."""
    found = page.evaluate("axe.run()")
    return [
        f"{fault['id']}: {node['target']}"
        for kind in ("violations", "incomplete")
        for fault in found[kind]
        for node in fault["nodes"]
    ]
