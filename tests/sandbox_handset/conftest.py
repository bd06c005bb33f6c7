"""Where do documents of a test stand? On a small server of their own, on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Shelf:
    """Documents by path (their body inside <vxml>), and what was asked for: method, path and fields."""

    url: str = ""
    documents: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    media_type: str = "application/voicexml+xml"

    def put(self, inside: str, path: str = "/") -> str:
        """Puts a document there; its address."""
        head = '<?xml version="1.0"?><vxml version="2.1" xmlns="http://www.w3.org/2001/vxml" xml:lang="en-US">'
        self.documents[path] = f"{head}{inside}</vxml>"
        return self.url + path

    async def answer(self, request: Request) -> Response:
        form = await request.form() if request.method == "POST" else request.query_params
        self.asked.append((request.method, request.url.path, {name: str(value) for name, value in form.items()}))
        self.bearers.extend(request.headers.getlist("authorization"))
        document = self.documents.get(request.url.path)
        if document is None:
            return Response("no such document", status_code=404)
        return Response(document, media_type=self.media_type)


async def serve(app: Starlette) -> AsyncIterator[str]:
    """The app under uvicorn on a free port; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    shelf = Shelf()
    route = Route("/{path:path}", shelf.answer, methods=["GET", "POST"])
    async for url in serve(Starlette(routes=[route])):
        shelf.url = url
        yield shelf
