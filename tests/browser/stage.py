"""Where does a real browser meet the hall in any of its states?"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from starlette.types import ASGIApp

from graphql_schema.door import LeadTo
from tests.channels.web_hall.fakes import TOKEN, FakeDoorkeeper, FakeDoors, FakeGraph, build_hall
from tests.channels.web_hall.state import State
from tests.judges import find_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]
PHONE, DESKTOP = (390, 844), (1280, 900)


@dataclass
class Stage:
    """A running hall whose graph and doorkeeper say what the present state wants."""

    address: str
    graph: FakeGraph
    doorkeeper: FakeDoorkeeper
    doors: FakeDoors

    def set(self, state: State) -> None:
        """Puts the hall into a state."""
        self.graph.answers, self.graph.notices = state.answers, state.notices
        self.doorkeeper.verdict = state.door
        self.doorkeeper.live = {TOKEN}
        self.doorkeeper.who, self.doors.verdict = state.who, state.doors

    def show(self, page: Page, state: State) -> None:
        """Opens the state's page; a refusal of a form is reached by sending the form."""
        self.set(state)
        if isinstance(state.doors, LeadTo):  # the client is asked, and the page stays to be looked at
            page.route("https://diary.example/**", lambda route: route.fulfill(status=204))
        page.goto(self.address + (state.path if state.form is None else "/settings"))
        if state.form is not None:
            with page.expect_navigation():
                page.evaluate(_SEND, [state.path.partition("?")[0], dict(state.form)])

    def cookies(self, state: State, *, language: str, theme: str, elder: bool) -> list[dict[str, str]]:
        """What the browser of this person would hold."""
        held = {"language": language, "theme": theme, "elder": "on" if elder else "off"}
        if state.who not in ("visitor", "ended"):
            held["hall"] = TOKEN
        return [{"name": name, "value": value, "url": self.address} for name, value in held.items()]


_SEND = """([path, typed]) => {
  const form = document.querySelector("main form");
  const sent = document.createElement("form");
  sent.method = "post";
  sent.action = path;
  for (const [name, value] of Object.entries({form: form.elements.form.value, ...typed})) {
    const input = document.createElement("input");
    input.name = name; input.value = value;
    sent.append(input);
  }
  document.body.append(sent);
  sent.submit();
}"""


@contextmanager
def serve(make_app: Callable[[str], ASGIApp], *, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """Serves on a free port of this machine until the block ends; the application is made for its own address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://localhost:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make_app(address), log_level="warning", lifespan=lifespan))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield address
        server.should_exit = True
        thread.join(5)


@contextmanager
def open_stage() -> Iterator[Stage]:
    """The hall over fakes, served."""
    graph, doorkeeper, doors = FakeGraph(), FakeDoorkeeper(), FakeDoors()
    with serve(lambda _: build_hall(graph, doorkeeper, doors)) as address:
        yield Stage(address, graph, doorkeeper, doors)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


def open_page(
    browser: Browser, stage: Stage, state: State, *, size: tuple[int, int], language: str = "zh", theme: str = "light",
    elder: bool = False, javascript: bool = True,
) -> tuple[BrowserContext, Page]:  # fmt: skip
    """A fresh browser profile on the state's page."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=javascript,
        locale="zh-CN" if language == "zh" else "en-GB",
        reduced_motion="reduce",
    )
    context.add_cookies(stage.cookies(state, language=language, theme=theme, elder=elder))  # type: ignore[arg-type]
    page = context.new_page()
    stage.show(page, state)
    return context, page
