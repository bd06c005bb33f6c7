"""The whole house, as `make run` starts it: every process, over sockets, on ports and in a folder of the test's own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

UP_WITHIN_SECONDS = 90
ENDED_WITHIN_SECONDS = 30


@dataclass(frozen=True)
class RunningHall:
    """Where everything is, and what `onehall run` said."""

    web: str
    sandbox: str
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]
    said: str

    def person(self, number: str) -> dict[str, Any]:
        return next(person for person in self.personas() if person["number"] == number)

    def personas(self) -> list[dict[str, Any]]:
        return httpx.get(f"{self.sandbox}/sandbox/personas").raise_for_status().json()

    def sign_in(self, number: str) -> httpx.Client:
        """A client of the API with a bearer token."""
        password = self.person(number)["servicePassword"]
        answer = httpx.post(f"{self.web}/api/sign-in", json={"number": number, "password": password}, timeout=20)
        token = answer.raise_for_status().json()["token"]
        return httpx.Client(base_url=self.web, headers={"authorization": f"Bearer {token}"}, timeout=20)

    @contextmanager
    def sign_in_web(self, number: str) -> Iterator[httpx.Client]:
        """A browser without scripts: it keeps cookies, fills in the form and follows redirects."""
        origin = {"origin": self.web}
        with httpx.Client(base_url=self.web, follow_redirects=True, timeout=20, headers=origin) as browser:
            form = read_form(browser.get("/sign-in").raise_for_status().text)
            password = self.person(number)["servicePassword"]
            browser.post("/sign-in", data={**form, "number": number, "password": password}).raise_for_status()
            yield browser

    def text(self, number: str, words: str, *, within_seconds: float = 20) -> str:
        """Texts the hall from a handset and waits for the reply."""
        last = max((message["id"] for message in self.thread(number)), default=0)
        httpx.post(f"{self.sandbox}/handset/messages", json={"number": number, "text": words}).raise_for_status()
        return self.wait_for_text(number, after=last, within_seconds=within_seconds)

    def wait_for_text(self, number: str, *, after: int = 0, within_seconds: float = 20) -> str:
        until = time.monotonic() + within_seconds
        while time.monotonic() < until:
            received = [one["text"] for one in self.thread(number, after=after) if one["direction"] == "received"]
            awaited = [text for text in received if not text.startswith(UNASKED)]
            if awaited:
                return str(awaited[0])
            time.sleep(0.1)
        raise AssertionError(f"no text reached the handset within {within_seconds} s")

    def thread(self, number: str, *, after: int = 0) -> list[dict[str, Any]]:
        query = {"number": number, "after": after}
        return httpx.get(f"{self.sandbox}/handset/messages", params=query).raise_for_status().json()


UNASKED = ("【登录提醒】", "New sign-in to your line")
"""Who signs in on a new device is told so by text, whatever they are waiting for."""


def read_form(page: str) -> dict[str, str]:
    """The hidden fields of the page's form for a password: there are others, with fields of the same names."""
    [form] = [each for each in page.split("<form")[1:] if 'name="password"' in each.partition("</form>")[0]]
    hidden = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", form.partition("</form>")[0])
    named = {re.search(r'name="([^"]*)"', field): re.search(r'value="([^"]*)"', field) for field in hidden}
    return {name.group(1): value.group(1) for name, value in named.items() if name and value}


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def make_environment(folder: Path) -> dict[str, str]:
    gateway, sandbox, smsc = free_ports(3)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ONEHALL_")}
    return clean | {
        "ONEHALL_DATA_FOLDER": str(folder),
        "ONEHALL_PORT": str(gateway),
        "ONEHALL_PUBLIC_URL": f"http://localhost:{gateway}",
        "ONEHALL_SANDBOX_PORT": str(sandbox),
        "ONEHALL_SMSC_PORT": str(smsc),
        "PYTHONUNBUFFERED": "1",
    }


def start(folder: Path, environment: dict[str, str]) -> RunningHall:
    """Runs `onehall run` and returns once it has said that it is up."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "run"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = ""
    until = time.monotonic() + UP_WITHIN_SECONDS
    for line in process.stdout:
        said += line
        if "Ctrl-C ends everything" in line:
            web, sandbox = (environment[f"ONEHALL_{name}"] for name in ("PUBLIC_URL", "SANDBOX_PORT"))
            return RunningHall(web, f"http://127.0.0.1:{sandbox}", folder, environment, process, said)
        if time.monotonic() > until:
            break
    process.kill()
    logs = "".join(f"\n== {path.name}\n{path.read_text()[-2000:]}" for path in (folder / "log").glob("*.log"))
    raise AssertionError(f"onehall run did not come up:\n{said}{logs}")


def end(hall: RunningHall) -> str:
    """Presses Ctrl-C, waits, and returns what was said since."""
    hall.process.send_signal(signal.SIGINT)
    said, _ = hall.process.communicate(timeout=ENDED_WITHIN_SECONDS)
    return said


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHall]:
    folder = tmp_path_factory.mktemp("hall") / "var"
    running = start(folder, make_environment(folder))
    yield running
    end(running)
