"""What did a client really send to a BSS, and what did it get back?"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.conformance.exchange import Exchange, below


@dataclass
class Recorder:
    """An ASGI application in front of a BSS that keeps every exchange, whichever transport brought it.

    ``base_path`` is the path of the BSS's base address. A request outside of it passes unrecorded.
    """

    app: Any
    base_path: str = "/tmf-api"
    exchanges: list[Exchange] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http" or not scope["path"].startswith(self.base_path + "/"):
            await self.app(scope, receive, send)
            return
        request_body, start, body = bytearray(), dict[str, Any](), bytearray()

        async def receive_noting() -> Any:
            message = await receive()
            request_body.extend(message.get("body", b""))
            return message

        async def send_noting(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            body.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, receive_noting, send_noting)
        self.exchanges.append(self._exchange(scope, bytes(request_body), start, bytes(body)))

    def _exchange(self, scope: Any, request_body: bytes, start: Any, body: bytes) -> Exchange:
        return Exchange(
            method=scope["method"],
            path=below(scope["path"], self.base_path),
            query=tuple(parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True)),
            request_headers=_headers(scope["headers"]),
            request_body=request_body,
            status=start.get("status", 0),
            headers=_headers(start.get("headers", ())),
            body=body,
        )


def _headers(raw: Any) -> dict[str, str]:
    return {bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1") for name, value in raw}
