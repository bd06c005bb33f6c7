"""Where does a real browser meet the desk, with everything behind it?"""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway.database import open_database
from graphql_schema.client import Role
from tests.browser.stage import DESKTOP
from tests.channels.desk.stage import PASSPHRASE, DeskStage
from tests.conftest import end_errands

T = TypeVar("T")


@dataclass
class LiveDesk:
    """A running desk, and its event loop to do things behind it."""

    address: str
    stage: DeskStage
    loop: asyncio.AbstractEventLoop

    def do(self, deed: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(deed, self.loop).result(20)


@contextmanager
def open_desk(folder: Path) -> Iterator[LiveDesk]:
    """Serves the desk on a free port of this machine until the block ends."""
    ready: Future[LiveDesk] = Future()
    stop = threading.Event()

    async def serve() -> None:
        stage = DeskStage(open_database(f"sqlite:///{folder / 'desk.db'}"))
        await stage.prepare()
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            config = uvicorn.Config(stage.application(), log_level="warning", lifespan="off")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            address = f"http://localhost:{listener.getsockname()[1]}"
            ready.set_result(LiveDesk(address, stage, asyncio.get_running_loop()))
            await asyncio.to_thread(stop.wait)
            server.should_exit = True
            await serving
        await end_errands()
        await stage.engine.dispose()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        yield ready.result(20)
    finally:
        stop.set()
        thread.join(10)


@contextmanager
def open_profile(
    browser: Browser, *, size: tuple[int, int] = DESKTOP, language: str = "zh-CN"
) -> Iterator[tuple[BrowserContext, Page]]:
    """A browser profile of its own; anything that its console complains about fails the test."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=language, reduced_motion="reduce"
    )
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield context, page
    context.close()
    refused = [text for text in complaints if "status of 4" not in text]
    assert refused == []


def enrol(desk: LiveDesk, page: Page, role: Role, staff_id: str, *, name: str = "") -> str:
    """Walks through the enrolment; answers the key that the page showed."""
    invitation = desk.do(desk.stage.invite(role, staff_id, name=name))
    page.goto(f"{desk.address}/desk/enrol")
    page.get_by_label("注册码").fill(invitation.code)
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("svg.qr")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    key = page.locator("#key").inner_text().replace(" ", "")
    page.get_by_label("设置口令").fill(PASSPHRASE)
    page.get_by_label("再输入一次口令").fill(PASSPHRASE)
    page.get_by_label("动态码").fill(desk.stage.code(key))
    page.get_by_role("button", name="开通并登录").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")
    desk.stage.clock.advance(seconds=60)
    return key


def sign_in(desk: LiveDesk, page: Page, key: str, staff_id: str) -> None:
    page.goto(f"{desk.address}/desk")
    page.get_by_label("工号").fill(staff_id)
    page.get_by_label("口令", exact=True).fill(PASSPHRASE)
    page.get_by_label("动态码").fill(desk.stage.code(key))
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")
    desk.stage.clock.advance(seconds=60)
