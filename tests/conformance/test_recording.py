"""Does the recorder keep what was sent and answered, and change neither?"""

import json
from typing import Any

import httpx
import pytest

from tests.conformance.recording import Recorder

pytestmark = pytest.mark.anyio


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers in two pieces with what it was sent."""
    sent = (await receive())["body"]
    await send({"type": "http.response.start", "status": 201, "headers": [(b"X-Total-Count", b"1")]})
    await send({"type": "http.response.body", "body": sent[:5], "more_body": True})
    await send({"type": "http.response.body", "body": sent[5:]})


async def test_an_exchange_is_kept_as_it_was() -> None:
    recorder = Recorder(echo)
    transport = httpx.ASGITransport(recorder)
    async with httpx.AsyncClient(transport=transport, base_url="http://bss.example/tmf-api") as client:
        answer = await client.post("/party/v4/hub?a.b=%E4%B8%AD,x&empty=", json={"callback": "http://hall"})
        await client.post("http://bss.example/sandbox/usage", json={})
    assert answer.json() == {"callback": "http://hall"}
    [kept] = recorder.exchanges
    assert (kept.method, kept.path, kept.status) == ("POST", "/party/v4/hub", 201)
    assert kept.query == (("a.b", "中,x"), ("empty", ""))
    assert json.loads(kept.request_body) == json.loads(kept.body) == {"callback": "http://hall"}
    assert kept.request_headers["content-type"] == "application/json"
    assert kept.headers["x-total-count"] == "1"
