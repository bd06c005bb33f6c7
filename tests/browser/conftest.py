"""What do the tests in a real browser share, and what if there is none?"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser

from tests.browser.stage import CHROMIUM, Stage, open_browser, open_stage

FOLDER = Path(__file__).parent
MODULES = FOLDER / "node_modules"
JUDGES = ("axe-core", "html-validate")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        _go_without(f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-noto-cjk")
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The hall on a free port."""
    with open_stage() as opened:
        yield opened


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The judges that come from npm, installed from their lock when they are not there yet."""
    with (FOLDER / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers must not install into one folder at once
        if not all((MODULES / judge).exists() for judge in JUDGES):
            _install()
    return MODULES


@pytest.fixture(scope="session")
def axe(node_modules: Path) -> Path:
    """The accessibility judge's script."""
    return node_modules / "axe-core" / "axe.min.js"


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        _go_without("no npm here for axe-core and html-validate: install Node 20 or newer")
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    if done.returncode:
        _go_without(f"npm ci in tests/browser failed: {done.stderr[-300:]}")


def _go_without(reason: str) -> NoReturn:
    """Skips with the reason and its remedy; where everything has to be there, fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
