"""Can anybody come in, be sent elsewhere, or send a form in another's name?"""

import re

import httpx
import pytest

from channels.web_hall.routes import OWNERS
from channels.web_hall.visit import path_after_sign_in
from graphql_schema.door import Turned
from tests.channels.web_hall import facts
from tests.channels.web_hall.conftest import browser, form_token
from tests.channels.web_hall.fakes import TOKEN, FakeDoorkeeper, FakeDoors, FakeGraph
from tests.channels.web_hall.forms import FORMS, OWNERS_FORMS

pytestmark = pytest.mark.anyio
SHOWN_PAGES = ("/home", "/bills", "/bills/B202610", "/usage", "/inbox")
OWN_PAGES = (*SHOWN_PAGES, *(path for path in OWNERS if "{" not in path), "/privacy/export/X1")
TYPED = {"number": "13800138001", "password": "258001", "by": "password", "deed": "check"}


@pytest.mark.parametrize("path", OWN_PAGES)
async def test_a_visitor_is_led_to_sign_in_and_nothing_is_asked(
    visitor: httpx.AsyncClient, graph: FakeGraph, path: str
) -> None:
    answer = await visitor.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")
    assert graph.asked == []


async def test_a_session_that_has_ended_is_taken_back_and_the_person_returns_to_the_page(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.live.clear()
    answer = await hall.get("/bills?after=B202605")
    assert answer.headers["location"] == "/sign-in?next=/bills%3Fafter%3DB202605&why=session_ended"
    assert 'hall=""' in answer.headers["set-cookie"]
    form = await hall.get(answer.headers["location"])
    assert "登录后会回到刚才的页面" in form.text
    back = await hall.post("/sign-in", data=TYPED | {"form": form_token(form), "next": "/bills?after=B202605"})
    assert back.headers["location"] == "/bills?after=B202605"


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/helpers/answer", "/helpers"),
        ("/privacy/call-off", "/privacy"),
        ("/lines/switch", "/lines"),
        ("/sign-out", "/"),
    ],
)
async def test_a_form_without_a_page_of_its_own_leads_back_to_the_page_that_it_stands_on(
    hall: httpx.AsyncClient, form: str, page: str
) -> None:
    refused = await hall.post(form, data={"form": "forged"})
    assert f'name="next" value="{page}"' in refused.text, "a change of language"
    if form != "/sign-out":
        hall.cookies.delete("hall")
        answer = await hall.post(form, data={"form": form_token(await hall.get("/settings"))})
        assert answer.headers["location"] == f"/sign-in?next={page}"


async def test_a_graph_that_wants_a_sign_in_gets_one(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"home": facts.refused("sign_in_required", "me")}
    assert (await hall.get("/home")).headers["location"] == "/sign-in?next=/home"


