"""Does a client of a partner's get what its person allowed, and nothing without a word?"""

from urllib.parse import quote

import httpx
import pytest

from graphql_schema.door import LeadTo, MustProve, Turned
from tests.channels.web_hall.conftest import form_token
from tests.channels.web_hall.fakes import FakeDoorkeeper, FakeDoors

pytestmark = pytest.mark.anyio
ASKED = "/oauth/authorize?client_id=diary&scope=line+usage&state=s1&redirect_uri=https%3A%2F%2Fdiary.example%2Fback"
AWAY = "https://diary.example/back?code=c0de&state=s1"


async def test_the_page_says_who_asks_for_what_and_how_it_ends(hall: httpx.AsyncClient, doors: FakeDoors) -> None:
    page = (await hall.get(ASKED, headers={"accept-language": "en"})).text
    for said in ("Budget Diary", "diary.example", "138****8001", "Data, calls and texts used", "privacy page"):
        assert said in page
    assert page.count('class="btn wide" name="answer"') == 2, "yes and no look alike"


async def test_a_visitor_signs_in_first_and_comes_back_to_the_whole_request(
    visitor: httpx.AsyncClient, doors: FakeDoors, doorkeeper: FakeDoorkeeper
) -> None:
    led = await visitor.get(ASKED)
    assert led.headers["location"] == f"/sign-in?next={quote(ASKED, safe='/')}"
    form = await visitor.get(led.headers["location"])
    typed = {"form": form_token(form), "number": "13800138001", "password": "258001", "by": "password", "next": ASKED}
    hop = await visitor.post("/sign-in", data=typed)
    assert (hop.status_code, hop.headers["refresh"]) == (200, f"0;url={ASKED}"), "no form is redirected from here on"
    assert "Budget Diary" in (await visitor.get(ASKED)).text


@pytest.mark.parametrize(("answer", "granted"), [("allow", True), ("deny", False), ("", False)])
async def test_the_answer_leads_back_to_the_client_by_a_page_of_its_own(
    hall: httpx.AsyncClient, doors: FakeDoors, answer: str, granted: bool
) -> None:
    form = {"form": form_token(await hall.get(ASKED)), "request": "s1", "answer": answer}
    hop = await hall.post("/oauth/authorize", data=form)
    assert doors.heard == [("s1", granted)]
    address = f"https://diary.example/back?{'code=c0de' if granted else 'error=access_denied'}"
    assert (hop.status_code, hop.headers["refresh"]) == (200, f"0;url={address}")
    assert f'href="{address}"' in hop.text
    assert hop.headers["cache-control"] == "no-store"


async def test_a_request_that_needs_no_page_is_led_back_at_once(hall: httpx.AsyncClient, doors: FakeDoors) -> None:
    doors.verdict = LeadTo(AWAY)
    answer = await hall.get(ASKED)
    assert (answer.status_code, answer.headers["location"]) == (303, AWAY)


async def test_a_client_that_wants_a_fresher_proof_gets_one(hall: httpx.AsyncClient, doors: FakeDoors) -> None:
    doors.verdict = MustProve(3, 300)
    answer = await hall.get(ASKED)
    assert answer.headers["location"] == f"/step-up?level=3&within=300&next={quote(ASKED, safe='/')}"


@pytest.mark.parametrize("code", ["bad_client", "bad_redirect", "bad_request", "a_code_of_tomorrow"])
async def test_a_client_that_asks_wrongly_is_told_of_here_and_never_led_to(
    hall: httpx.AsyncClient, doors: FakeDoors, code: str
) -> None:
    doors.verdict = Turned(code)
    answer = await hall.get(ASKED)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "refresh" not in answer.headers
    assert "https://diary.example" not in answer.text


async def test_a_repeated_parameter_is_refused_before_anybody_reads_it(
    hall: httpx.AsyncClient, doors: FakeDoors
) -> None:
    doors.verdict = LeadTo(AWAY)
    assert (await hall.get(ASKED + "&redirect_uri=https://elsewhere.example")).status_code == 400


async def test_an_answer_that_was_given_before_leads_nowhere(hall: httpx.AsyncClient, doors: FakeDoors) -> None:
    form = {"form": form_token(await hall.get(ASKED)), "request": "s1", "answer": "allow"}
    doors.verdict = Turned("bad_request")
    answer = await hall.post("/oauth/authorize", data=form)
    assert answer.status_code == 400
    assert "refresh" not in answer.headers


async def test_a_helper_allows_no_client_for_the_owner(
    hall: httpx.AsyncClient, doorkeeper: FakeDoorkeeper, doors: FakeDoors
) -> None:
    doorkeeper.who = "helper"
    form = {"form": form_token(await hall.get("/settings")), "request": "s1", "answer": "allow"}
    await hall.post("/oauth/authorize", data=form)
    assert doors.heard == []
