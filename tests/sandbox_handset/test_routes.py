"""Does the phone's page get what it asks for, and a refusal for what makes no sense?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette

from sandbox.handset.routes import FILES, handset_routes
from tests.sandbox_handset.conftest import Shelf, serve

pytestmark = pytest.mark.anyio
NUMBER = "13800138001"
MENU = """<form><field name="choice">
  <grammar mode="dtmf" version="1.0" root="r"><rule id="r"><item>1</item></rule></grammar>
  <prompt>Press one.</prompt><filled><prompt>Thanks.</prompt></filled></field></form>"""


@dataclass(frozen=True)
class Text:
    id: int
    at: datetime
    direction: str
    text: str
    parts: int


@dataclass
class Centre:
    """A short message centre that answers at once."""

    texts: dict[str, list[Text]] = field(default_factory=dict)

    async def send_text(self, number: str, text: str) -> None:
        self.note(number, "sent", text)

    def note(self, number: str, direction: str, text: str) -> None:
        thread = self.texts.setdefault(number, [])
        thread.append(Text(len(thread) + 1, datetime.now(UTC), direction, text, 1))

    def thread(self, number: str) -> list[Text]:
        return self.texts.get(number, [])


@pytest.fixture
def centre() -> Centre:
    return Centre()


@pytest.fixture
async def page(centre: Centre, shelf: Shelf) -> AsyncIterator[httpx.AsyncClient]:
    ivr_url = shelf.put(MENU, "/ivr")
    async for url in serve(Starlette(routes=handset_routes(centre, ivr_url=ivr_url, ivr_token="secret"))):
        async with httpx.AsyncClient(base_url=url) as client:
            yield client


async def test_the_page_and_its_files_are_there_under_a_strict_policy(page: httpx.AsyncClient) -> None:
    for path in ("/handset", *(f"/handset/{name}" for name in FILES)):
        answer = await page.get(path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert (await page.get("/handset/routes.py")).status_code == 404


async def test_a_text_is_sent_and_the_answer_arrives_while_the_page_waits(
    page: httpx.AsyncClient, centre: Centre
) -> None:
    assert (await page.post("/handset/messages", json={"number": NUMBER, "text": "YE"})).status_code == 202
    waiting = asyncio.create_task(page.get("/handset/messages", params={"number": NUMBER, "after": "1", "wait": "10"}))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    centre.note(NUMBER, "received", "余额 128.50")
    (message,) = (await waiting).json()
    assert (message["direction"], message["text"], message["parts"]) == ("received", "余额 128.50", 1)
    thread = (await page.get("/handset/messages", params={"number": NUMBER})).json()
    assert [text["text"] for text in thread] == ["YE", "余额 128.50"]


async def test_a_call_is_dialled_answered_and_hung_up(page: httpx.AsyncClient, shelf: Shelf) -> None:
    call = (await page.post("/handset/calls", json={"caller": NUMBER})).json()
    assert (call["state"], call["silenceSeconds"], call["bargeIn"]) == ("talking", 10, True)
    assert call["turns"][0]["pieces"][0]["text"] == "Press one."
    wrong = (await page.post(f"/handset/calls/{call['id']}/keys", json={"key": "7"})).json()
    assert wrong["turns"][-1]["pieces"][0]["text"] == "Press one."
    ended = (await page.post(f"/handset/calls/{call['id']}/keys", json={"key": "1"})).json()
    assert (ended["state"], ended["turns"][-1]["pieces"][0]["text"]) == ("ended", "Thanks.")
    again = (await page.delete(f"/handset/calls/{call['id']}")).json()
    assert again["state"] == "ended"


async def test_the_token_goes_to_the_hall_as_a_bearer_and_nowhere_else(page: httpx.AsyncClient, shelf: Shelf) -> None:
    call = (await page.post("/handset/calls", json={"caller": NUMBER})).json()
    assert "secret" not in str(call)
    assert shelf.bearers == ["Bearer secret"]


async def test_a_silence_that_a_key_has_overtaken_does_nothing(page: httpx.AsyncClient) -> None:
    call = (await page.post("/handset/calls", json={"caller": NUMBER})).json()
    silence = f"/handset/calls/{call['id']}/silence"
    late = (await page.post(silence, json={"seen": call["seen"] - 1})).json()
    assert len(late["turns"]) == 1
    due = (await page.post(silence, json={"seen": call["seen"]})).json()
    assert [turn["speaker"] for turn in due["turns"]] == ["hall", "caller", "hall"]


async def test_many_calls_push_out_the_oldest(page: httpx.AsyncClient) -> None:
    calls = [(await page.post("/handset/calls", json={"caller": NUMBER})).json()["id"] for _ in range(66)]
    assert (await page.delete(f"/handset/calls/{calls[0]}")).status_code == 404
    assert (await page.delete(f"/handset/calls/{calls[-1]}")).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/handset/messages", b"null"),
        ("/handset/messages", b"[1]"),
        ("/handset/messages", b"{"),
        ("/handset/messages", b"[" * 8000),
        ("/handset/messages", b'{"number": "13800138001", "text": "  "}'),
        ("/handset/messages", b'{"number": "13800138001", "text": 1}'),
        ("/handset/messages", b'{"number": "1380013800x", "text": "YE"}'),
        ("/handset/messages", b'{"number": "13800138001", "text": "' + b"x" * 9000 + b'"}'),
        ("/handset/calls", b"\xff"),
        ("/handset/calls", b'{"caller": null}'),
        ("/handset/calls/none/keys", b'{"key": "12"}'),
        ("/handset/calls/none/silence", b'{"seen": "1"}'),
    ],
)
async def test_a_senseless_request_is_refused(page: httpx.AsyncClient, path: str, body: bytes) -> None:
    answer = await page.post(path, content=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "bad_request"})


@pytest.mark.parametrize("query", ["number=x", "number=13800138001&after=-1", "number=13800138001&wait=x", ""])
async def test_a_senseless_question_is_refused(page: httpx.AsyncClient, query: str) -> None:
    assert (await page.get(f"/handset/messages?{query}")).status_code == 400


async def test_a_call_that_is_not_there_is_not_found(page: httpx.AsyncClient) -> None:
    assert (await page.post("/handset/calls/none/keys", json={"key": "1"})).status_code == 404
    assert (await page.delete("/handset/calls/none")).status_code == 404
