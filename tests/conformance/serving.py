"""How does an ASGI application stand behind a real socket during a test?"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

START_SECONDS = 20


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """Serves ``app`` on a free port of 127.0.0.1, lifespan included, and gives its address, e.g. http://127.0.0.1:4711."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # without it asyncio leaves Nagle on: 40 ms an answer
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=2))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(START_SECONDS):
            while not server.started:
                if running.done():
                    running.result()
                    raise RuntimeError("the server ended before it had started")
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()
