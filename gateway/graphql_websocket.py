"""How does the graph answer over a WebSocket (graphql-transport-ws)?"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.graph import HallGraph
from gateway.graphql_wire import (
    BODY_BYTES_MOST,
    GraphRequest,
    parse_json,
    parse_request,
    read_bearer,
    render_error,
    render_outcome,
    to_json,
)
from graphql_schema.client import Caller, Channel, GraphError, Outcome
from graphql_schema.door import Admitted, Doorkeeper, TokenEvidence

PROTOCOL = "graphql-transport-ws"

INIT_SECONDS_MOST = 5.0
"""For the first message: whoever opened the socket is known by then, or it is closed."""

RECHECK_SECONDS = 3.0
"""How often a socket asks whether its session still stands: an ended one closes within 5 s, whether anything happens
or not."""

OPERATIONS_MOST = 10
"""At once on one connection: an app has one subscription and a page's questions open."""

ID_CHARACTERS_MOST = 64

CLOSE_REASONS: Mapping[int, str] = {
    1009: "Message too big",
    1013: "Try again later",
    4400: "Bad message",
    4401: "Unauthorized",
    4403: "Forbidden",
    4406: "Subprotocol not acceptable",
    4408: "Connection initialisation timeout",
    4409: "Subscriber already exists",
    4429: "Too many initialisation requests",
}
"""The protocol's own close codes, and two of the WebSocket's."""


