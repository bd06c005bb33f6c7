"""Which token opens the graph, when even our own key signed the wrong one?"""

import secrets
from typing import Any

import pytest
from joserfc import jwt

from gateway.identity.access_token import AccessGrant
from graphql_schema.scopes import open_fields

from .client_app import ClientApp, read_claims
from .stage import Stage

pytestmark = pytest.mark.anyio
GONE = object()


@pytest.fixture
def database_url(furnished_sqlite_url: str) -> str:
    """One database is enough here: nothing is written."""
    return furnished_sqlite_url


async def _sign(stage: Stage, claims: dict[str, Any], **header: str) -> str:
    return jwt.encode({"alg": "RS256", "typ": "at+jwt"} | header, claims, await stage.server.keys.fetch_current())


async def test_our_token_stands_for_its_session_and_the_fields_of_its_scopes(partner: ClientApp, stage: Stage) -> None:
    token = (await partner.sign_in(scope="openid line money"))["access_token"]
    fields = open_fields(["line", "money"])
    assert await stage.server.access_tokens.find_session(token) == AccessGrant(read_claims(token)["sid"], fields)


@pytest.mark.parametrize(
    ("changes", "header"),
    [
        ({}, {"typ": "JWT"}),
        ({}, {"typ": ""}),
        ({"iss": "https://elsewhere.example"}, {}),
        ({"aud": "https://hall.example"}, {}),
        ({"aud": "partner"}, {}),
        ({"aud": []}, {}),
        ({"exp": 1}, {}),
        ({"exp": "soon"}, {}),
        ({"iat": 9_999_999_999}, {}),
        ({"nbf": 9_999_999_999}, {}),
        *(({name: GONE}, {}) for name in ("iss", "aud", "exp", "iat", "sub", "jti", "client_id", "scope", "sid")),
    ],
)
async def test_a_token_that_says_anything_else_opens_nothing(
    partner: ClientApp, stage: Stage, changes: dict[str, Any], header: dict[str, str]
) -> None:
    claims = read_claims((await partner.sign_in())["access_token"])
    assert await stage.server.access_tokens.find_session(await _sign(stage, claims)) is not None
    wrong = {name: value for name, value in (claims | changes).items() if value is not GONE}
    assert await stage.server.access_tokens.find_session(await _sign(stage, wrong, **header)) is None


async def test_what_is_no_token_opens_nothing(partner: ClientApp, stage: Stage) -> None:
    token = (await partner.sign_in())["access_token"]
    head, body, mark = token.split(".")
    odd = [
        "..",
        "a.b.c",
        f"{head}.{body}.",
        f".{body}.{mark}",
        f"{head}..{mark}",
        f"{head}.{body}.{mark}x",
        token + ".",
    ]
    odd += [token + ".", "\0.\0.\0", "é.é.é", "\ud800.a.b", f"{head}.{body}.{mark[:-8]}AAAAAAAA", "x" * 5000 + ".b.c"]
    odd += [".".join(secrets.token_urlsafe(40) for _ in range(3)) for _ in range(20)]
    for text in odd:
        assert await stage.server.access_tokens.find_session(text) is None, text
