"""Does each page keep to the numbers: bytes, requests, width, targets, text size, layout shift, errors?"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.stage import DESKTOP, Stage, open_page
from tests.channels.web_hall.state import State
from tests.channels.web_hall.states import STATE_BY_NAME, STATES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
STATIC = Path(__file__).parents[2] / "web" / "static"
FIRST_VISIT_BYTES, FIRST_VISIT_REQUESTS = 60 * 1024, 10
SCRIPT_BYTES, STYLE_BYTES = 20 * 1024, 8 * 1024
WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifted += entry.value; })
  .observe({type: "layout-shift", buffered: true});
"""
MEASURE = """(least) => new Promise((done) => setTimeout(() => {
  const targets = [...document.querySelectorAll("a, button, input, select, summary, label.radio")]
    .filter((one) => !["hidden", "radio", "checkbox"].includes(one.type) && !one.matches(".skip"))
    .filter((one) => one.checkVisibility())
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.width < least.target - .01 || box.height < least.target - .01))
    .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${box.width}x${box.height}`);
  const texts = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement, size = parseFloat(getComputedStyle(one).fontSize);
    const small = walker.currentNode.data.trim() && one.checkVisibility() && size < least.text;
    if (small) texts.add(`${one.className} ${size}`);
  }
  done({targets, texts: [...texts], width: document.documentElement.scrollWidth, shifted: window.shifted});
}, 50))"""
NARROW = (320, 700)
LEAST = {False: {"target": 44, "text": 13}, True: {"target": 60, "text": 24}}  # in CSS pixels; 18 pt are 24
VIEWS = [(size, language, elder) for size in (NARROW, DESKTOP) for language in ("zh", "en") for elder in (False, True)]
every_view = pytest.mark.parametrize(("size", "language", "elder"), VIEWS)


@pytest.fixture(scope="module")
def pages(browser: Browser, stage: Stage) -> Iterator["Pages"]:
    opened = Pages(browser, stage)
    yield opened
    opened.close()


class Pages:
    """One profile for a whole tour of the states."""

    def __init__(self, browser: Browser, stage: Stage) -> None:
        self._stage = stage
        self._context: BrowserContext = browser.new_context(reduced_motion="reduce")
        self._context.add_init_script(script=WATCH_SHIFTS)
        self.page: Page = self._context.new_page()
        self.complaints: list[str] = []
        self._walked: dict[tuple[tuple[int, int], str, bool], dict[str, dict[str, Any]]] = {}
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def tour(self, size: tuple[int, int], language: str, *, elder: bool) -> dict[str, dict[str, Any]]:
        """What was measured on each state's page in this view; each view is walked once."""
        if (size, language, elder) not in self._walked:
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
            self._walked[size, language, elder] = {
                state.name: self._measure(state, language, elder=elder) for state in STATES
            }
        return self._walked[size, language, elder]

    def _measure(self, state: State, language: str, *, elder: bool) -> dict[str, Any]:
        self._context.clear_cookies()
        cookies = self._stage.cookies(state, language=language, theme="light", elder=elder)
        self._context.add_cookies(cookies)  # type: ignore[arg-type]
        self._stage.show(self.page, state)
        measured: dict[str, Any] = self.page.evaluate(MEASURE, LEAST[elder])
        return measured

    def close(self) -> None:
        self._context.close()


@pytest.mark.parametrize("name", ["welcome", "sign-in", "home-ordinary", "bills", "bill", "usage", "inbox"])
def test_a_first_visit_is_small(browser: Browser, stage: Stage, name: str) -> None:
    context = browser.new_context()
    context.add_cookies(stage.cookies(STATE_BY_NAME[name], language="zh", theme="auto", elder=False))  # type: ignore[arg-type]
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    loaded: list[float] = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    stage.show(page, STATE_BY_NAME[name])
    page.wait_for_load_state("networkidle")
    context.close()
    assert 3 <= len(loaded) <= FIRST_VISIT_REQUESTS
    assert 0 < sum(loaded) <= FIRST_VISIT_BYTES


def test_the_scripts_and_the_style_sheet_are_small() -> None:
    scripts = sum(len(gzip.compress(path.read_bytes(), 9)) for path in STATIC.rglob("*.js"))
    assert scripts <= SCRIPT_BYTES
    assert len(gzip.compress((STATIC / "hall.css").read_bytes(), 9)) <= STYLE_BYTES


@every_view
def test_no_page_scrolls_sideways(pages: Pages, size: tuple[int, int], language: str, *, elder: bool) -> None:
    found = pages.tour(size, language, elder=elder)
    assert {name: each["width"] for name, each in found.items() if each["width"] > size[0]} == {}


@every_view
def test_all_that_can_be_pressed_is_large_enough(
    pages: Pages, size: tuple[int, int], language: str, *, elder: bool
) -> None:
    found = pages.tour(size, language, elder=elder)
    assert {name: each["targets"] for name, each in found.items() if each["targets"]} == {}


@every_view
def test_no_text_is_too_small(pages: Pages, size: tuple[int, int], language: str, *, elder: bool) -> None:
    found = pages.tour(size, language, elder=elder)
    assert {name: each["texts"] for name, each in found.items() if each["texts"]} == {}


@every_view
def test_nothing_shifts_while_a_page_loads(pages: Pages, size: tuple[int, int], language: str, *, elder: bool) -> None:
    found = pages.tour(size, language, elder=elder)
    assert {name: each["shifted"] for name, each in found.items() if each["shifted"] > 0.01} == {}


def test_no_page_makes_the_browser_complain(pages: Pages) -> None:
    pages.tour(NARROW, "zh", elder=False)
    expected = (
        "Failed to load resource: the server responded with a status of "  # a refused page is itself a 4xx or 5xx
    )
    assert [said for said in pages.complaints if not said.startswith(expected)] == []


def test_a_printed_bill_shows_every_line(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, STATE_BY_NAME["bill"], size=DESKTOP)
    page.emulate_media(media="print")
    shown = page.evaluate(
        '() => [...document.querySelectorAll(".lines td")].map((cell) => cell.getBoundingClientRect().height)'
    )
    menu = page.evaluate('() => document.querySelector(".top").getBoundingClientRect().height')
    context.close()
    assert len(shown) == 14
    assert all(height > 0 for height in shown)
    assert menu == 0
