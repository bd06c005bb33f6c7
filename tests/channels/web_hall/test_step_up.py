"""Does a deed that needs one more proof get it, and does the person come back without anything done by itself?"""

import base64
import re

import httpx
import pytest

from graphql_schema.client import Channel
from graphql_schema.door import CodeEvidence, CodeWish, PasskeyEvidence, PasswordEvidence, Purpose, Turned
from tests.channels.web_hall import facts
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall.conftest import form_token
from tests.channels.web_hall.fakes import TOKEN, FakeDoorkeeper, FakeGraph

pytestmark = pytest.mark.anyio
STEP = "/step-up?level=3&within=600&next=/privacy/export"
BROWSER = f"python-httpx/{httpx.__version__}"


async def _send(client: httpx.AsyncClient, path: str, **typed: str) -> httpx.Response:
    token = form_token(await client.get("/settings"))
    return await client.post(path, data={"form": token} | typed)


async def test_a_refused_deed_leads_to_the_step_up_page_and_back_to_its_form_with_what_was_typed(
    hall: httpx.AsyncClient, graph: FakeGraph, doorkeeper: FakeDoorkeeper
) -> None:
    graph.answers = {"grant_help": known.step_up("grantHelp", 2)}
    led = await _send(hall, "/helpers/grant", number="138 0013 8003", scope_bills="on", days="7")
    assert led.headers["location"] == "/step-up?level=2&within=600&next=/helpers/grant"
    graph.asked.clear()
    doorkeeper.verdict = "proved"
    proved = await _send(
        hall, "/step-up", level="2", within="600", next="/helpers/grant", by="password", password="258001"
    )
    assert proved.headers["location"] == "/helpers/grant"
    form = (await hall.get("/helpers/grant")).text
    assert 'value="138 0013 8003"' in form
    assert re.search(r'name="scope_bills" value="on" checked', form)
    assert not re.search(r'name="scope_usage" value="on" checked', form)
    assert '<option value="7" selected>' in form
    assert graph.asked == [], "nothing is sent by itself"
    assert 'value="138 0013 8003"' not in (await hall.get("/helpers/grant")).text, "it stands there once"


async def test_a_draft_is_shown_in_no_other_form(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"grant_help": known.step_up("grantHelp", 2)}
    await _send(hall, "/helpers/grant", number="13800138003", days="7")
    assert "13800138003" not in (await hall.get("/helpers/ask")).text
    assert "13800138003" not in (await hall.get("/lines/link")).text


