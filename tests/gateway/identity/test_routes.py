"""How does the app sign in over HTTP?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from gateway.database import open_database
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.routes import identity_routes
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, PasskeyChallenge, Purpose, TokenEvidence, Turned

from .conftest import NUMBER, PASSWORD, STRANGER, KnownLines, Phone, Watch, hire_for

pytestmark = pytest.mark.anyio
PATHS = ["/api/sign-in", "/api/sign-in/code", "/api/sign-out", "/api/step-up", "/api/passwords/reset"]


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
@given(path=st.sampled_from(PATHS), body=st.binary(max_size=200))
async def test_no_junk_is_a_fault_of_ours(app: httpx.AsyncClient, path: str, body: bytes) -> None:
    answer = await app.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


class Switch:
    """Another line of the same person."""

    async def switch(self, token: str, line_id: str, channel: Channel) -> Admitted | Turned:
        if line_id != "L2":
            return Turned("not_found")
        return Admitted(Caller(channel, "L2"), f"{token}, another", datetime(2026, 11, 22, 16, tzinfo=UTC))


class Shelf:
    """Begins the use of a passkey."""

    async def begin_use(self, *, source: str) -> PasskeyChallenge | Turned:
        return PasskeyChallenge("c1", '{"rpId": "localhost"}')

    async def begin_making(self, caller: Caller) -> PasskeyChallenge | Turned:
        raise NotImplementedError("only the web hall makes passkeys")

    async def finish_making(self, caller: Caller, challenge: str, answer: str, name: str) -> Turned | None:
        raise NotImplementedError("only the web hall makes passkeys")


async def _sign_in(app: httpx.AsyncClient, **more: str) -> dict[str, str]:
    answer = await app.post("/api/sign-in", json={"number": NUMBER, "password": PASSWORD, **more})
    assert answer.status_code == 200
    facts: dict[str, str] = answer.json()
    return facts


async def _code(
    app: httpx.AsyncClient, keeper: HallDoorkeeper, phone: Phone, purpose: str, **more: str
) -> dict[str, str]:
    sent = await app.post("/api/sign-in/code", json={"number": NUMBER, "purpose": purpose, **more})
    assert sent.status_code == 202
    await keeper.settle()
    return {"code": phone.last_code(NUMBER), "challenge": sent.json()["challenge"]}


async def test_a_new_device_gets_its_secret_and_sends_it_along_later(app: httpx.AsyncClient) -> None:
    first = await _sign_in(app, deviceName="Pixel 9")
    assert len(first["device"]) >= 43
    assert "device" not in await _sign_in(app, device=first["device"])


async def test_stepping_up_exchanges_the_token(app: httpx.AsyncClient, keeper: HallDoorkeeper, phone: Phone) -> None:
    token = (await _sign_in(app))["token"]
    typed = await _code(app, keeper, phone, "step_up")
    surer = await app.post("/api/step-up", json=typed, headers={"Authorization": f"Bearer {token}"})
    assert (surer.status_code, set(surer.json())) == (200, {"token", "expiresAt"})
    admitted = await keeper.admit(TokenEvidence(surer.json()["token"]), Channel.APP)
    assert isinstance(admitted, Admitted)
    assert admitted.caller.assurance == 3
    again = await app.post("/api/step-up", json={"password": PASSWORD}, headers={"Authorization": f"Bearer {token}"})
    assert (again.status_code, again.json()["code"]) == (401, "session_ended")
    assert (await app.post("/api/step-up", json={"password": PASSWORD})).status_code == 400


async def test_a_code_to_reset_and_the_id_set_a_new_password(
    app: httpx.AsyncClient, keeper: HallDoorkeeper, phone: Phone
) -> None:
    typed = await _code(app, keeper, phone, "reset")
    form = {"number": NUMBER, **typed, "identityNumber": "110101199003078515", "newPassword": "111111"}
    weak = await app.post("/api/passwords/reset", json=form)
    assert (weak.status_code, weak.json()) == (400, {"code": "weak_password", "parameters": {"reason": "all_equal"}})
    done = await app.post("/api/passwords/reset", json=form | {"newPassword": "471920"})
    assert (done.status_code, done.content) == (204, b"")
    assert (await app.post("/api/sign-in", json={"number": NUMBER, "password": "471920"})).status_code == 200


async def test_a_code_to_link_a_line_names_who_asks(
    app: httpx.AsyncClient, keeper: HallDoorkeeper, phone: Phone, lines: KnownLines
) -> None:
    lines.ids |= {"13800138002": "L2", "13800138003": "L3"}
    bearer = {"Authorization": f"Bearer {(await _sign_in(app))['token']}"}
    wish = {"number": "13800138002", "purpose": "link_line"}
    assert (await app.post("/api/sign-in/code", json=wish)).status_code == 400
    assert (await app.post("/api/sign-in/code", json=wish, headers=bearer)).status_code == 202
    at_home = {"number": NUMBER, "purpose": "link_line", "other": "02088880009"}
    assert (await app.post("/api/sign-in/code", json=at_home, headers=bearer)).status_code == 202
    forged = {"number": "13800138003", "purpose": "link_line", "other": "13900139009"}
    await app.post("/api/sign-in/code", json=forged, headers=bearer)
    await keeper.settle()
    assert sorted(about for _, about in phone.reasons) == ["020****0009", "138****8001", "138****8001"]
    assert {purpose for purpose, _ in phone.reasons} == {Purpose.LINK_LINE}


async def test_a_code_for_a_payment_is_not_asked_for_here(app: httpx.AsyncClient) -> None:
    answer = await app.post("/api/sign-in/code", json={"number": NUMBER, "purpose": "payment"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_the_app_switches_lines_and_asks_for_a_passkey_where_the_house_can(keeper: HallDoorkeeper) -> None:
    server = Starlette(routes=identity_routes(keeper, line_switch=Switch(), passkeys=Shelf()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://hall.test") as app:
        asked = await app.post("/api/passkeys/challenge", json={})
        assert asked.json() == {"challenge": "c1", "options": {"rpId": "localhost"}}
        answer = await app.post("/api/sign-in", json={"passkey": "{}", "challenge": "c1"})
        assert (answer.status_code, answer.json()["code"]) == (401, "passkey_refused")
        bearer = {"Authorization": "Bearer t"}
        moved = await app.post("/api/switch-line", json={"lineId": "L2"}, headers=bearer)
        assert moved.json() == {"token": "t, another", "expiresAt": "2026-11-22T16:00:00Z"}
        nowhere = await app.post("/api/switch-line", json={"lineId": "L3"}, headers=bearer)
        assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
        assert (await app.post("/api/switch-line", json={"lineId": "L2"})).status_code == 400
