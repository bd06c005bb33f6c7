"""Can a page of another origin, opened in the browser of somebody who is signed in, change or read anything?

The worst neighbour is tried as well: another port of the same host is the same *site*, to which the browser sends even
SameSite cookies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.graph import HallGraph
from gateway.http_graphql import graphql_routes
from graphql_schema.client import Role, load_operations
from graphql_schema.door import Turned
from graphql_schema.staff_door import StaffAdmitted, StaffEvidence
from tests.browser.desk_stage import LiveDesk, open_desk
from tests.browser.stage import serve
from tests.channels.desk.forms import FORMS as DESK_FORMS
from tests.channels.desk.stage import PASSPHRASE
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall.conftest import form_token
from tests.channels.web_hall.fakes import TOKEN, FakeDoorkeeper, FakeDoors, FakeGraph, build_hall
from tests.channels.web_hall.forms import FORMS
from tests.fakes.doorkeeper import FakeDoorkeeper as AppDoorkeeper
from tests.fakes.ports import FakeBss

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
APP = load_operations(Path(__file__).parents[2] / "channels" / "app")
TYPED = {
    "session": "S2", "line": "L9", "person": "H3", "answer": "yes", "purpose": "MARKETING_SMS", "given": "yes",
    "number": "13800138003", "days": "30", "understood": "yes", "request": "X4", "theme": "dark", "code": "135246",
    "old_password": "258001", "new_password": "852963", "again": "852963", "by": "password", "password": "258001",
    "deed": "check",
}  # fmt: skip
SEND = """([action, typed]) => {
  const form = Object.assign(document.createElement("form"), {method: "post", action});
  for (const [name, value] of Object.entries(typed)) {
    form.append(Object.assign(document.createElement("input"), {name, value}));
  }
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form);
}"""
FETCH = """async ([url, options]) => {
  try {
    const answer = await fetch(url, {credentials: "include", ...options});
    return [answer.type, answer.status, await answer.text()];
  } catch (error) {
    return ["refused", 0, ""];
  }
}"""
OPEN_SOCKET = """(url) => new Promise((done) => {
  const socket = new WebSocket(url, "graphql-transport-ws");
  socket.onopen = () => socket.send(JSON.stringify({type: "connection_init"}));
  socket.onmessage = (event) => done(JSON.parse(event.data).type);
  socket.onclose = (event) => done(`closed ${event.code}`);
})"""


@dataclass(frozen=True)
class Street:
    """Our hall with its graph, and a stranger's house: on another host, or next door."""

    hall: str
    evil: str
    graph: FakeGraph
    doorkeeper: FakeDoorkeeper
    doors: FakeDoors

    def is_untouched(self) -> bool:
        """Whether nobody did, proved, asked or ended anything."""
        deeds = [name for name, _, _ in self.graph.asked if name not in ("Home", "Security")]
        return not (deeds or self.doorkeeper.heard or self.doorkeeper.wishes or self.doors.heard) and (
            self.doorkeeper.live == {TOKEN}
        )


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    graph, doorkeeper, doors = FakeGraph(), FakeDoorkeeper(), FakeDoors()

    def make_house(address: str) -> Starlette:
        real = HallGraph(FakeBss().ports(), APP.values(), deadline_seconds=10, open_documents=True)
        routes: list[BaseRoute] = graphql_routes(real, AppDoorkeeper(), public_url=address)
        return Starlette(routes=[*routes, *build_hall(graph, doorkeeper, doors).routes])

    async def show_evil(request: Request) -> Response:
        return HTMLResponse("<!DOCTYPE html><title>evil</title><body>")

    with serve(make_house) as hall, serve(lambda _: Starlette(routes=[Route("/", show_evil)])) as evil:
        yield Street(hall, evil, graph, doorkeeper, doors)


@pytest.fixture(params=["same site", "another site"])
def at_evil(request: pytest.FixtureRequest, street: Street) -> Street:
    """The stranger next door (another port), or on another host."""
    street.graph.asked.clear()
    street.graph.answers = {
        "security": known.security(),
        "end_session": known.said("endSession", "SessionsEnded", count=1),
    }
    street.doorkeeper.live = {TOKEN}
    for heard in (street.doorkeeper.heard, street.doorkeeper.wishes, street.doors.heard):
        heard.clear()
    near = request.param == "same site"
    return street if near else replace(street, evil=street.evil.replace("localhost", "127.0.0.1"))


@pytest.fixture
def victim(browser: Browser, at_evil: Street) -> Iterator[Page]:
    """The browser of somebody who is signed in at the hall and looks at the stranger's page."""
    context = browser.new_context()
    context.add_cookies([{"name": "hall", "value": TOKEN, "url": at_evil.hall}])
    page = context.new_page()
    page.goto(at_evil.evil)
    yield page
    context.close()


def test_a_form_of_a_stranger_is_refused_at_every_address(victim: Page, at_evil: Street) -> None:
    with httpx.Client(base_url=at_evil.hall) as stranger:
        own_token = form_token(stranger.get("/settings"))  # the best that a stranger can have
    refused = []
    for path in FORMS:
        victim.goto(at_evil.evil)
        with victim.expect_navigation() as arrived:
            victim.evaluate(SEND, [at_evil.hall + path, TYPED | {"form": own_token}])
        refused.append((path, arrived.value.status if arrived.value else 0))
    assert refused == [(path, 403) for path in FORMS]
    assert at_evil.is_untouched()
    assert {cookie["name"] for cookie in victim.context.cookies(at_evil.hall)} == {"hall"}, "nor is a setting kept"


