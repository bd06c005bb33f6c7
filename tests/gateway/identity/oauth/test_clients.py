"""Whom may the operator register, and what ends when a client is disabled?"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.database import read
from gateway.identity.oauth.client import ClientKind, OAuthClient, fetch_client
from gateway.identity.oauth.clients import add_client, disable_client, find_flaw_of, list_clients
from gateway.identity.oauth.tables import oauth_client

from .client_app import ClientApp
from .stage import NATIVE, PARTNER, Stage

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, tzinfo=UTC)
FRESH = OAuthClient("fresh", "Fresh", ClientKind.CONFIDENTIAL, ("https://fresh.example/back",), frozenset({"line"}))


@pytest.fixture
def database_url(furnished_sqlite_url: str) -> str:
    """One database is enough here: races are tried on both beside it."""
    return furnished_sqlite_url


async def test_a_secret_is_told_once_and_kept_as_a_digest(stage: Stage) -> None:
    secret = await add_client(stage.engine, FRESH, now=NOW)
    assert secret
    assert len(secret) >= 43
    async with read(stage.engine) as connection:
        rows = (await connection.execute(select(oauth_client))).all()
    assert secret not in str(rows)
    known = await fetch_client(stage.engine, "fresh")
    assert known is not None
    assert known.check_client_secret(secret)
    assert not known.check_client_secret(secret[:-1])
    assert not known.check_client_secret("")


async def test_a_public_client_has_no_secret(stage: Stage) -> None:
    assert stage.secrets["native"] == ""
    known = await fetch_client(stage.engine, "native")
    assert known is not None
    assert not known.check_client_secret("")


@pytest.mark.parametrize(
    "wrong",
    [
        replace(FRESH, id=""),
        replace(FRESH, id="a b"),
        replace(FRESH, id="x" * 65),
        replace(FRESH, name=" "),
        replace(FRESH, name="x" * 65),
        replace(FRESH, name="a\nb"),
        replace(FRESH, scopes=frozenset()),
        replace(FRESH, scopes=frozenset({"line", "everything"})),
        replace(FRESH, scopes=frozenset({"all"})),
        replace(FRESH, redirect_uris=()),
        replace(FRESH, redirect_uris=("http://fresh.example/back",)),
        replace(FRESH, redirect_uris=("com.example.app:/back",)),
        replace(FRESH, post_logout_uris=("javascript:alert(1)",)),
        replace(FRESH, any_loopback_port=True),
        replace(NATIVE, id="fresh", redirect_uris=("https://fresh.example/back",)),
        replace(NATIVE, id="fresh", redirect_uris=("http://127.0.0.1:80/back",)),
    ],
)
def test_what_would_be_unsafe_has_a_flaw(wrong: OAuthClient) -> None:
    assert find_flaw_of(wrong)


async def test_what_has_a_flaw_or_a_name_that_is_taken_is_not_registered(stage: Stage) -> None:
    before = await list_clients(stage.engine)
    for wrong, why in ((replace(FRESH, redirect_uris=()), "redirect address"), (PARTNER, "already")):
        with pytest.raises(ValueError, match=why):
            await add_client(stage.engine, wrong, now=NOW)
    assert await list_clients(stage.engine) == before


async def test_clients_are_listed_by_id_disabled_ones_as_well(stage: Stage) -> None:
    assert await disable_client(stage.engine, "partner", now=NOW)
    listed = await list_clients(stage.engine)
    assert [(client.id, client.active) for client in listed] == [
        ("native", True),
        ("own-app", True),
        ("partner", False),
        ("rival", True),
    ]


async def test_a_disabled_client_holds_nothing_and_gets_nothing(
    stage: Stage, partner: ClientApp, rival: ClientApp
) -> None:
    tokens, theirs = await partner.sign_in(), await rival.sign_in()
    code = await partner.ask(await stage.person())
    assert await disable_client(stage.engine, "partner", now=NOW)
    assert not await disable_client(stage.engine, "partner", now=NOW)
    assert not await partner.opens(tokens["access_token"])
    for answer in (await partner.refresh(tokens["refresh_token"]), await partner.redeem(code)):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert await rival.opens(theirs["access_token"])


@pytest.mark.parametrize("odd", ["", "\0", "a\0b", "x" * 200, "' OR 1=1 --", "\ud800", "日本"])
async def test_an_id_that_can_be_nobody_s_is_not_even_looked_up(stage: Stage, odd: str) -> None:
    assert await fetch_client(stage.engine, odd) is None
