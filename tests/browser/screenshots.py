"""How does each page look in each state? ``python -m tests.browser.screenshots [part of a name]`` takes pictures."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.stage import DESKTOP, PHONE, Stage, open_browser, open_page, open_stage
from tests.channels.web_hall.identity_states import IDENTITY_STATES
from tests.channels.web_hall.money_states import MONEY_STATES
from tests.channels.web_hall.order_states import ORDER_STATES
from tests.channels.web_hall.record_states import RECORD_STATES
from tests.channels.web_hall.reward_states import REWARD_STATES
from tests.channels.web_hall.state import State
from tests.channels.web_hall.states import STATE_BY_NAME, STATES
from tests.channels.web_hall.till_states import TILL_STATES

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
PART_STATES = (*IDENTITY_STATES, *MONEY_STATES, *RECORD_STATES, *ORDER_STATES, *TILL_STATES, *REWARD_STATES)
MONEY = (
    "bills-kinds", "running", "bill-disputed", "bill-causes", "dispute-check", "dispute-done", "invoice-issued",
    "share-made", "promises", "usage-voice", "brake", "records", "records-found", "record-exports", "record-switch",
)  # fmt: skip
"""Of the states of money and records these are pictured."""
ORDERS = (
    "packages", "catalogue", "offering", "compare", "advice", "change-plan", "change-impossible", "prepared", "orders",
    "order", "order-partial", "services", "new-line", "settings-resting",
)  # fmt: skip
"""Of packages, orders and services these are pictured."""
TILL = (
    "recharge", "recharge-reached", "recharge-visitor", "recharge-check", "recharge-amount", "pay-page", "pay-scan",
    "pay-late", "pay-credited", "voucher", "voucher-unknown", "recharges", "balance", "auto-signing", "transfer",
)  # fmt: skip
"""Of recharges, pots, standing orders and transfers these are pictured."""
REWARDS = (
    "points", "points-month", "points-transfer-done", "rewards", "rewards-elsewhere", "reward-goods",
    "reward-check-goods", "redemption-voucher", "redemption-sent", "promotions", "grants", "grant", "grant-choosing",
    "invite", "invited",
)  # fmt: skip
"""Of points, the mall, promotions and invitations these are pictured."""
ENGLISH = ("welcome", "sign-in-wrong", "home-ordinary", "bills", "bill", "usage", "authorize")
DARK = ("welcome", "home-ordinary", "home-arrears", "bill", "usage", "security")
IDENTITY = (
    "step-up-two", "step-up-code-sent", "forgotten-weak", "forgotten-done", "security", "trail", "lines",
    "link-code-sent",
    "assistance", "assistance-grant", "privacy", "privacy-working", "erasure", "check-genuine", "check-not",
    "authorize", "home-helper",
)  # fmt: skip
"""Of the pages of identity these are pictured: one each, and where a page looks different."""
LOADING = ("home-ordinary", "bills-many", "usage")
ELDER = ("sign-in", "home-ordinary", "bills", "usage")


def main() -> None:
    """Writes every picture whose name contains the first argument, or all of them."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun_at = time.time()
    with open_stage() as stage, open_browser() as browser:
        for state in STATES:
            chosen = state.name in (*IDENTITY, *MONEY, *ORDERS, *TILL, *REWARDS)
            if wanted in state.name and (chosen or state not in PART_STATES):
                _take_all(browser, stage, state)
        for name in LOADING:
            if wanted in f"{name.partition('-')[0]}-loading":
                _take_loading(browser, stage, STATE_BY_NAME[name])
    _squeeze(begun_at)
    for device in ("phone", "desktop"):  # the README's pictures
        shutil.copyfile(FOLDER / f"home-ordinary-{device}.png", FOLDER / f"home-{device}.png")


def _take_all(browser: Browser, stage: Stage, state: State) -> None:
    for device, size in (("phone", PHONE), ("desktop", DESKTOP)):
        _take(browser, stage, state, size, f"{state.name}-{device}")
        if state.name in ENGLISH:
            _take(browser, stage, state, size, f"{state.name}-{device}-en", language="en")
        if state.name in DARK:
            _take(browser, stage, state, size, f"{state.name}-{device}-dark", theme="dark")
    if state.name in ELDER:
        _take(browser, stage, state, PHONE, f"{state.name}-phone-elder", elder=True)


def _take(
    browser: Browser, stage: Stage, state: State, size: tuple[int, int], name: str,
    *, language: str = "zh", theme: str = "light", elder: bool = False,
) -> None:  # fmt: skip
    context, page = open_page(browser, stage, state, size=size, language=language, theme=theme, elder=elder)
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True, animations="disabled")
    context.close()


def _take_loading(browser: Browser, stage: Stage, state: State) -> None:
    """The moment between pressing a link that htmx follows and the answer; other pages come by plain navigation."""
    for device, size in (("phone", PHONE), ("desktop", DESKTOP)):
        context, page = open_page(browser, stage, state, size=size)
        page.route(f"**{state.path.partition('?')[0]}*", lambda route: None)
        page.locator("a[data-hx-get]").first.dispatch_event("click")  # without scrolling down to it
        page.wait_for_selector("main.htmx-request")
        page.screenshot(path=FOLDER / f"{state.name.partition('-')[0]}-loading-{device}.png", full_page=True)
        context.close()


def _squeeze(begun_at: float) -> None:
    """Fewer colours make a page's picture three times smaller and look the same; once is enough for each."""
    if shutil.which("pngquant"):
        pictures = [str(path) for path in sorted(FOLDER.glob("*.png")) if path.stat().st_mtime >= begun_at]
        subprocess.run(["pngquant", "--force", "--skip-if-larger", "--ext=.png", "64", *pictures], check=False)


if __name__ == "__main__":
    main()
