"""How do the addresses answer what is wrong, odd or dead, and what does nobody get to see?"""

import base64
import json
import string
from typing import Any

import httpx
import pytest
from authlib.oauth2 import rfc8414, rfc9207
from authlib.oidc.discovery import OpenIDProviderMetadata
from authlib.oidc.rpinitiated import OpenIDProviderMetadata as LogoutMetadata
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.database import open_database, read
from gateway.identity.budget import MINUTE, Budget
from gateway.identity.oauth.metadata import ENDPOINTS
from gateway.identity.oauth.server import OAuthServer
from gateway.identity.tables import metadata as every_table
from graphql_schema.door import Turned

from .client_app import ClientApp, read_claims
from .stage import Stage

pytestmark = pytest.mark.anyio
POSTED = ("/oauth/token", "/oauth/par", "/oauth/revoke", "/oauth/introspect")


@pytest.fixture
def database_url(furnished_sqlite_url: str) -> str:
    """One database is enough here: races are tried on both beside it."""
    return furnished_sqlite_url


@pytest.mark.parametrize("name", ["openid-configuration", "oauth-authorization-server"])
async def test_the_metadata_are_well_formed_and_true(http: httpx.AsyncClient, name: str) -> None:
    told = (await http.get(f"/.well-known/{name}")).json()
    rfc8414.AuthorizationServerMetadata(told).validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])
    OpenIDProviderMetadata(told).validate(metadata_classes=[LogoutMetadata])
    for endpoint, path in ENDPOINTS.items():
        assert told[endpoint] == "https://hall.example" + path
        assert (await http.options(path)).status_code == 405
    assert "registration_endpoint" not in told
    assert "all" not in told["scopes_supported"]


@pytest.mark.parametrize("path", POSTED)
async def test_no_answer_is_kept_and_no_other_site_reads_one(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.post(path, data={"client_id": "native"}, headers={"origin": "https://evil.example"})
    assert answer.status_code in {400, 401}
    assert answer.json()["error"]
    assert answer.headers["cache-control"] == "no-store"
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert (await http.get(path)).status_code == 405


async def test_a_failed_client_hears_which_way_to_prove_itself(http: httpx.AsyncClient) -> None:
    answer = await http.post("/oauth/token", data={"grant_type": "refresh_token"}, auth=("partner", "wrong"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "credentials",
    ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff\xfe:x").decode(), "Basic cGFydG5lcg==", "Bearer x", "x"],
)
async def test_unreadable_credentials_are_refused(http: httpx.AsyncClient, credentials: str) -> None:
    answer = await http.post(
        "/oauth/token", data={"grant_type": "refresh_token"}, headers={"authorization": credentials}
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_credentials_in_an_address_are_not_looked_at(http: httpx.AsyncClient, partner: ClientApp) -> None:
    address = f"/oauth/token?client_id=partner&client_secret={partner.secret}&grant_type=refresh_token&refresh_token=x"
    answer = await http.post(address, data={"client_id": "native"})
    assert answer.json()["error"] == "unsupported_grant_type"


ODD = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\0\n\r\"\\<>'&=%;~.")), max_size=40)
NAMES = st.sampled_from(
    ["grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier", "refresh_token", "scope",
     "token", "response_type", "code_challenge", "code_challenge_method", "request_uri", "prompt", "max_age"]
)  # fmt: skip
KNOWN = st.sampled_from(
    ["authorization_code", "refresh_token", "partner", "native", "code", "S256", "http://127.0.0.1/back"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(NAMES, st.one_of(ODD, KNOWN), max_size=8), path=st.sampled_from(POSTED))
async def test_junk_is_refused_in_words_of_rfc_6749(http: httpx.AsyncClient, fields: dict[str, str], path: str) -> None:
    safe = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    answer = await http.post(path, data=safe)
    assert answer.status_code in {200, 201, 400, 401}, answer.text
    said = answer.json()
    if answer.status_code >= 400:
        assert set(said) <= {"error", "error_description", "state"}
        described = said.get("error_description", "")
        assert set(described) <= set(string.printable) - set('"\\\t\n\r\x0b\x0c')


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(NAMES, st.one_of(ODD, st.none()), min_size=1, max_size=4))
async def test_an_odd_authorization_request_is_answered_not_raised(
    partner: ClientApp, stage: Stage, changes: dict[str, Any]
) -> None:
    verdict = await stage.server.consents.examine(partner.wish(**changes), None)
    assert type(verdict).__name__ in {"Turned", "LeadTo", "MustProve"}


@pytest.mark.parametrize("odd", ['c"ode', "cöde", "co\\de"])
async def test_an_odd_response_type_is_refused_wherever_it_comes(partner: ClientApp, stage: Stage, odd: str) -> None:
    verdict = await stage.server.consents.examine(partner.wish(response_type=odd), None)
    assert verdict == Turned("bad_request")
    pushed = await partner.post("/oauth/par", **partner.wish(response_type=odd))
    assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("odd", ["\0", "a\nb", "\u202e"])
async def test_what_can_not_be_printed_is_no_parameter(partner: ClientApp, stage: Stage, odd: str) -> None:
    assert await stage.server.consents.examine(partner.wish(state=odd), None) == Turned("bad_request")
    pushed = await partner.post("/oauth/par", **partner.wish(state=odd))
    assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_request")


