"""How does the app sign in over HTTP?"""

import json
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.body import BodyRefusal, read_body
from gateway.database import DatabaseFault
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, CodeEvidence, CodeSent, Doorkeeper, PasswordEvidence, Turned

LARGEST_BODY_BYTES = 4096
NEVER_KEPT = {"Cache-Control": "no-store"}
STATUS = {
    "bad_request": 400,
    "invalid_number": 400,
    "wrong_credentials": 401,
    "code_expired": 401,
    "session_ended": 401,
    "too_slow": 408,
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


def identity_routes(doorkeeper: Doorkeeper) -> list[BaseRoute]:
    """The app's own door; what it gets is a bearer token.

    ``POST /api/sign-in/code {number}`` → 202 {expiresAt, retryAt} · ``POST /api/sign-in {number, password | code}`` →
    200 {token, expiresAt} · ``POST /api/sign-out`` with the bearer token → 204. A refusal is {code, parameters} with
    the status of STATUS; instants are ISO 8601, UTC.
    """

    async def send_code(request: Request) -> Response:
        words = await _read_words(request, {"number"})
        if isinstance(words, Turned):
            return _refuse(words)
        sent = await doorkeeper.send_code(words["number"], channel=Channel.APP, source=_source(request))
        if isinstance(sent, CodeSent):
            return _answer({"expiresAt": _iso(sent.expires_at), "retryAt": _iso(sent.retry_at)}, 202)
        return _refuse(sent)

    async def sign_in(request: Request) -> Response:
        evidence = await _read_evidence(request)
        if isinstance(evidence, Turned):
            return _refuse(evidence)
        admitted = await doorkeeper.admit(evidence, Channel.APP)
        if not isinstance(admitted, Admitted):
            return _refuse(admitted)
        expires_at = None if admitted.expires_at is None else _iso(admitted.expires_at)
        return _answer({"token": admitted.token, "expiresAt": expires_at}, 200)

    async def sign_out(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return _refuse(Turned("bad_request", {"missing": "bearer_token"}))
        await doorkeeper.sign_out(token.strip())
        return Response(status_code=204, headers=NEVER_KEPT)

    doors: tuple[tuple[str, Callable[[Request], Awaitable[Response]]], ...] = (
        ("/api/sign-in/code", send_code),
        ("/api/sign-in", sign_in),
        ("/api/sign-out", sign_out),
    )
    return [Route(path, _closed_on_fault(door), methods=["POST"]) for path, door in doors]


async def _read_evidence(request: Request) -> PasswordEvidence | CodeEvidence | Turned:
    words = await _read_words(request, {"number", "password"}, {"number", "code"})
    if isinstance(words, Turned):
        return words
    if "password" in words:
        return PasswordEvidence(words["number"], words["password"], _source(request))
    return CodeEvidence(words["number"], words["code"], _source(request))


async def _read_words(request: Request, *shapes: set[str]) -> Words | Turned:
    """A small JSON object of texts that has exactly the names of one of the shapes."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return Turned("not_json")  # also keeps other sites' forms out
    body = await read_body(request, most_bytes=LARGEST_BODY_BYTES)
    if isinstance(body, BodyRefusal):
        return REFUSED_BODIES[body]
    try:
        words = json.loads(body)
    except (ValueError, RecursionError):
        return Turned("bad_request")
    if not isinstance(words, dict) or set(words) not in shapes or not all(isinstance(w, str) for w in words.values()):
        return Turned("bad_request", {"expected": [sorted(shape) for shape in shapes]})
    return words


def _closed_on_fault(door: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await door(request)
        except DatabaseFault:
            return _refuse(Turned("unavailable"))

    return answer


def _refuse(turned: Turned) -> Response:
    headers = dict(NEVER_KEPT)
    again_at = turned.parameters.get("until", turned.parameters.get("retry_at"))
    if isinstance(again_at, datetime):
        wait_seconds = (again_at - datetime.now(UTC)).total_seconds()
        headers["Retry-After"] = str(max(1, math.ceil(wait_seconds)))
    parameters = {_camel(name): _plain(value) for name, value in turned.parameters.items()}
    return JSONResponse({"code": turned.code, "parameters": parameters}, STATUS[turned.code], headers)


def _answer(body: Mapping[str, Any], status: int) -> Response:
    return JSONResponse(body, status, NEVER_KEPT)


def _plain(value: object) -> object:
    return _iso(value) if isinstance(value, datetime) else value


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _source(request: Request) -> str:
    return request.client.host if request.client else ""
