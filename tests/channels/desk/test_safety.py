"""Can anybody sit down at the desk, be sent elsewhere, or send a form in a colleague's name?"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select

from gateway.database import read
from gateway.identity.tables import hall_session
from graphql_schema.client import Role
from graphql_schema.staff_door import EnrolmentOffer
from tests.channels.desk.conftest import Colleague, SignIn, form_token
from tests.channels.desk.forms import FORMS, OWN_FORMS, OWN_PAGES
from tests.channels.desk.stage import NUMBERS, PASSPHRASE, DeskStage

pytestmark = pytest.mark.anyio
Come = Callable[[], Awaitable[Colleague]]
TYPED = {"number": NUMBERS["L1"], "reason": "a reason of theirs", "numbers": NUMBERS["L1"], "step": "propose"}
BY_ANOTHER_SITE: tuple[tuple[str, dict[str, str]], ...] = (
    ("", {}),
    ("nonce.forged", {}),
    ("own", {"origin": "https://elsewhere.example"}),
    ("own", {"origin": "null"}),
    ("own", {"sec-fetch-site": "cross-site"}),
    ("own", {"sec-fetch-site": "same-site"}),
)
"""A form's token, and the headers that a browser sends along."""


@pytest.mark.parametrize("path", OWN_PAGES)
async def test_a_visitor_is_led_to_sign_in(come: Come, path: str) -> None:
    answer = await (await come()).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")


@pytest.mark.parametrize("path", OWN_FORMS)
async def test_a_visitors_form_does_nothing(stage: DeskStage, come: Come, path: str) -> None:
    answer = await (await come()).send(path, on="/desk/sign-in", **TYPED)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")
    async with read(stage.engine) as connection:
        assert len((await connection.execute(select(hall_session))).all()) == 3


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_of_another_site_changes_nothing(stage: DeskStage, sign_in: SignIn, path: str) -> None:
    colleague = await sign_in(Role.CARE)
    own = form_token(await colleague.get("/desk"))
    for token, headers in BY_ANOTHER_SITE:
        typed = TYPED | {"form": own if token == "own" else token, "theme": "dark"}
        answer = await colleague.client.post(path, data=typed, headers=headers)
        assert answer.status_code == 403
        assert "没有做任何改动" in answer.text
        assert "set-cookie" not in answer.headers
    assert (await colleague.get("/desk")).status_code == 200
    async with read(stage.engine) as connection:
        assert len((await connection.execute(select(hall_session))).all()) == 3


