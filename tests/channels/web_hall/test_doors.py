"""Is a page or button there exactly where its part of identity is, and does the browser's passkey reach it?"""

import httpx
import pytest

from graphql_schema.door import Turned
from tests.channels.web_hall import identity_facts as known
from tests.channels.web_hall.conftest import HERE, form_token
from tests.channels.web_hall.fakes import TOKEN, FakeDoorkeeper, FakeDoors, FakeGraph, build_bare_hall

pytestmark = pytest.mark.anyio
ABSENT = ("/security/passkeys", "/privacy/export/X1", "/oauth/authorize?client_id=diary")


@pytest.mark.parametrize("path", ABSENT)
async def test_without_a_part_its_page_is_not_there(path: str) -> None:
    transport = httpx.ASGITransport(build_bare_hall(FakeGraph(), FakeDoorkeeper()))
    async with httpx.AsyncClient(transport=transport, base_url=HERE, cookies={"hall": TOKEN}) as client:
        assert (await client.get(path)).status_code == 404


async def test_without_a_part_no_button_leads_to_it() -> None:
    answers = {
        "security": known.security(), "lines": known.me(ownLines=known.LINES), "privacy": known.privacy(),
    }  # fmt: skip
    transport = httpx.ASGITransport(build_bare_hall(FakeGraph(answers), FakeDoorkeeper()))
    async with httpx.AsyncClient(transport=transport, base_url=HERE, cookies={"hall": TOKEN}) as client:
        pages = [(await client.get(path)).text for path in ("/security", "/lines", "/privacy", "/sign-in?again")]
        steps = (await client.get("/step-up?level=2&within=1&next=/security")).text
    for target in ("/security/passkeys", "/lines/switch", "/privacy/export/", "/sign-in/uam", "passkey.js"):
        assert not any(target in page for page in pages), target
    assert "by=passkey" not in steps


async def test_options_for_a_passkey_are_given_to_a_form_of_ours(hall: httpx.AsyncClient, doors: FakeDoors) -> None:
    form = form_token(await hall.get("/security/passkeys"))
    answer = await hall.post("/passkeys/begin", data={"form": form, "deed": "make"})
    assert answer.json() == {"challenge": "a-challenge", "options": '{"challenge": "AAAA"}'}
    kept = {"form": form, "challenge": "a-challenge", "answer": "{}", "name": "  My   phone "}
    assert (await hall.post("/security/passkeys", data=kept)).headers["location"] == "/security?done=passkey_made"
    assert doors.heard == [("a-challenge", "{}", "My phone")]


async def test_a_visitor_may_use_a_passkey_but_make_none(visitor: httpx.AsyncClient, doors: FakeDoors) -> None:
    form = form_token(await visitor.get("/sign-in"))
    assert (await visitor.post("/passkeys/begin", data={"form": form, "deed": "use"})).status_code == 200
    assert (await visitor.post("/passkeys/begin", data={"form": form, "deed": "make"})).status_code == 403


async def test_a_door_that_is_shut_says_so_in_its_code(hall: httpx.AsyncClient, doors: FakeDoors) -> None:
    form = form_token(await hall.get("/settings"))
    doors.verdict = Turned("unavailable")
    answer = await hall.post("/passkeys/begin", data={"form": form, "deed": "use"})
    assert (answer.status_code, answer.json()) == (503, {"code": "unavailable"})