def test_the_same_form_is_obeyed_from_a_page_of_our_own(victim: Page, at_evil: Street) -> None:
    victim.goto(at_evil.hall + "/security")
    token = victim.locator('input[name="form"]').first.input_value()
    with victim.expect_navigation():
        victim.evaluate(SEND, [at_evil.hall + "/security", TYPED | {"form": token}])
    assert [name for name, _, _ in at_evil.graph.asked if name == "EndSession"] == ["EndSession"]


@pytest.mark.parametrize("path", ["/security", "/home", "/privacy/export/X1", "/lines"])
def test_a_page_can_not_be_read_by_a_stranger_s_script(victim: Page, at_evil: Street, path: str) -> None:
    assert victim.evaluate(FETCH, [at_evil.hall + path, {}]) == ["refused", 0, ""]
    assert victim.evaluate(FETCH, [at_evil.hall + path, {"mode": "no-cors"}])[2] == ""


@pytest.mark.parametrize("path", ["/sign-out", "/security", "/lines/switch", "/privacy", "/passkeys/begin"])
def test_a_stranger_s_script_can_not_send_a_form(victim: Page, at_evil: Street, path: str) -> None:
    body = "&".join(f"{name}={value}" for name, value in TYPED.items())
    form = {"method": "POST", "body": body, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    assert victim.evaluate(FETCH, [at_evil.hall + path, form])[0] == "refused"
    victim.evaluate(FETCH, [at_evil.hall + path, form | {"mode": "no-cors"}])
    assert at_evil.is_untouched()


def test_the_graph_does_not_know_whom_a_cookie_shows(victim: Page, at_evil: Street) -> None:
    asked: dict[str, Any] = {"method": "POST", "body": '{"query": "{ me { line { id } } }"}'}
    typed = asked | {"headers": {"Content-Type": "application/json"}}
    assert victim.evaluate(FETCH, [at_evil.hall + "/graphql", typed])[0] == "refused", "it asks first, and hears no"
    assert victim.evaluate(FETCH, [at_evil.hall + "/graphql", asked | {"mode": "no-cors"}])[2] == ""
    victim.goto(at_evil.hall + "/settings")
    own = victim.evaluate(FETCH, ["/graphql", typed])
    assert "sign_in_required" in own[2], "even on a page of ours: the graph wants a token and reads no cookie"


def test_a_stranger_opens_no_socket_and_a_page_of_ours_does(victim: Page, at_evil: Street) -> None:
    socket = at_evil.hall.replace("http", "ws") + "/graphql"
    assert victim.evaluate(OPEN_SOCKET, socket) == "closed 1006"
    victim.goto(at_evil.hall + "/settings")
    assert victim.evaluate(OPEN_SOCKET, socket) == "connection_ack"


def test_no_page_is_shown_inside_a_stranger_s(victim: Page, at_evil: Street) -> None:
    victim.set_content(f'<iframe src="{at_evil.hall}/settings"></iframe>')
    victim.wait_for_timeout(300)
    frames = [frame for frame in victim.frames if frame != victim.main_frame]
    assert frames
    assert all(not frame.url.startswith(at_evil.hall) for frame in frames)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LiveDesk]:
    with open_desk(tmp_path) as live:
        yield live


@pytest.mark.parametrize("evil_host", ["localhost", "127.0.0.1"])
def test_a_form_of_a_stranger_is_refused_at_every_address_of_the_desk(
    browser: Browser, street: Street, desk: LiveDesk, evil_host: str
) -> None:
    key = desk.do(desk.stage.employ(Role.CARE, "1001"))
    came = desk.do(desk.stage.door.sign_in(StaffEvidence("1001", PASSPHRASE, desk.stage.code(key), "192.0.2.7")))
    assert isinstance(came, StaffAdmitted)
    assert came.token
    with httpx.Client(base_url=desk.address) as stranger:
        own_token = form_token(stranger.get("/desk/sign-in"))  # the best that a stranger can have
    with browser.new_context() as context:
        context.add_cookies([{"name": "desk", "value": came.token, "url": desk.address, "sameSite": "Strict"}])
        page, refused = context.new_page(), []
        for path in DESK_FORMS:
            page.goto(street.evil.replace("localhost", evil_host))
            with page.expect_navigation() as arrived:
                page.evaluate(SEND, [desk.address + path, TYPED | {"form": own_token}])
            refused.append((path, arrived.value.status if arrived.value else 0))
        assert refused == [(path, 403) for path in DESK_FORMS]
        kept = {cookie["name"]: cookie["value"] for cookie in context.cookies(desk.address)}
        assert kept.pop("desk") == came.token
        assert kept.keys() <= {"desk-form"}, "nor is a setting kept"
        assert isinstance(desk.do(desk.stage.door.admit(came.token)), StaffAdmitted)
        page.goto(desk.address + "/desk")
        typed = {"form": page.locator('input[name="form"]').first.input_value()}
        with page.expect_navigation():
            page.evaluate(SEND, [desk.address + "/desk/sign-out", typed])  # a page of ours is obeyed
    assert isinstance(desk.do(desk.stage.door.admit(came.token)), Turned)
