"""What does a client do? By hand, so that each step can be done wrong."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from graphql_schema.client import Caller
from graphql_schema.door import ConsentQuestion, LeadTo

from .stage import BACK, Stage

SCOPE = "openid offline_access line usage"


@dataclass
class ClientApp:
    """A client with its own PKCE pair and state."""

    stage: Stage
    http: httpx.AsyncClient
    id: str
    secret: str | None
    redirect_uri: str = BACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def wish(self, **changes: str | None) -> dict[str, str]:
        """An authorization request; a change to None leaves a parameter out."""
        digest = sha256(self.verifier.encode()).digest()
        request: dict[str, str | None] = {
            "client_id": self.id,
            "response_type": "code",
            "redirect_uri": self.redirect_uri,
            "scope": SCOPE,
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (request | changes).items() if value is not None}

    async def ask(self, caller: Caller, **changes: str | None) -> str:
        """The code that a person's yes brings, or fails."""
        verdict = await self.stage.server.consents.examine(self.wish(**changes), caller)
        if isinstance(verdict, ConsentQuestion):
            verdict = await self.stage.server.consents.decide(verdict.request, granted=True, caller=caller)
        assert isinstance(verdict, LeadTo), verdict
        return read_query(verdict.address)["code"]

    async def redeem(self, code: str, **changes: str | None) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": self.verifier}
        return await self.post("/oauth/token", **({**form, "redirect_uri": self.redirect_uri} | changes))

    async def refresh(self, token: str, **changes: str | None) -> httpx.Response:
        return await self.post("/oauth/token", **({"grant_type": "refresh_token", "refresh_token": token} | changes))

    async def post(self, path: str, **form: str | None) -> httpx.Response:
        fields = {name: value for name, value in form.items() if value is not None}
        if self.secret is None:
            return await self.http.post(path, data={"client_id": self.id} | fields)
        return await self.http.post(path, data=fields, auth=(self.id, self.secret))

    async def sign_in(self, caller: Caller | None = None, **changes: str | None) -> dict[str, Any]:
        """Tokens, the whole way."""
        answer = await self.redeem(await self.ask(caller or await self.stage.person(), **changes))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def opens(self, access_token: str) -> bool:
        """Whether the graph knows this token."""
        answer = await self.http.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"authorization": f"Bearer {access_token}"}
        )
        assert answer.status_code in {200, 401}, answer.text
        return answer.status_code == 200


def read_query(address: str) -> dict[str, str]:
    """The parameters of an address, each once."""
    return {name: value for name, (value,) in parse_qs(urlsplit(address).query, strict_parsing=True).items()}


def read_claims(token: str) -> dict[str, Any]:
    """What stands in a JWT, unchecked."""
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims
