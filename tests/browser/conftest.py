"""What do the tests in a real browser share?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.kinds import choose
from tests.browser.stage import Stage, open_browser, open_stage
from tests.channels.web_hall.state import State
from tests.channels.web_hall.states import STATES


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for one file: its driver holds this thread's event loop while it is open."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The hall on a free port."""
    with open_stage() as opened:
        yield opened


@pytest.fixture(scope="session")
def states(pytestconfig: pytest.Config) -> list[State]:
    """The states of the hall whose pages are looked at."""
    return choose(STATES, whole=pytestconfig.getoption("--whole"))


@pytest.fixture(scope="session")
def axe(node_modules: Path) -> Path:
    """The accessibility judge's script."""
    return node_modules / "axe-core" / "axe.min.js"
