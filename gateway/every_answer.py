"""Which headers does every answer carry, whatever it answers?"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNLESS_SAID = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""For what is no page of the web hall's: the API's answers, refused methods, faults. A page brings its own."""

HTTPS_FROM_NOW_ON = "max-age=31536000; includeSubDomains"


class EveryAnswer:
    """Adds the headers that the answer does not bring. ``secure`` also asks for HTTPS, here and on names below ours."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and completes its answer."""

        async def send_complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in UNLESS_SAID.items():
                    headers.setdefault(name, value)
                if self._secure:
                    headers["Strict-Transport-Security"] = HTTPS_FROM_NOW_ON
            await send(message)

        await self._app(scope, receive, send_complete)
