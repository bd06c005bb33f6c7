"""Can everything be done with links and forms alone?"""

import re

import httpx
import pytest

from channels.web_hall.bills import BILLS_A_PAGE
from graphql_schema.client import Channel
from graphql_schema.door import CodeEvidence, CodeWish, PasswordEvidence, Purpose, Turned
from tests.channels.web_hall.conftest import form_token
from tests.channels.web_hall.fakes import TOKEN, FakeDoorkeeper, FakeGraph

pytestmark = pytest.mark.anyio
BROWSER = f"python-httpx/{httpx.__version__}"


async def _send(client: httpx.AsyncClient, path: str, **typed: str) -> httpx.Response:
    return await client.post(path.split("?", maxsplit=1)[0], data={"form": form_token(await client.get(path))} | typed)


async def test_a_customer_signs_in_by_password_and_out_again(
    visitor: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    answer = await _send(visitor, "/sign-in", number="138 0013 8001", password="258001", by="password", deed="check")
    assert answer.headers["location"] == "/home"
    assert doorkeeper.heard == [PasswordEvidence("13800138001", "258001", "127.0.0.1", device_name=BROWSER)]
    assert "138****8001" in (await visitor.get("/home")).text
    out = await _send(visitor, "/settings")
    assert out.status_code == 303
    token = form_token(await visitor.get("/home"))
    assert (await visitor.post("/sign-out", data={"form": token})).headers["location"] == "/?done=signed_out"
    assert "您已安全退出" in (await visitor.get("/?done=signed_out")).text
    assert (await visitor.get("/home")).status_code == 303


async def test_a_customer_signs_in_by_a_code_typed_in_full_width(
    visitor: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    sent = await _send(visitor, "/sign-in?by=code", number="13800138001", by="code", deed="send")
    assert "验证码已发送" in sent.text
    assert re.search(r"(60|59) 秒后", sent.text)
    assert 'name="challenge" value="a-challenge"' in sent.text
    typed = {
        "form": form_token(sent),
        "number": "13800138001",
        "by": "code",
        "deed": "check",
        "code": "123456",
        "challenge": "a-challenge",
    }
    assert (await visitor.post("/sign-in", data=typed)).headers["location"] == "/home"
    assert doorkeeper.wishes == [CodeWish("13800138001", Purpose.SIGN_IN, Channel.WEB, "127.0.0.1")]
    assert doorkeeper.heard == [CodeEvidence("13800138001", "123456", "127.0.0.1", "a-challenge", device_name=BROWSER)]


async def test_a_refused_password_keeps_the_number_and_never_the_password(
    visitor: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.verdict = Turned("wrong_credentials", {"tries_left": 1})
    answer = await _send(visitor, "/sign-in", number="13800138001", password="987654", by="password", deed="check")
    assert 'value="13800138001"' in answer.text
    assert "987654" not in answer.text
    assert "还可以再试 1 次" in answer.text


async def test_refusals_speak_the_language_of_the_customer(
    visitor: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    visitor.headers["accept-language"] = "en-GB,en;q=0.9"
    doorkeeper.verdict = Turned("wrong_credentials", {"tries_left": 1})
    answer = await _send(visitor, "/sign-in", number="13800138001", password="987654", by="password", deed="check")
    assert "1 try left" in answer.text
    assert answer.headers["content-language"] == "en"


async def test_who_is_signed_in_is_led_past_the_sign_in_page(hall: httpx.AsyncClient) -> None:
    assert (await hall.get("/sign-in?next=/usage")).headers["location"] == "/usage"
    assert (await hall.get("/")).headers["location"] == "/home"


@pytest.mark.parametrize(
    ("wish", "value", "seen"),
    [("language", "en", 'lang="en"'), ("theme", "dark", 'data-theme="dark"'), ("elder", "on", "data-elder>")],
)
async def test_a_switch_works_at_once_and_comes_back_to_the_page(
    hall: httpx.AsyncClient, wish: str, value: str, seen: str
) -> None:
    assert seen not in (await hall.get("/usage")).text.split("<body>")[0]
    answer = await _send(hall, "/settings", next="/usage", **{wish: value})
    assert answer.headers["location"] == "/usage"
    assert seen in (await hall.get("/usage")).text.split("<body>")[0]


async def test_a_wish_that_nobody_offered_is_passed_over(hall: httpx.AsyncClient) -> None:
    answer = await _send(hall, "/settings", next="/home", theme="neon", language="xx")
    assert "set-cookie" not in answer.headers


async def test_older_bills_are_a_link_with_the_cursor_in_the_address(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    connection = (graph.answers["bills"].data or {})["me"]["bills"]
    connection["pageInfo"] = {"hasNextPage": True, "endCursor": "a/b=="}
    assert 'href="/bills?after=a/b%3D%3D"' in (await hall.get("/bills")).text
    await hall.get("/bills?after=a/b%3D%3D")
    assert graph.asked[-1][1] == {"first": BILLS_A_PAGE, "after": "a/b=="}


async def test_a_request_of_htmx_that_needs_a_sign_in_moves_the_whole_page(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/home", headers={"hx-request": "true"})
    assert answer.headers["hx-redirect"] == "/sign-in?next=/home"


async def test_a_switch_on_the_sign_in_page_keeps_where_one_wanted_to_go(visitor: httpx.AsyncClient) -> None:
    token = form_token(await visitor.get("/sign-in?next=/bills"))
    kept = await visitor.post("/settings", data={"form": token, "language": "en", "next": "/sign-in?next=/bills"})
    assert kept.headers["location"] == "/sign-in?next=/bills"


async def test_a_session_of_the_house_is_ended_and_not_only_the_cookie(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    assert TOKEN in doorkeeper.live
    await hall.post("/sign-out", data={"form": form_token(await hall.get("/home"))})
    assert doorkeeper.live == set()
