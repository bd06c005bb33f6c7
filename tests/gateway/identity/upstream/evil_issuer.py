"""What does an operator's login answer that lies in one point and is honest in all others?"""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

CLIENT, CLIENT_SECRET = "onehall", "a secret of the operator's login"
KNOWN, OTHER = (ECKey.generate_key("P-256", {"kid": "k1", "use": "sig"}) for _ in range(2))
"""The key that the login shows, and a stranger's that bears its name."""

Claims = dict[str, Any]


def sign(claims: Claims) -> str:
    """An honest ID token."""
    return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, KNOWN)


@dataclass
class EvilIssuer:
    """Each answer is made by a part that a test puts in the honest one's place."""

    number: str
    address: str = ""
    nonce: str = ""
    names_itself: str = ""
    algorithms: tuple[str, ...] = ("ES256", "HS256", "none")
    change: Callable[[Claims], Claims] = field(default=lambda claims: claims)
    seal: Callable[[Claims], str] = field(default=sign)
    around: Callable[[Claims], Claims] = field(default=lambda answer: answer)
    asked_for_tokens: int = 0

    def claims(self) -> Claims:
        now = int(time.time())
        told = {"iss": self.address, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now}
        return told | {
            "nonce": self.nonce,
            "amr": ["pwd"],
            "phone_number": self.number,
            "phone_number_verified": True,
        }

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/keys", self._keys),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _metadata(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.names_itself or self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "id_token_signing_alg_values_supported": list(self.algorithms),
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _keys(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [KNOWN.as_dict(private=False)]})

    async def _token(self, _: Request) -> JSONResponse:
        self.asked_for_tokens += 1
        answer = {"access_token": "a", "token_type": "Bearer", "id_token": self.seal(self.change(self.claims()))}
        return JSONResponse(self.around(answer))


def sign_by(header: Claims, key: Any) -> Callable[[Claims], str]:
    """An ID token of this header, signed by this key."""
    return lambda claims: jwt.encode(header, claims, key, algorithms=[header["alg"]])


def sign_nothing(claims: Claims) -> str:
    """``alg: none``: no signature at all."""
    return f"{encode({'alg': 'none'})}.{encode(claims)}."


def alter(claims: Claims) -> str:
    """An honest signature under claims that say another level."""
    head, _, signature = sign(claims).split(".")
    return f"{head}.{encode(claims | {'amr': ['pwd', 'otp']})}.{signature}"


def encode(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
