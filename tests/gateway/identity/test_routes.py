"""How does the app sign in over HTTP?"""

from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from gateway.database import open_database
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.routes import identity_routes
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, TokenEvidence, Turned

from .conftest import NUMBER, PASSWORD, STRANGER, KnownLines, Phone, Watch, hire_for

pytestmark = pytest.mark.anyio


@pytest.fixture
async def app(keeper: HallDoorkeeper) -> AsyncIterator[httpx.AsyncClient]:
    async with _client(keeper) as client:
        yield client


def _client(keeper: HallDoorkeeper) -> httpx.AsyncClient:
    server = Starlette(routes=identity_routes(keeper))
    transport = httpx.ASGITransport(server)  # a fault of the application would be raised here, as the 500 that it is
    return httpx.AsyncClient(transport=transport, base_url="http://hall.test")


async def test_the_password_gives_a_bearer_token(app: httpx.AsyncClient, keeper: HallDoorkeeper) -> None:
    answer = await app.post("/api/sign-in", json={"number": NUMBER, "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["expiresAt"] == "2026-11-22T16:00:00Z"
    admitted = await keeper.admit(TokenEvidence(answer.json()["token"]), Channel.APP)
    assert isinstance(admitted, Admitted)
    assert admitted.caller.number == NUMBER


async def test_a_texted_code_gives_a_bearer_token(app: httpx.AsyncClient, keeper: HallDoorkeeper, phone: Phone) -> None:
    sent = await app.post("/api/sign-in/code", json={"number": "138 0013 8001"})
    assert sent.status_code == 202
    challenge = sent.json().pop("challenge")
    assert sent.json() | {"challenge": ""} == {
        "expiresAt": "2026-11-22T04:05:00Z",
        "retryAt": "2026-11-22T04:01:00Z",
        "challenge": "",
    }
    await keeper.settle()
    typed = {"number": NUMBER, "code": phone.last_code(NUMBER), "challenge": challenge}
    answer = await app.post("/api/sign-in", json=typed)
    assert answer.status_code == 200
    assert answer.json()["token"]


async def test_signing_out_ends_the_token(app: httpx.AsyncClient, keeper: HallDoorkeeper) -> None:
    token = (await app.post("/api/sign-in", json={"number": NUMBER, "password": PASSWORD})).json()["token"]
    answer = await app.post("/api/sign-out", headers={"Authorization": f"bearer {token}"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert await keeper.admit(TokenEvidence(token), Channel.APP) == Turned("session_ended")
    assert (await app.post("/api/sign-out")).status_code == 400


async def test_wrong_ones_are_401_and_then_429_with_the_time_of_the_next_try(app: httpx.AsyncClient) -> None:
    answers = [await app.post("/api/sign-in", json={"number": NUMBER, "password": "999111"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[0].json() == {"code": "wrong_credentials", "parameters": {"triesLeft": 2}}
    assert answers[2].json() == {"code": "locked", "parameters": {"until": "2026-11-22T16:00:00Z"}}
    assert int(answers[2].headers["retry-after"]) >= 1


async def test_asking_twice_for_a_code_is_429(app: httpx.AsyncClient) -> None:
    for number in (NUMBER, STRANGER):
        assert (await app.post("/api/sign-in/code", json={"number": number})).status_code == 202
        again = await app.post("/api/sign-in/code", json={"number": number})
        assert (again.status_code, again.json()) == (
            429,
            {"code": "too_many_codes", "parameters": {"retryAt": "2026-11-22T04:01:00Z"}},
        )


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"123", b"[]", b'"x"', b"{", b"\xff\xfe", b'{"number": 13800138001, "password": "258001"}'),
        *(b'{"number": "13800138001"}', b'{"number": "13800138001", "password": null}', b"[" * 4000),
        b'{"number": "13800138001", "password": "258001", "code": "123456"}',
        b'{"number": "10086", "password": "258001"}',
        b'{"number": NaN, "password": "258001"}',
    ],
)
async def test_bad_input_is_400_and_counts_nothing(app: httpx.AsyncClient, body: bytes) -> None:
    answer = await app.post("/api/sign-in", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] in {"bad_request", "invalid_number"}
    wrong = await app.post("/api/sign-in", json={"number": NUMBER, "password": "999111"})
    assert wrong.json()["parameters"] == {"triesLeft": 2}


async def test_what_is_too_large_or_a_form_is_refused(app: httpx.AsyncClient) -> None:
    large = await app.post("/api/sign-in", json={"number": NUMBER, "password": "9" * 9000})
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    form = await app.post("/api/sign-in", data={"number": NUMBER, "password": PASSWORD})
    assert (form.status_code, form.json()["code"]) == (415, "not_json")
    assert (await app.get("/api/sign-in")).status_code == 405


async def test_surrogates_and_nul_are_merely_wrong(app: httpx.AsyncClient) -> None:
    for secret in (r"\ud800", r"\u0000", r"\u0000\ud800"):
        body = f'{{"number": "{NUMBER}", "password": "{secret}"}}'.encode()
        answer = await app.post("/api/sign-in", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {401, 429}


async def test_without_a_database_it_is_503(lines: KnownLines, phone: Phone, watch: Watch) -> None:
    engine = open_database("postgresql://nobody@127.0.0.1:1/none")
    keeper = hire_for(engine, lines=lines, phone=phone, now=watch)
    async with _client(keeper) as app:
        for path, body in (
            ("/api/sign-in", {"number": NUMBER, "password": PASSWORD}),
            ("/api/sign-in", {"number": NUMBER, "code": "123456", "challenge": "c"}),
            ("/api/sign-in/code", {"number": NUMBER}),
            ("/api/sign-out", {}),
        ):
            answer = await app.post(path, json=body, headers={"Authorization": "Bearer x"})
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    await keeper.finish()
    await engine.dispose()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["/api/sign-in", "/api/sign-in/code", "/api/sign-out"]), body=st.binary(max_size=200))
async def test_no_junk_is_a_fault_of_ours(app: httpx.AsyncClient, path: str, body: bytes) -> None:
    answer = await app.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