@pytest.mark.parametrize("path", ["/desk/sign-in", "/desk/enrol"])
async def test_a_stranger_makes_nobody_work_in_the_strangers_name(stage: DeskStage, sign_in: SignIn, path: str) -> None:
    """All that is typed is right: only whose form it is tells the two apart."""
    colleague = await sign_in(Role.CARE, "1001")
    token, own = colleague.client.cookies["desk"], form_token(await colleague.get("/desk"))
    typed = await (_type_sign_in if path == "/desk/sign-in" else _type_enrolment)(stage)
    for sent, headers in BY_ANOTHER_SITE:
        forged = typed | {"form": own if sent == "own" else sent}
        answer = await colleague.client.post(path, data=forged, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert colleague.client.cookies["desk"] == token
    answer = await colleague.client.post(path, data=typed | {"form": own})
    assert answer.headers["location"] == "/desk"
    assert colleague.client.cookies["desk"] != token


async def _type_sign_in(stage: DeskStage) -> dict[str, str]:
    key = await stage.employ(Role.AUDITOR, "1666")
    return {"id": "1666", "passphrase": PASSPHRASE, "code": stage.code(key)}


async def _type_enrolment(stage: DeskStage) -> dict[str, str]:
    invitation = await stage.invite(Role.AUDITOR, "1666")
    offer = await stage.door.begin_enrolment(invitation.code, source="192.0.2.1")
    assert isinstance(offer, EnrolmentOffer)
    code, chosen = stage.code(offer.key), {"passphrase": PASSPHRASE, "again": PASSPHRASE}
    return chosen | {"step": "finish", "enrolment": invitation.code, "code": code}


async def test_a_form_token_of_another_colleague_is_not_accepted(sign_in: SignIn) -> None:
    one, other = await sign_in(Role.CARE, "1001"), await sign_in(Role.CARE, "1002")
    typed = TYPED | {"form": form_token(await one.get("/desk"))}
    assert (await other.client.post("/desk/line/end-sessions", data=typed)).status_code == 403


async def test_a_wrong_sign_in_says_how_many_tries_are_left_and_keeps_the_number_alone(
    stage: DeskStage, come: Come
) -> None:
    await stage.employ(Role.CARE, "1001")
    colleague = await come()
    for left in (4, 3, 2, 1):
        answer = await colleague.send("/desk/sign-in", id="1001", passphrase="a wrong passphrase", code="123456")
        assert (answer.status_code, f"还可以试 {left} 次" in answer.text) == (422, True)
        assert 'value="1001"' in answer.text
        assert "a wrong passphrase" not in answer.text
        assert "123456" not in answer.text
    answer = await colleague.send("/desk/sign-in", id="1001", passphrase="a wrong passphrase", code="123456")
    assert (answer.status_code, "已锁定" in answer.text) == (429, True)


async def test_a_session_that_ended_is_said_and_its_cookie_taken_back(stage: DeskStage, sign_in: SignIn) -> None:
    colleague = await sign_in(Role.CARE)
    stage.clock.advance(minutes=16)
    answer = await colleague.get("/desk/line")
    assert answer.headers["location"] == "/desk/sign-in?why=session_ended"
    assert 'desk=""' in answer.headers["set-cookie"]
    assert "登录已结束" in (await colleague.get(answer.headers["location"])).text


async def test_signing_out_ends_the_session_in_the_house_too(sign_in: SignIn) -> None:
    colleague = await sign_in(Role.CARE)
    token = colleague.client.cookies["desk"]
    await colleague.send("/desk/sign-out", on="/desk")
    colleague.client.cookies.set("desk", token, domain="localhost.local")
    assert (await colleague.get("/desk")).headers["location"] == "/desk/sign-in?why=session_ended"


async def test_a_signed_in_browser_gets_another_token_when_it_signs_in_again(stage: DeskStage, sign_in: SignIn) -> None:
    colleague, key = await sign_in(Role.CARE, "1001"), await stage.employ(Role.AUDITOR, "1002")
    before = colleague.client.cookies["desk"]
    token = form_token(await colleague.get("/desk"))
    typed = {"id": "1002", "passphrase": PASSPHRASE, "code": stage.code(key), "form": token}
    await colleague.client.post("/desk/sign-in", data=typed)
    assert colleague.client.cookies["desk"] != before
    assert "审计" in (await colleague.get("/desk")).text
    colleague.client.cookies.set("desk", before, domain="localhost.local")
    assert (await colleague.get("/desk")).status_code == 303


async def test_cookies_are_strict_out_of_reach_of_scripts_and_bound_to_the_host_over_https(stage: DeskStage) -> None:
    key = await stage.employ(Role.CARE, "1001")
    transport = httpx.ASGITransport(replace(stage, secure=True).application())
    async with httpx.AsyncClient(transport=transport, base_url="https://hall.example") as client:
        form = await client.get("/desk/sign-in")
        assert form.headers["set-cookie"].startswith("__Host-desk-form=")
        assert "max-age" in form.headers["strict-transport-security"]
        typed = {"id": "1001", "passphrase": PASSPHRASE, "code": stage.code(key), "form": form_token(form)}
        answer = await client.post("/desk/sign-in", data=typed)
    session = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("__Host-desk="))
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} <= set(session.split("; "))
    assert "domain" not in session.lower()


@pytest.mark.parametrize("path", ["/desk", "/desk/sign-in", "/desk/enrol", "/desk/line", "/desk/nowhere"])
async def test_every_page_comes_with_a_strict_policy_is_kept_by_nobody_and_has_nothing_inline(
    sign_in: SignIn, path: str
) -> None:
    answer = await (await sign_in(Role.CARE)).get(path)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", answer.text)


async def test_the_page_with_the_key_is_as_strict(stage: DeskStage, come: Come) -> None:
    invitation = await stage.invite(Role.CARE, "1024")
    answer = await (await come()).send("/desk/enrol", step="begin", enrolment=invitation.code)
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:|data:", answer.text)


@pytest.mark.parametrize("wished", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere", "/home"])
async def test_keeping_a_setting_sends_nobody_elsewhere(come: Come, wished: str) -> None:
    answer = await (await come()).send("/desk/settings", on="/desk/sign-in", theme="dark", next=wished)
    assert answer.headers["location"] == "/desk"


async def test_a_cookie_of_the_hall_opens_nothing_here(come: Come) -> None:
    colleague = await come()
    colleague.client.cookies.set("hall", "a-session-of-a-customer", domain="localhost.local")
    assert (await colleague.get("/desk")).headers["location"] == "/desk/sign-in"


async def test_a_page_that_breaks_says_so_and_the_log_quotes_nobody(
    stage: DeskStage, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    colleague = await sign_in(Role.CARE)

    async def break_off(*_: object, **__: object) -> None:
        raise RuntimeError(f"the number {NUMBERS['L1']}")

    monkeypatch.setattr("channels.desk.desk.Desk.ask", break_off)
    answer = await colleague.send("/desk/line", number=NUMBERS["L1"])
    assert (answer.status_code, "出了一点问题" in answer.text) == (500, True)
    assert "RuntimeError" in caplog.text
    assert NUMBERS["L1"] not in caplog.text