async def test_an_odd_grant_type_is_not_repeated(partner: ClientApp) -> None:
    answer = await partner.post("/oauth/token", grant_type='pass"wörd')
    assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})


async def test_a_dead_database_is_said_to_be_for_a_while(
    http: httpx.AsyncClient, partner: ClientApp, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = await partner.sign_in()
    dead = open_database("postgresql://nobody@127.0.0.1:9/none")
    for part in (
        stage.server.core,
        stage.server._grants,
        stage.server._codes,
        stage.server.keys,
        stage.server._requests,
    ):
        monkeypatch.setattr(part, "_engine", dead)
    stage.clock.advance(minutes=6)  # so that the keys are read again
    answers = [
        await partner.refresh(tokens["refresh_token"]),
        await partner.redeem("x"),
        await partner.post("/oauth/par", **partner.wish()),
        await partner.post("/oauth/revoke", token=tokens["access_token"]),
        await http.get("/oauth/jwks"),
        await http.get("/oauth/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}),
        await http.get("/oauth/logout", params={"id_token_hint": tokens["id_token"]}),
    ]
    assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {(503, "temporarily_unavailable")}
    await dead.dispose()


async def test_what_can_not_be_signed_uses_nothing_up(
    partner: ClientApp, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = await partner.sign_in()
    stage.clock.advance(minutes=6)  # so that the keys are read again
    dead = open_database("postgresql://nobody@127.0.0.1:9/none")
    with monkeypatch.context() as moment:
        moment.setattr(stage.server.keys, "_engine", dead)
        assert (await partner.refresh(tokens["refresh_token"])).status_code == 503
    assert (await partner.refresh(tokens["refresh_token"])).status_code == 200
    await dead.dispose()


async def test_pushing_is_counted(partner: ClientApp, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.identity.oauth import server  # noqa: PLC0415

    few = Budget("oauth_pushes_minute", 2, MINUTE)
    monkeypatch.setattr(server, "PUSHES", few)
    answers = [await partner.post("/oauth/par", **partner.wish()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]


async def test_a_pushed_secret_is_not_kept(partner: ClientApp, stage: Stage, http: httpx.AsyncClient) -> None:
    secret = {"client_secret": partner.secret or ""}
    assert (await http.post("/oauth/par", data=partner.wish() | secret)).status_code == 201
    assert (partner.secret or "") not in await _read_everything(stage)


async def test_no_token_stands_in_the_database_or_in_a_log(
    partner: ClientApp, stage: Stage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level("DEBUG"):
        tokens = await partner.sign_in()
        tokens |= {"next": (await partner.refresh(tokens["refresh_token"])).json()["refresh_token"]}
        await partner.refresh(tokens["refresh_token"])
        await partner.post("/oauth/revoke", token=tokens["access_token"])
    written = "".join(capsys.readouterr()) + caplog.text + await _read_everything(stage)
    secrets = [tokens["access_token"], tokens["id_token"], tokens["refresh_token"], tokens["next"], str(partner.secret)]
    for secret in [*secrets, partner.verifier, tokens["refresh_token"].split("~")[2]]:
        assert secret not in written


async def test_no_token_names_the_number_or_the_line(partner: ClientApp) -> None:
    tokens = await partner.sign_in()
    for name in ("access_token", "id_token"):
        claims = json.dumps(read_claims(tokens[name]))
        assert "13800138001" not in claims
        assert '"L1"' not in claims


async def test_an_address_that_is_neither_https_nor_on_the_loopback_answers_nothing(
    stage: Stage, partner: ClientApp
) -> None:
    bare = OAuthServer(
        stage.engine, stage.keeper.sessions, issuer="http://hall.example", secret=b"x" * 32, ledger=stage.ledger,
        now=stage.clock,
    )  # fmt: skip
    verdict = await bare.consents.examine(partner.wish(), await stage.person())
    assert verdict.code == "bad_request"  # type: ignore[union-attr]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_logout_ends_its_own_grant_alone(
    http: httpx.AsyncClient, partner: ClientApp, rival: ClientApp, method: str
) -> None:
    mine, theirs = await partner.sign_in(), await rival.sign_in()
    sent = {"id_token_hint": mine["id_token"], "client_id": "rival"}
    place = "params" if method == "GET" else "data"
    answer = await http.request(method, "/oauth/logout", **{place: sent})  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await partner.opens(mine["access_token"])
    sent = {"id_token_hint": mine["id_token"], "post_logout_redirect_uri": "http://127.0.0.1:9/home", "state": "ä"}
    answer = await http.request(method, "/oauth/logout", **{place: sent})  # type: ignore[arg-type]
    assert answer.headers["location"] == "http://127.0.0.1:9/home?state=%C3%A4"
    assert not await partner.opens(mine["access_token"])
    assert await rival.opens(theirs["access_token"])


async def test_an_id_token_that_is_over_still_logs_out(
    http: httpx.AsyncClient, partner: ClientApp, stage: Stage
) -> None:
    tokens = await partner.sign_in()
    stage.clock.advance(days=3)
    await http.get("/oauth/logout", params={"id_token_hint": tokens["id_token"]})
    assert (await partner.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def _read_everything(stage: Stage) -> str:
    async with read(stage.engine) as connection:
        return "".join([str((await connection.execute(select(table))).all()) for table in every_table.sorted_tables])
