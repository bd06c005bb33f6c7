"""Does a token open anything that is signed in another way than ours, with the same key and the same words?"""

import base64
import hmac
import json
import time
from hashlib import sha256
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.security.conftest import PUBLIC_URL, StrongHouse


@pytest.fixture(scope="module")
def signed(strong_house: StrongHouse) -> tuple[RSAKey, dict[str, Any]]:
    """Our current key, and what an access token of ours says."""
    oauth = strong_house.hall.identity.oauth
    key = strong_house.portal.call(oauth.keys.fetch_current)
    now = int(time.time())
    said = dict.fromkeys(("sub", "jti", "client_id", "scope", "sid"), "x")
    expected = oauth.access_tokens._expected
    return key, said | {"iss": PUBLIC_URL, "aud": expected["aud"]["value"], "iat": now, "exp": now + 300}


def test_a_signature_of_ours_is_taken(strong_house: StrongHouse, signed: tuple[RSAKey, dict[str, Any]]) -> None:
    assert is_taken(
        strong_house, jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": signed[0].kid}, signed[1], signed[0])
    )


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS512", "PS256"])
def test_any_other_is_not(strong_house: StrongHouse, signed: tuple[RSAKey, dict[str, Any]], algorithm: str) -> None:
    key, claims = signed
    head = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid}
    if algorithm in {"RS512", "PS256"}:
        unbound = RSAKey.import_key(key.as_pem(private=True))
        token = jwt.encode(head, claims, unbound, algorithms=[algorithm])
    else:
        text = f"{encode(json.dumps(head).encode())}.{encode(json.dumps(claims).encode())}"
        mark = hmac.digest(key.as_pem(private=False), text.encode(), sha256) if algorithm == "HS256" else b""
        token = f"{text}.{encode(mark)}"
    assert not is_taken(strong_house, token)


def test_a_key_that_the_token_brings_along_is_not_looked_at(
    strong_house: StrongHouse, signed: tuple[RSAKey, dict[str, Any]]
) -> None:
    own = RSAKey.generate_key(2048, auto_kid=True)
    jwk = own.as_dict(private=False)
    for named in ({"jwk": jwk}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example"}, {}):
        head = {"alg": "RS256", "typ": "at+jwt", "kid": signed[0].kid, **named}
        assert not is_taken(strong_house, jwt.encode(head, signed[1], own))


def is_taken(house: StrongHouse, token: str) -> bool:
    return house.portal.call(house.hall.identity.oauth.access_tokens.read, token) is not None


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