async def test_identity_that_is_down_is_said_and_keeps_the_session(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.token_verdict = Turned("unavailable")
    answer = await hall.get("/home")
    assert answer.status_code == 503
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/sign-in", "/settings", "/home", "/nowhere", "/security/password", "/step-up"])
async def test_every_page_comes_with_a_strict_policy_and_is_kept_by_nobody(hall: httpx.AsyncClient, path: str) -> None:
    headers = (await hall.get(path)).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/settings", "/home", "/bills", "/bills/B202610", "/usage"])
async def test_no_page_has_an_inline_script_style_or_handler(hall: httpx.AsyncClient, path: str) -> None:
    page = (await hall.get(path)).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", page)


async def test_a_page_is_compressed(hall: httpx.AsyncClient) -> None:
    assert (await hall.get("/home")).headers["content-encoding"] == "gzip"


async def test_a_static_file_is_kept_for_a_year_under_an_address_of_its_content(visitor: httpx.AsyncClient) -> None:
    page = (await visitor.get("/")).text
    address = re.search(r'href="(/static/hall\.[0-9a-f]{10}\.css)"', page)
    assert address
    answer = await visitor.get(address[1])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/css")
    plain = await visitor.get(address[1], headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text


@pytest.mark.parametrize(
    "path", ["/static/hall.0000000000.css", "/static/../pyproject.toml", "/static/%2e%2e/locales/zh"]
)
async def test_no_other_file_is_given_out(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404


async def test_cookies_are_out_of_reach_of_scripts_and_bound_to_the_host_where_the_address_is_secure(
    graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    async with browser(secure=True) as client:
        form = await client.get("/sign-in")
        assert form.headers["set-cookie"].startswith("__Host-form=")
        answer = await client.post("/sign-in", data=TYPED | {"form": form_token(form)})
        session = next(cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("__Host-hall="))
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(session.split("; "))
    assert "domain" not in session.lower()
    assert "max-age" in session.lower()


async def test_without_https_the_session_cookie_is_a_plain_one(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/sign-in", data=TYPED | {"form": form_token(await visitor.get("/sign-in"))})
    assert any(
        re.match(r"hall=a-new-session; HttpOnly;.*SameSite=lax", each) for each in answer.headers.get_list("set-cookie")
    )


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("nonce.forged", {}),
        ("own", {"origin": "https://elsewhere.example"}),
        ("own", {"origin": "null"}),
        ("own", {"sec-fetch-site": "cross-site"}),
        ("own", {"sec-fetch-site": "same-site"}),
    ],
)
async def test_a_form_of_another_site_changes_nothing(  # noqa: PLR0917  who could be moved by it
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper, graph: FakeGraph, doors: FakeDoors, path: str, token: str,
    headers: dict[str, str],
) -> None:  # fmt: skip
    own = form_token(await hall.get("/settings"))
    answer = await hall.post(
        path, data=TYPED | {"form": own if token == "own" else token, "theme": "dark"}, headers=headers
    )
    assert answer.status_code == 403
    assert "没有做任何改动" in answer.text
    assert "set-cookie" not in answer.headers
    assert doorkeeper.live == {TOKEN}
    assert (doorkeeper.heard, doorkeeper.wishes, graph.asked, doors.heard) == ([], [], [], [])


async def test_a_form_token_of_another_person_is_not_accepted(
    hall: httpx.AsyncClient, visitor: httpx.AsyncClient
) -> None:
    token = form_token(await visitor.get("/settings"))
    assert (await hall.post("/sign-out", data={"form": token})).status_code == 403


async def test_a_form_larger_than_any_of_ours_is_refused(hall: httpx.AsyncClient) -> None:
    token = form_token(await hall.get("/settings"))
    answer = await hall.post("/settings", data={"form": token, "theme": "dark", "more": "x" * 9000})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "wished",
    [
        "https://elsewhere.example",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "javascript:alert(1)",
        "home",
        "",
        "/sign-in?next=/home",
        "/step-up?level=3",
        "/sign-out",
        "/\r\nSet-Cookie: a=b",
        "/%0d\n",
    ],
)
async def test_after_signing_in_nobody_is_sent_elsewhere(visitor: httpx.AsyncClient, wished: str) -> None:
    token = form_token(await visitor.get("/sign-in"))
    answer = await visitor.post("/sign-in", data=TYPED | {"form": token, "next": wished})
    assert answer.headers["location"] == "/home"


@pytest.mark.parametrize("wished", ["/bills", "/bills/B202610", "/bills?after=x%3D", "/usage"])
def test_after_signing_in_a_page_of_the_hall_can_be_wished_for(wished: str) -> None:
    assert path_after_sign_in(wished) == wished


@pytest.mark.parametrize("wished", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"])
async def test_keeping_a_setting_sends_nobody_elsewhere(visitor: httpx.AsyncClient, wished: str) -> None:
    token = form_token(await visitor.get("/settings"))
    answer = await visitor.post("/settings", data={"form": token, "theme": "dark", "next": wished})
    assert answer.headers["location"] == "/"


async def test_a_bill_of_somebody_else_reads_like_one_that_does_not_exist(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = {"bill": facts.refused("bill_not_found", "me", "bill")}
    answer = await hall.get("/bills/B999")
    assert answer.status_code == 404
    assert "没有找到这张账单" in answer.text
    assert graph.asked[0][1] == {"id": "B999", "basis": "LAST_MONTH"}


@pytest.mark.parametrize("path", SHOWN_PAGES)
async def test_a_number_is_never_shown_whole(hall: httpx.AsyncClient, path: str) -> None:
    assert "13800138001" not in (await hall.get(path)).text


@pytest.mark.parametrize("path", [path for path in OWN_PAGES if path not in SHOWN_PAGES])
async def test_a_page_of_the_owner_s_own_security_is_shut_to_a_helper(
    hall: httpx.AsyncClient, graph: FakeGraph, doorkeeper: FakeDoorkeeper, path: str
) -> None:
    doorkeeper.who = "helper"
    assert (await hall.get(path)).status_code == 403
    assert graph.asked == []


@pytest.mark.parametrize("path", OWNERS_FORMS)
async def test_an_owner_s_form_leads_a_visitor_to_sign_in_and_refuses_a_helper(
    hall: httpx.AsyncClient, visitor: httpx.AsyncClient, graph: FakeGraph, doorkeeper: FakeDoorkeeper, path: str
) -> None:
    answer = await visitor.post(path, data={"form": form_token(await visitor.get("/settings"))})
    assert answer.headers["location"].startswith("/sign-in?next=/")
    doorkeeper.who = "helper"
    assert (await hall.post(path, data={"form": form_token(await hall.get("/settings"))})).status_code == 403
    assert graph.asked == []
