"""Does each page keep to the numbers: bytes, requests, width, targets, text size, layout shift, errors?"""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.kinds import PAGES
from tests.browser.stage import DESKTOP, Stage, open_page
from tests.channels.web_hall.state import State
from tests.channels.web_hall.states import STATE_BY_NAME

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
STATIC = Path(__file__).parents[2] / "web" / "static"
FIRST_VISIT_BYTES, FIRST_VISIT_REQUESTS = 60 * 1024, 10
SCRIPT_BYTES, STYLE_BYTES = 20 * 1024, 8 * 1024
WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifted += entry.value; })
  .observe({type: "layout-shift", buffered: true});
"""
SETTLE = "() => new Promise((done) => setTimeout(() => done(window.shifted), 50))"
MEASURE = """(least) => {
  const targets = [...document.querySelectorAll("a, button, input, select, textarea, summary, label.radio")]
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
  return {targets, texts: [...texts], width: document.documentElement.scrollWidth};
}"""
NARROW = (320, 700)
LEAST = {False: {"target": 44, "text": 13}, True: {"target": 60, "text": 24}}  # in CSS pixels; 18 pt are 24
LARGE = "(elder) => document.documentElement.toggleAttribute('data-elder', elder)"
VIEWS = [(size, language, elder) for size in (NARROW, DESKTOP) for language in ("zh", "en") for elder in (False, True)]
every_view = pytest.mark.parametrize(("size", "language", "elder"), VIEWS)
View = tuple[tuple[int, int], str, bool]


@pytest.fixture(scope="module")
def pages(browser: Browser, stage: Stage, states: list[State]) -> Iterator["Pages"]:
    opened = Pages(browser, stage, states)
    yield opened
    opened.close()


class Pages:
    """One profile for one tour of the states.

    A state that stands for its kind of page is loaded twice, in Chinese on a narrow phone and in English on a desktop;
    any other once, in English, whose words are the longer ones, on a narrow phone. Every other one has large text. What
    shifts while it loads is judged there. The other views are the same page, made wider or its text larger, as the
    server's own attribute does.
    """

    def __init__(self, browser: Browser, stage: Stage, states: Sequence[State]) -> None:
        self._stage, self._states = stage, states
        self._context: BrowserContext = browser.new_context(reduced_motion="reduce")
        self._context.add_init_script(script=WATCH_SHIFTS)
        self.page: Page = self._context.new_page()
        self.complaints: list[str] = []
        self._found: dict[View, dict[str, dict[str, Any]]] = {}
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def tour(self, size: tuple[int, int], language: str, *, elder: bool) -> dict[str, dict[str, Any]]:
        """What was measured on each state's page in this view; all views are walked at once."""
        if not self._found:
            self._found = {view: {} for view in VIEWS}
            for index, state in enumerate(self._states):
                if state.name in PAGES:
                    self._walk(state, "zh", (NARROW, DESKTOP), elder=index % 2 == 1)
                    self._walk(state, "en", (DESKTOP, NARROW), elder=index % 2 == 0)
                else:
                    self._walk(state, "en", (NARROW, DESKTOP), elder=index % 2 == 1)
        return self._found[size, language, elder]

    def _walk(self, state: State, language: str, sizes: Sequence[tuple[int, int]], *, elder: bool) -> None:
        """Loads a state in the first size, and measures it there and in the other, with usual and with large text."""
        self._context.clear_cookies()
        cookies = self._stage.cookies(state, language=language, theme="light", elder=elder)
        self._context.add_cookies(cookies)  # type: ignore[arg-type]
        self.page.set_viewport_size({"width": sizes[0][0], "height": sizes[0][1]})
        self._stage.show(self.page, state)
        shifted = self.page.evaluate(SETTLE)
        for size in sizes:
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
            for large in (elder, not elder):
                self.page.evaluate(LARGE, large)
                measured: dict[str, Any] = self.page.evaluate(MEASURE, LEAST[large])
                self._found[size, language, large][state.name] = measured
            self.page.evaluate(LARGE, elder)
        self._found[sizes[0], language, elder][state.name]["shifted"] = shifted

    def close(self) -> None:
        self._context.close()


@pytest.mark.parametrize("name", ["welcome", "sign-in", "home-ordinary", "bills", "bill", "usage", "records", "inbox"])
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


@pytest.mark.parametrize(("size", "language"), [(NARROW, "zh"), (DESKTOP, "en"), (NARROW, "en")])
def test_nothing_shifts_while_a_page_loads(
    pages: Pages, states: list[State], size: tuple[int, int], language: str
) -> None:
    others = (size, language) == (NARROW, "en")
    loaded = {state.name for state in states if (state.name not in PAGES) == others}
    shifted = {
        name: each["shifted"]
        for elder in (False, True)
        for name, each in pages.tour(size, language, elder=elder).items()
        if "shifted" in each
    }
    assert shifted.keys() == loaded
    assert {name: each for name, each in shifted.items() if each > 0.01} == {}


def test_no_page_makes_the_browser_complain(pages: Pages) -> None:
    pages.tour(NARROW, "zh", elder=False)
    expected = (
        "Failed to load resource: the server responded with a status of "  # a refused page is itself a 4xx or 5xx
    )
    assert [said for said in pages.complaints if not said.startswith(expected)] == []


def test_a_printed_bill_shows_every_line(browser: Browser, stage: Stage) -> None:
    context, page = open_page(browser, stage, STATE_BY_NAME["bill"], size=DESKTOP)
    page.emulate_media(media="print")
    heights = "(cells) => cells.map((cell) => cell.getBoundingClientRect().height)"
    shown = page.locator(".lines td:not(.line-act)").evaluate_all(heights)
    pressed = page.evaluate(
        '() => [...document.querySelectorAll(".btn, .tabs, .line-act")].filter((one) => one.checkVisibility()).length'
    )
    menu = page.evaluate('() => document.querySelector(".top").getBoundingClientRect().height')
    context.close()
    assert len(shown) == 14
    assert all(height > 0 for height in shown)
    assert (menu, pressed) == (0, 0), "paper has no buttons"
