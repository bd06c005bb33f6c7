"""How does the graph answer over HTTP, and to whom?"""

from collections.abc import Mapping
from typing import Any

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from gateway.body import BodyRefusal, read_body
from gateway.graph import HallGraph
from gateway.graphql_sockets import Sockets, origin_of
from gateway.graphql_websocket import GraphSocket
from gateway.graphql_wire import (
    BODY_BYTES_MOST,
    GraphRequest,
    parse_json,
    parse_request,
    read_bearer,
    render_outcome,
    to_json,
)
from graphql_schema.client import Caller, Channel, GraphError, Outcome
from graphql_schema.door import Admitted, Doorkeeper, TokenEvidence

RESPONSE_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"

REFUSED_BODIES: Mapping[BodyRefusal, GraphError] = {
    BodyRefusal.TOO_LARGE: GraphError("body_too_large", parameters={"most": BODY_BYTES_MOST}),
    BodyRefusal.TOO_SLOW: GraphError("body_timeout"),
    BodyRefusal.GONE: GraphError("bad_request", parameters={"name": "body"}),
}
STATUSES: Mapping[str, int] = {
    "body_timeout": 408,
    "body_too_large": 413,
    "media_type_refused": 415,
    "not_acceptable": 406,
    "mutation_needs_post": 405,
    "session_ended": 401,
    "unavailable": 503,
}
"""Of refusals that are the same in both media types; any other refused request is 400."""

DOCUMENT_FAULTS = frozenset({"bad_document", "document_too_large", "bad_argument"})
"""A well-formed request for something that can't run: 400, but 200 in the older application/json (§6.4.1)."""


def graphql_routes(graph: HallGraph, doorkeeper: Doorkeeper, *, public_url: str) -> list[BaseRoute]:
    """``/graphql`` by GET and POST (GraphQL over HTTP) and by WebSocket (graphql-transport-ws).

    A browser may open the socket from our own pages alone (``public_url``). The caller is whom
    ``Authorization: Bearer <token>`` names, without it a visitor. Cookies are not looked at.
    """
    hall, sockets = _GraphOverHttp(graph, doorkeeper), Sockets(origin_of(public_url))

    async def serve_socket(websocket: WebSocket) -> None:
        refused = sockets.find_refusal(websocket)
        if refused is not None:
            await websocket.send_denial_response(Response(status_code=refused))
            return
        with sockets.counted(websocket):
            await GraphSocket(websocket, graph, doorkeeper).serve()

    return [
        Route("/graphql", hall.answer, methods=["GET", "POST"], name="graphql"),
        WebSocketRoute("/graphql", serve_socket, name="graphql_socket"),
    ]


class _GraphOverHttp:
    def __init__(self, graph: HallGraph, doorkeeper: Doorkeeper) -> None:
        self._graph = graph
        self._doorkeeper = doorkeeper

    async def answer(self, request: Request) -> Response:
        media_type = _choose_media_type(request.headers.get("accept"))
        if media_type is None:
            return _refuse(GraphError("not_acceptable"), PLAIN_JSON)
        sent = await _read_members(request)
        wanted = sent if isinstance(sent, GraphError) else parse_request(sent, self._graph)
        refusal = wanted if isinstance(wanted, GraphError) else self._find_refusal(wanted, request.method)
        if isinstance(wanted, GraphError) or refusal is not None:
            return _refuse(refusal or GraphError("bad_request"), media_type)
        caller = await self._find_caller(request)
        if isinstance(caller, GraphError):
            return _refuse(caller, media_type)
        return _respond(await self._graph.run(wanted.operation, wanted.variables, caller), media_type)

    def _find_refusal(self, wanted: GraphRequest, method: str) -> GraphError | None:
        kind = self._graph.find_kind(wanted.operation)
        if isinstance(kind, GraphError):
            return kind
        if kind is OperationType.MUTATION and method != "POST":
            return GraphError("mutation_needs_post")
        return GraphError("subscription_needs_websocket") if kind is OperationType.SUBSCRIPTION else None

    async def _find_caller(self, request: Request) -> Caller | GraphError:
        credentials = request.headers.get("authorization")
        if credentials is None:
            return Caller(Channel.APP, source=request.client.host if request.client else "")
        token = read_bearer(credentials)
        if token is None:
            return GraphError("session_ended")
        verdict = await self._doorkeeper.admit(TokenEvidence(token), Channel.APP)
        return verdict.caller if isinstance(verdict, Admitted) else GraphError(verdict.code)


async def _read_members(request: Request) -> Any | GraphError:  # noqa: ANN401  any JSON value
    if request.method == "POST":
        return await _read_body(request)
    members: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in members:
            members[name] = parse_json(members[name])
            if isinstance(members[name], GraphError):
                return members[name]
    return members


async def _read_body(request: Request) -> Any | GraphError:  # noqa: ANN401  any JSON value
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().partition("charset=")[2].strip(' "') or "utf-8"
    if media_type.strip().lower() != PLAIN_JSON or charset not in {"utf-8", "utf8"}:
        return GraphError("media_type_refused")
    body = await read_body(request, most_bytes=BODY_BYTES_MOST)
    return REFUSED_BODIES[body] if isinstance(body, BodyRefusal) else parse_json(body)


def _choose_media_type(accept: str | None) -> str | None:
    """The dearest acceptable one; application/json where the client does not care, as older clients expect (§6.3)."""
    if accept is None:
        return PLAIN_JSON
    wanted = {}
    for part in accept.lower().split(","):
        name, *parameters = [piece.strip() for piece in part.split(";")]
        weights = [piece[2:] for piece in parameters if piece.startswith("q=")]
        wanted[name] = _to_weight(weights[0]) if weights else 1.0
    anything = wanted.get("application/*", wanted.get("*/*", 0.0))
    weighed = [
        (wanted.get(RESPONSE_JSON, anything * 0.999), RESPONSE_JSON),
        (wanted.get(PLAIN_JSON, anything), PLAIN_JSON),
    ]
    weight, name = max(weighed, key=lambda choice: choice[0])
    return name if weight > 0 else None


def _to_weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _refuse(error: GraphError, media_type: str) -> Response:
    return _respond(Outcome(None, (error,)), media_type)


def _respond(outcome: Outcome, media_type: str) -> Response:
    status = _status_of(outcome, media_type)
    headers = {"cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if status == 405:
        headers["allow"] = "POST"
    content_type = f"{media_type}; charset=utf-8"
    return Response(to_json(render_outcome(outcome)), status, headers, media_type=content_type)


def _status_of(outcome: Outcome, media_type: str) -> int:
    if outcome.data is not None or not outcome.errors or outcome.errors[0].path:
        return 200
    code = outcome.errors[0].code
    if code in DOCUMENT_FAULTS and media_type == PLAIN_JSON:
        return 200
    return STATUSES.get(code, 400)
