"""How does a client get its tokens, and what are they good for?"""

import httpx
import pytest

from graphql_schema.client import Channel

from .client_app import ClientApp, read_claims
from .stage import Stage

pytestmark = pytest.mark.anyio


async def test_a_person_s_yes_brings_tokens_that_open_the_graph(partner: ClientApp, stage: Stage) -> None:
    tokens = await partner.sign_in()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 600
    assert tokens["scope"] == "openid offline_access line usage"
    caller = await stage.show(tokens["access_token"], Channel.APP)
    assert caller is not None
    assert (caller.subscriber, caller.client, caller.assurance) == ("L1", "partner", 2)


async def test_scopes_open_exactly_their_fields(partner: ClientApp, http: httpx.AsyncClient) -> None:
    token = (await partner.sign_in(scope="line"))["access_token"]
    query = {"query": "{ me { line { maskedNumber } balance { available { amount } } } }"}
    answer = await http.post("/graphql", json=query, headers={"authorization": f"Bearer {token}"})
    body = answer.json()
    assert body["data"]["me"]["line"] == {"maskedNumber": "138****8001"}
    assert body["data"]["me"]["balance"] is None
    assert len(body["errors"]) == 1


async def test_an_id_token_says_who_when_how_and_how_surely(partner: ClientApp, stage: Stage) -> None:
    caller = await stage.person()
    claims = read_claims((await partner.sign_in(caller))["id_token"])
    assert claims["iss"] == "https://hall.example"
    assert claims["aud"] == "partner"
    assert claims["nonce"] == "nonce-1"
    assert claims["acr"] == "onehall:2"
    assert claims["amr"] == ["pwd"]
    assert caller.since is not None
    assert claims["auth_time"] == int(caller.since.timestamp())
    assert claims["exp"] - claims["iat"] == 600
    assert "at_hash" in claims
