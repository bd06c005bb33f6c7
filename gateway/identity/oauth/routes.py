"""How does the authorization server answer over HTTP?"""

# mypy: disable-error-code="import-untyped"
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.database import DatabaseFault
from gateway.graphql_wire import read_bearer
from gateway.identity.oauth.core import CoreRequest, CoreResponse
from gateway.identity.oauth.form import BadForm, parse_fields, read_form
from gateway.identity.oauth.grants import Unchecked
from gateway.identity.oauth.logout import log_out
from gateway.identity.oauth.metadata import ENDPOINTS, describe
from gateway.identity.oauth.server import OAuthServer
from gateway.identity.oauth.userinfo import describe_person

NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
KEPT_FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}

Answer = Callable[[Request], Awaitable[Response]]


def oauth_routes(server: OAuthServer, *, ask_at: str = "/") -> list[BaseRoute]:
    """Every address of ``metadata.ENDPOINTS`` but the authorization endpoint, whose page is the web hall's.

    ``ask_at`` is where a person goes who was sent to log out by nobody that we know: they can sign out there.
    """
    endpoints = _Endpoints(server, ask_at)
    documents = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
    posts: Mapping[str, Answer] = {
        "pushed_authorization_request_endpoint": endpoints.push,
        "token_endpoint": endpoints.issue,
        "revocation_endpoint": endpoints.answer_by(server.revoke),
        "introspection_endpoint": endpoints.answer_by(server.introspect),
    }
    return [
        *(Route(path, endpoints.describe, methods=["GET"]) for path in documents),
        Route(ENDPOINTS["jwks_uri"], _closed_on_fault(endpoints.publish_keys), methods=["GET"]),
        *(Route(ENDPOINTS[name], _closed_on_fault(answer), methods=["POST"]) for name, answer in posts.items()),
        Route(ENDPOINTS["userinfo_endpoint"], _closed_on_fault(endpoints.tell_person), methods=["GET", "POST"]),
        Route(ENDPOINTS["end_session_endpoint"], _closed_on_fault(endpoints.log_out), methods=["GET", "POST"]),
    ]


class _Endpoints:
    def __init__(self, server: OAuthServer, ask_at: str) -> None:
        self._server, self._ask_at = server, ask_at

    async def describe(self, _: Request) -> Response:
        return JSONResponse(describe(self._server.issuer), headers=KEPT_FOR_AN_HOUR)

    async def publish_keys(self, _: Request) -> Response:
        keys = await self._server.keys.fetch_published()
        return JSONResponse(keys.as_dict(private=False), headers=KEPT_FOR_AN_HOUR)

    def answer_by(self, deed: Callable[[CoreRequest], CoreResponse]) -> Answer:
        """An endpoint that a deed of the core's answers."""

        async def answer(request: Request) -> Response:
            wanted = await self._read(request)
            return wanted if isinstance(wanted, Response) else _respond(await self._server.core.run(deed, wanted))

        return answer

    async def issue(self, request: Request) -> Response:
        await self._server.keys.fetch_current()  # what can't be signed must not use a code or a refresh token up
        return await self.answer_by(self._server.core.create_token_response)(request)

    async def push(self, request: Request) -> Response:
        wanted = await self._read(request)
        if isinstance(wanted, Response):
            return wanted
        refusal = await self._server.core.run(self._server.find_push_error, wanted)
        if refusal is not None:
            return _respond(refusal)
        if not await self._server.may_push(request.client.host if request.client else ""):
            return _refuse(429, "temporarily_unavailable", "Too many requests from here. Try again in a minute.")
        return JSONResponse(await self._server.push(wanted), 201, NEVER_KEPT)

    async def tell_person(self, request: Request) -> Response:
        token = read_bearer(request.headers.get("authorization", ""))
        if token is None:
            return Response(status_code=401, headers=NEVER_KEPT | {"WWW-Authenticate": "Bearer"})
        grant = await self._server.find_grant(token)
        if grant is None:
            return _refuse_bearer(401, "invalid_token")
        if "openid" not in grant.scopes:
            return _refuse_bearer(403, "insufficient_scope")
        return JSONResponse(describe_person(grant), headers=NEVER_KEPT)

    async def log_out(self, request: Request) -> Response:
        fields = parse_fields(request.url.query) if request.method == "GET" else await read_form(request)
        led = None if isinstance(fields, BadForm) else await log_out(self._server.core, fields)
        return RedirectResponse(led.address if led else self._ask_at, 303, NEVER_KEPT)

    async def _read(self, request: Request) -> CoreRequest | Response:
        fields = await read_form(request)
        if isinstance(fields, BadForm):
            return _refuse(fields.status, "invalid_request", fields.description)
        credentials = request.headers.get("authorization")
        try:
            return self._server.core.request(request.url.path, fields, authorization=credentials)
        except OAuth2Error as error:
            status, body, headers = error()
            return JSONResponse(body, status, dict(headers) | NEVER_KEPT)


def _closed_on_fault(door: Answer) -> Answer:
    async def answer(request: Request) -> Response:
        try:
            return await door(request)
        except (DatabaseFault, Unchecked):
            return _refuse(503, "temporarily_unavailable", "Try again later.")

    return answer


def _respond(response: CoreResponse) -> Response:
    headers = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    return JSONResponse(response.body, response.status, headers | NEVER_KEPT)


def _refuse(status: int, code: str, description: str) -> Response:
    return JSONResponse({"error": code, "error_description": description}, status, NEVER_KEPT)


def _refuse_bearer(status: int, code: str) -> Response:
    body: dict[str, Any] = {"error": code}
    return JSONResponse(body, status, NEVER_KEPT | {"WWW-Authenticate": f'Bearer error="{code}"'})