async def test_a_draft_never_holds_a_secret(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    graph.answers = {"change_password": known.step_up("changePassword", 2), "link_line": known.step_up("linkLine")}
    graph.answers |= {"lines": known.me(ownLines=[])}
    first = await _send(hall, "/security/password", old_password="258001", new_password="852963", again="852963")
    second = await _send(hall, "/lines/link", number="13800138005", code="135246", challenge="c", deed="check")
    cookies = [*first.headers.get_list("set-cookie"), *second.headers.get_list("set-cookie")]
    cookies += [
        base64.urlsafe_b64decode(part + "==").decode(errors="replace")
        for part in re.findall(r"draft=[^?]*\?([\w-]+)", " ".join(cookies))
    ]
    assert any("13800138005" in cookie for cookie in cookies)
    assert not any(secret in cookie for cookie in cookies for secret in ("258001", "852963", "135246"))


async def test_a_long_complaint_waits_whole_for_the_proof(hall: httpx.AsyncClient, graph: FakeGraph) -> None:
    words = "未使用该业务却被扣费"[:10] * 50
    line = {"id": "r1", "name": {"zh": "费", "en": "fee"}, "amount": facts.yuan("9.00"), "number": None}
    bill = {"id": "B1", "category": "NORMAL", "periodStart": "2026-10-01", "total": facts.yuan("9.00")}
    found = {"bill": bill, "subjects": [{"code": "OTHER", "ratedLines": [line]}]}
    graph.answers = {"dispute_charge": known.step_up("disputeCharge", 2), "charge": known.me(bill=found, disputes=[])}
    led = await _send(hall, "/bills/B1/dispute", line="r1", reason="NOT_USED", words=words, deed="send")
    assert led.headers["location"].startswith("/step-up")
    assert all(len(cookie) < 4096 for cookie in led.headers.get_list("set-cookie"))
    assert words in (await hall.get("/bills/B1/dispute")).text


@pytest.mark.parametrize("kept", ["/helpers/grant?number=1", "/helpers/grant?WzFd", "/helpers/grant?_w==", "x"])
async def test_a_draft_that_nobody_can_read_is_none(hall: httpx.AsyncClient, kept: str) -> None:
    hall.cookies.set("draft", kept)
    answer = await hall.get("/helpers/grant")
    assert answer.status_code == 200


async def test_a_page_that_needs_more_leads_to_the_step_up_page_and_back(
    hall: httpx.AsyncClient, graph: FakeGraph
) -> None:
    graph.answers = {
        "bill": facts.refused("step_up_required", "me", "bill", needed=3, have=2, fresh_within_seconds=600)
    }
    answer = await hall.get("/bills/B202610")
    assert answer.headers["location"] == "/step-up?level=3&within=600&next=/bills/B202610"


@pytest.mark.parametrize(
    ("query", "offered"),
    [("level=2&within=600", ["code", "password", "passkey"]), ("level=3&within=600", ["code"])],
)
async def test_the_page_offers_exactly_what_would_do(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper, query: str, offered: list[str]
) -> None:
    page = (await hall.get(f"/step-up?{query}&next=/privacy")).text
    shown = re.findall(r"&amp;by=(\w+)", page) or re.findall(r'name="by" value="(\w+)"', page)
    assert shown == offered


async def test_whoever_proved_a_code_just_now_is_asked_for_the_other_half_alone(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.who = "half"
    page = (await hall.get(STEP)).text
    assert re.findall(r"&amp;by=(\w+)", page) == ["password", "passkey"]


async def test_two_proofs_are_asked_for_one_after_the_other(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    sent = await _send(hall, "/step-up", level="3", within="600", next="/privacy/export", by="code", deed="send")
    assert doorkeeper.wishes == [CodeWish("13800138001", Purpose.STEP_UP, Channel.WEB, "127.0.0.1")]
    assert 'name="challenge" value="a-challenge"' in sent.text
    doorkeeper.verdict = "half"
    typed = {"level": "3", "within": "600", "next": "/privacy/export", "by": "code", "code": "135 246", "deed": "check"}
    half = await _send(hall, "/step-up", **typed, challenge="a-challenge")
    assert half.headers["location"] == STEP
    evidence = doorkeeper.heard[-1]
    assert isinstance(evidence, CodeEvidence)
    assert (evidence.number, evidence.code, evidence.purpose) == ("13800138001", "135246", Purpose.STEP_UP)
    assert (evidence.challenge, evidence.device_name) == ("a-challenge", BROWSER)
    doorkeeper.verdict = "proved"
    whole = await _send(
        hall, "/step-up", level="3", within="600", next="/privacy/export", by="password", password="258001"
    )
    assert whole.headers["location"] == "/privacy/export"
    assert isinstance(doorkeeper.heard[-1], PasswordEvidence)


async def test_the_session_goes_on_under_a_new_secret_and_the_device_is_kept_for_a_year(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.verdict = "proved"
    answer = await _send(hall, "/step-up", level="2", within="600", next="/security", by="password", password="258001")
    cookies = answer.headers.get_list("set-cookie")
    assert any(cookie.startswith("hall=a-new-session;") for cookie in cookies)
    device = next(cookie for cookie in cookies if cookie.startswith("device=a-new-device;"))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(device.split("; "))
    assert re.search(r"Max-Age=3153\d{4}", device)
    assert TOKEN not in doorkeeper.live
    await _send(hall, "/step-up", level="3", within="600", next="/security", by="code", deed="send")
    assert doorkeeper.wishes[-1].device == "a-new-device"


async def test_a_passkey_is_handed_on_with_its_challenge(hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper) -> None:
    doorkeeper.verdict = "proved"
    typed = {"level": "2", "within": "600", "next": "/security", "by": "passkey", "challenge": "c", "answer": "{}"}
    await _send(hall, "/step-up", **typed)
    assert doorkeeper.heard == [PasskeyEvidence("c", "{}", "127.0.0.1", device_name=BROWSER)]


async def test_a_wrong_code_keeps_the_challenge_and_a_new_one_can_be_asked_for(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.verdict = Turned("wrong_credentials", {"tries_left": 4})
    page = await _send(
        hall, "/step-up", level="3", next="/security", by="code", code="1", challenge="c-1", deed="check"
    )
    assert page.status_code == 422
    assert 'name="challenge" value="c-1"' in page.text
    assert 'value="send"' in page.text


async def test_a_session_that_ended_meanwhile_leads_to_sign_in(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper
) -> None:
    doorkeeper.verdict = Turned("session_ended")
    answer = await _send(hall, "/step-up", level="2", next="/security", by="password", password="258001")
    assert answer.headers["location"].startswith("/sign-in?next=")


async def test_who_holds_enough_goes_straight_on(hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper) -> None:
    doorkeeper.who = "proved"
    assert (await hall.get(STEP)).headers["location"] == "/privacy/export"


@pytest.mark.parametrize("wished", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", ""])
async def test_after_a_proof_nobody_is_sent_elsewhere(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper, wished: str
) -> None:
    doorkeeper.verdict = "proved"
    answer = await _send(hall, "/step-up", level="2", next=wished, by="password", password="258001")
    assert answer.headers["location"] == "/home"


async def test_a_helper_proves_nothing_for_the_owner(hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper) -> None:
    doorkeeper.who = "helper"
    assert (await hall.get(STEP)).status_code == 403
    await _send(hall, "/step-up", level="3", next="/home", by="code", deed="send")
    assert doorkeeper.wishes == [], "no code goes to the owner's phone at a helper's wish"


async def test_a_change_of_language_keeps_what_is_to_be_proved(hall: httpx.AsyncClient) -> None:
    page = await _send(hall, "/step-up", level="3", within="600", next="/privacy/export", by="code", deed="check")
    assert f'name="next" value="{STEP.replace("&", "&amp;")}"' in page.text
