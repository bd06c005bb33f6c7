"""Does axe find anything, or leave anything open, on any page?"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.kinds import PAGES
from tests.browser.stage import DESKTOP, PHONE, Stage
from tests.channels.web_hall.state import State
from tests.channels.web_hall.states import STATE_BY_NAME

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


class Look(NamedTuple):
    """How a person may look at a page: by the attributes that the server gives it."""

    theme: str = "light"
    elder: bool = False


PLAIN, DARK, LARGE = Look(), Look("dark"), Look(elder=True)
WEAR = """([theme, elder]) => {
  document.documentElement.dataset.theme = theme;
  document.documentElement.toggleAttribute("data-elder", elder);
}"""
VIEWS = [(PHONE, "zh"), (DESKTOP, "en")]
"""Every rule is asked in each size and in each language; the four pairs of them differ in nothing that axe judges. A
run looks at each page in one of the two, in turn, and ``make campaign`` (``--whole``) in both."""
ALL_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES_OF_STYLE = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
"""What a dark or a large page can do worse than the plain one of the same size and language, which is held to every
rule: the structure is the same."""

RUN = """([part, rules]) => axe.run(part, { runOnly: rules, resultTypes: ["violations", "incomplete"] })"""


@pytest.mark.parametrize("place", range(len(VIEWS)))
def test_axe_has_nothing_to_say_about_any_page(
    browser: Browser, stage: Stage, axe: Path, pytestconfig: pytest.Config, place: int
) -> None:
    size, language = VIEWS[place]
    names = PAGES if pytestconfig.getoption("--whole") else PAGES[place :: len(VIEWS)]
    with open_judge(browser, stage, axe, size) as judge:
        assert [said for name in names for said in judge(name, language, (PLAIN, DARK, LARGE))] == []


def test_axe_has_nothing_to_say_about_any_other_state(
    browser: Browser, stage: Stage, axe: Path, states: list[State]
) -> None:
    others = [state.name for state in states if state.name not in PAGES]
    with open_judge(browser, stage, axe, PHONE) as judge:
        assert [said for name in others for said in judge(name, "zh", (PLAIN,))] == []


def test_axe_has_nothing_to_say_about_the_open_menu(browser: Browser, stage: Stage, axe: Path) -> None:
    with open_judge(browser, stage, axe, PHONE, part=".menu-panel") as judge:
        assert judge("inbox-empty", "en", (PLAIN, DARK)) == []


Judge = Callable[[str, str, Sequence[Look]], list[str]]


@contextmanager
def open_judge(
    browser: Browser, stage: Stage, axe: Path, size: tuple[int, int], *, part: str = "html"
) -> Iterator[Judge]:
    """Loads a page once and says what axe says of each of its looks: violations and what it could not decide, one line
    each."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    context.add_init_script(path=axe)  # as an extension would: the page's own policy lets no other script in
    page = context.new_page()

    def judge(name: str, language: str, looks: Sequence[Look]) -> list[str]:
        state = STATE_BY_NAME[name]
        context.clear_cookies()
        cookies = stage.cookies(state, language=language, theme="light", elder=False)
        context.add_cookies(cookies)  # type: ignore[arg-type]
        stage.show(page, state)
        if part == ".menu-panel":
            page.click("details.menu > summary")
        return [said for look in looks for said in _ask(page, part, look, name)]

    yield judge
    context.close()


def _ask(page: Page, part: str, look: Look, name: str) -> list[str]:
    page.evaluate(WEAR, list(look))
    rules = {"type": "tag", "values": ALL_RULES} if look == PLAIN else {"type": "rule", "values": RULES_OF_STYLE}
    result: dict[str, Any] = page.evaluate(RUN, [part, rules])
    said: list[str] = []
    for kind in ("violations", "incomplete"):
        for rule in result[kind]:
            targets = [" ".join(map(str, node["target"])) for node in rule["nodes"]]
            reasons = {check.get("message", "") for node in rule["nodes"] for check in node["any"]}
            said.append(f"{name} {look}: {kind} {rule['id']} at {targets[:4]} {sorted(reasons)[:2]}")
    return said
