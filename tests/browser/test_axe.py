"""Does axe find anything, or leave anything open, on any page?"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.browser.stage import DESKTOP, PHONE, Stage
from tests.channels.web_hall.states import STATE_BY_NAME, STATES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAGES = (
    "welcome", "sign-in", "sign-in-wrong", "sign-in-code-sent", "home-ordinary", "home-partial", "bills", "bill",
    "usage", "inbox", "settings", "refused-unknown", "step-up", "forgotten-weak", "security", "lines", "link-code-sent",
    "assistance", "assistance-grant", "privacy", "erasure", "check-genuine", "authorize", "home-helper",
)  # fmt: skip


class View(NamedTuple):
    """How a person may look at a page."""

    size: tuple[int, int]
    language: str
    theme: str = "light"
    elder: bool = False


VIEWS = [
    View(size, language, theme, elder)
    for size in (PHONE, DESKTOP)
    for language in ("zh", "en")
    for theme, elder in (("light", False), ("dark", False), ("light", True))
]
ALL_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES_OF_STYLE = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
"""What a dark or a large page can do worse than the plain one of the same size and language, which is held to every
rule: the structure is the same."""

RUN = """([part, rules]) => axe.run(part, { runOnly: rules, resultTypes: ["violations", "incomplete"] })"""


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.size[0]}-{view.language}-{view.theme}-{view.elder}")
def test_axe_has_nothing_to_say_about_any_page(browser: Browser, stage: Stage, axe: Path, view: View) -> None:
    assert _judge(browser, stage, axe, PAGES, view) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_nothing_to_say_about_any_other_state(browser: Browser, stage: Stage, axe: Path, theme: str) -> None:
    others = [state.name for state in STATES if state.name not in PAGES]
    assert _judge(browser, stage, axe, others, View(PHONE, "zh", theme)) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_nothing_to_say_about_the_open_menu(browser: Browser, stage: Stage, axe: Path, theme: str) -> None:
    assert _judge(browser, stage, axe, ["bills-empty"], View(PHONE, "en", theme), part=".menu-panel") == []


def _judge(
    browser: Browser, stage: Stage, axe: Path, names: Iterable[str], view: View, *, part: str = "html"
) -> list[str]:
    """What axe says of each of these pages: violations and what it could not decide, one line each."""
    context = browser.new_context(viewport={"width": view.size[0], "height": view.size[1]}, reduced_motion="reduce")
    context.add_init_script(path=axe)  # as an extension would: the page's own policy lets no other script in
    plain = view.theme == "light" and not view.elder
    rules = {"type": "tag", "values": ALL_RULES} if plain else {"type": "rule", "values": RULES_OF_STYLE}
    said: list[str] = []
    page = context.new_page()
    for name in names:
        state = STATE_BY_NAME[name]
        context.clear_cookies()
        cookies = stage.cookies(state, language=view.language, theme=view.theme, elder=view.elder)
        context.add_cookies(cookies)  # type: ignore[arg-type]
        stage.show(page, state)
        if part == ".menu-panel":
            page.click("details.menu > summary")
        result: dict[str, Any] = page.evaluate(RUN, [part, rules])
        for kind in ("violations", "incomplete"):
            for rule in result[kind]:
                targets = [" ".join(map(str, node["target"])) for node in rule["nodes"]]
                reasons = {check.get("message", "") for node in rule["nodes"] for check in node["any"]}
                said.append(f"{state.name}: {kind} {rule['id']} at {targets[:4]} {sorted(reasons)[:2]}")
    context.close()
    return said
