"""Which JSON does the app send to its own door, and what does it get back?"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.body import BodyRefusal, read_body
from graphql_schema.door import Admitted, Turned

LARGEST_BODY_BYTES = 8192
NEVER_KEPT = {"Cache-Control": "no-store"}
STATUS = {
    "bad_request": 400,
    "invalid_number": 400,
    "weak_password": 400,
    "wrong_credentials": 401,
    "code_expired": 401,
    "session_ended": 401,
    "passkey_refused": 401,
    "not_yours": 403,
    "sim_changed": 403,
    "not_found": 404,
    "too_slow": 408,
    "line_suspended": 409,
    "too_large": 413,
    "not_json": 415,
    "locked": 429,
    "too_many_codes": 429,
    "unavailable": 503,
}
"""The codes that these routes answer with, and the HTTP status of each."""

REFUSED_BODIES = {
    BodyRefusal.TOO_LARGE: Turned("too_large", {"bytes": LARGEST_BODY_BYTES}),
    BodyRefusal.TOO_SLOW: Turned("too_slow"),
    BodyRefusal.GONE: Turned("bad_request"),
}

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """The names that a body has to have, and those that it may have; each stands for a text."""

    names: frozenset[str]
    optional: frozenset[str] = frozenset()

    def fits(self, words: Mapping[str, object]) -> bool:
        """Whether a body has exactly these names."""
        return self.names <= words.keys() <= self.names | self.optional


def shape(*names: str, optional: str = "") -> Shape:
    """A shape with these names; ``optional`` are names with blanks between."""
    return Shape(frozenset(names), frozenset(optional.split()))


async def read_words(request: Request, *shapes: Shape) -> Words | Turned:
    """A small JSON object of texts that has one of the shapes."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return Turned("not_json")  # also keeps other sites' forms out
    body = await read_body(request, most_bytes=LARGEST_BODY_BYTES)
    if isinstance(body, BodyRefusal):
        return REFUSED_BODIES[body]
    try:
        words = json.loads(body)
    except (ValueError, RecursionError):
        return Turned("bad_request")
    fits = isinstance(words, dict) and any(each.fits(words) for each in shapes)
    if not fits or not all(isinstance(word, str) for word in words.values()):
        return Turned("bad_request", {"expected": [sorted(each.names) for each in shapes]})
    return words  # type: ignore[no-any-return]


def read_bearer_token(request: Request) -> str | None:
    """The token of the Authorization header, None where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def name_source(request: Request) -> str:
    """Who asks, for the budgets."""
    return request.client.host if request.client else ""


def tell_admitted(admitted: Admitted) -> Response:
    """The token, its end, and the secret of a device that is new to the house."""
    body = {"token": admitted.token, "expiresAt": admitted.expires_at and iso(admitted.expires_at)}
    return answer(body | ({"device": admitted.device} if admitted.device else {}))


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON answer that nobody keeps."""
    return JSONResponse(body, status, NEVER_KEPT)


def done() -> Response:
    """There is nothing to say."""
    return Response(status_code=204, headers=NEVER_KEPT)


def refuse(turned: Turned) -> Response:
    """``{code, parameters}`` with the status of STATUS; with a time, also as Retry-After."""
    headers = dict(NEVER_KEPT)
    again_at = turned.parameters.get("until", turned.parameters.get("retry_at"))
    if isinstance(again_at, datetime):
        wait_seconds = (again_at - datetime.now(UTC)).total_seconds()
        headers["Retry-After"] = str(max(1, math.ceil(wait_seconds)))
    parameters = {_camel(name): iso(each) if isinstance(each, datetime) else each for name, each in _facts(turned)}
    return JSONResponse({"code": turned.code, "parameters": parameters}, STATUS.get(turned.code, 403), headers)


def iso(moment: datetime) -> str:
    """ISO 8601, UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _facts(turned: Turned) -> list[tuple[str, object]]:
    return list(turned.parameters.items())


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