class _Closing(Exception):  # noqa: N818  it carries a close code, not a fault
    """This connection has to end."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class GraphSocket:
    """One connection, from its opening to its end: who is asking, and the operations that are under way on it."""

    def __init__(
        self,
        websocket: WebSocket,
        graph: HallGraph,
        doorkeeper: Doorkeeper,
        *,
        init_seconds: float = INIT_SECONDS_MOST,
        recheck_seconds: float = RECHECK_SECONDS,
    ) -> None:
        self._websocket = websocket
        self._graph = graph
        self._doorkeeper = doorkeeper
        self._init_seconds = init_seconds
        self._recheck_seconds = recheck_seconds
        self._watch: asyncio.Task[None] | None = None
        self._token: str | None = None
        self._caller = self._visitor()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    async def serve(self) -> None:
        """Speaks the protocol until one side closes; whatever was under way then ends with it."""
        acceptable = PROTOCOL in self._websocket.scope["subprotocols"]
        await self._websocket.accept(subprotocol=PROTOCOL if acceptable else None)
        try:
            if not acceptable:
                raise _Closing(4406)
            await self._initialise()
            self._watch = asyncio.create_task(self._keep_watch())
            while True:
                await self._obey(await self._receive())
        except _Closing as closing:
            await self._close(closing.code)
        except WebSocketDisconnect:
            self._closed = True
        finally:
            await self._end_all()

    async def _initialise(self) -> None:
        try:
            async with asyncio.timeout(self._init_seconds):
                message = await self._receive()
                while message["type"] in {"ping", "pong"}:
                    await self._obey(message)
                    message = await self._receive()
        except TimeoutError:
            raise _Closing(4408) from None
        if message["type"] != "connection_init":
            raise _Closing(4401 if message["type"] == "subscribe" else 4400)
        self._token = _read_token(message.get("payload"))
        self._caller = await self._admit(sign_of_life=True)
        await self._send({"type": "connection_ack"})

    async def _keep_watch(self) -> None:
        """Ends the connection soon after its session, also while nothing happens on it."""
        try:
            while self._token is not None:
                await asyncio.sleep(self._recheck_seconds)
                await self._recheck()
        except _Closing as closing:
            await self._close(closing.code)

    async def _admit(self, *, sign_of_life: bool = False) -> Caller:
        """Who is asking, as of now: the session may have ended since. That we ask keeps no session alive."""
        if self._token is None:
            return self._visitor()
        verdict = await self._doorkeeper.admit(TokenEvidence(self._token, sign_of_life=sign_of_life), Channel.APP)
        if isinstance(verdict, Admitted):
            return verdict.caller
        raise _Closing(1013 if verdict.code == "unavailable" else 4403)

    def _visitor(self) -> Caller:
        client = self._websocket.client
        return Caller(Channel.APP, source=client.host if client else "")

    async def _recheck(self) -> None:
        """Closes the connection of a session that has ended, or that no longer is what it was when this began."""
        now, then = await self._admit(), self._caller
        if (now.subscriber, now.fields) != (then.subscriber, then.fields) or now.assurance < then.assurance:
            raise _Closing(4403)
        self._caller = now

    async def _obey(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._begin(message)
            case "complete":
                task = self._under_way.pop(_read_id(message), None)
                if task is not None:
                    task.cancel()
            case "connection_init":
                raise _Closing(4429)
            case _:
                raise _Closing(4400)

    async def _begin(self, message: Mapping[str, Any]) -> None:
        operation_id = _read_id(message)
        if operation_id in self._under_way:
            raise _Closing(4409)
        if not isinstance(message.get("payload"), dict):
            raise _Closing(4400)
        wanted = parse_request(message["payload"], self._graph)
        if len(self._under_way) >= OPERATIONS_MOST:
            wanted = GraphError("too_many_operations", parameters={"most": OPERATIONS_MOST})
        if isinstance(wanted, GraphError):
            await self._send_errors(operation_id, [wanted])
            return
        self._under_way[operation_id] = asyncio.create_task(self._execute(operation_id, wanted))

    async def _execute(self, operation_id: str, wanted: GraphRequest) -> None:
        try:
            async with aclosing(self._outcomes(wanted)) as outcomes:
                async for outcome in outcomes:
                    await self._recheck()
                    if outcome.data is None and outcome.errors:
                        await self._send_errors(operation_id, outcome.errors)
                        return
                    await self._send({"id": operation_id, "type": "next", "payload": render_outcome(outcome)})
            await self._send({"id": operation_id, "type": "complete"})
        except _Closing as closing:
            await self._close(closing.code)
        except WebSocketDisconnect:
            self._closed = True
        finally:
            if self._under_way.get(operation_id) is asyncio.current_task():
                del self._under_way[operation_id]

    async def _outcomes(self, wanted: GraphRequest) -> AsyncGenerator[Outcome, None]:
        kind = self._graph.find_kind(wanted.operation)
        if isinstance(kind, GraphError):
            yield Outcome(None, (kind,))
        elif kind is not OperationType.SUBSCRIPTION:
            yield await self._graph.run(wanted.operation, wanted.variables, self._caller)
        else:
            async with aclosing(self._graph.subscribe(wanted.operation, wanted.variables, self._caller)) as events:
                async for outcome in events:
                    yield outcome

    async def _end_all(self) -> None:
        under_way = [*self._under_way.values(), *([self._watch] if self._watch else [])]
        self._under_way.clear()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _receive(self) -> Mapping[str, Any]:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        text = received.get("text")
        if text is None:
            raise _Closing(4400)
        if len(text) > BODY_BYTES_MOST:
            raise _Closing(1009)
        message = parse_json(text)
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise _Closing(4400)
        return message

    async def _send_errors(self, operation_id: str, errors: list[GraphError] | tuple[GraphError, ...]) -> None:
        await self._send({"id": operation_id, "type": "error", "payload": [render_error(error) for error in errors]})

    async def _send(self, message: Mapping[str, Any]) -> None:
        if not self._closed:
            await self._websocket.send_text(to_json(message).decode())

    async def _close(self, code: int) -> None:
        if not self._closed:
            self._closed = True
            await self._websocket.close(code, CLOSE_REASONS[code])


def _read_token(payload: Any) -> str | None:  # noqa: ANN401  whatever was sent
    """The bearer token of a connection_init payload, None for a visitor. Raises _Closing for anything else."""
    if payload is None:
        return None
    if not isinstance(payload, dict):
        raise _Closing(4400)
    credentials = payload.get("authorization")
    if credentials is None:
        return None
    token = read_bearer(credentials) if isinstance(credentials, str) else None
    if token is None:
        raise _Closing(4403)
    return token


def _read_id(message: Mapping[str, Any]) -> str:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not 0 < len(operation_id) <= ID_CHARACTERS_MOST:
        raise _Closing(4400)
    return operation_id
