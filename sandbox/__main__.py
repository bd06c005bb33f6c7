"""`python -m sandbox`: how does the sandbox run as a process of its own?"""

import argparse
import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

from sandbox.app import create_app
from sandbox.bss.life import life_goes_on
from sandbox.bss.month import parse_instant_ms
from sandbox.bss.world import OtherWorldError, World

HOST = "127.0.0.1"


def main() -> int:
    """Runs until SIGTERM or Ctrl-C; 2 if it cannot start."""
    asked = _arguments()
    try:
        listener = _bind(asked.port)
        world = World.open(asked.folder, seed=asked.seed, subscribers=asked.subscribers, now_ms=asked.now)
    except OtherWorldError as error:
        return _give_up(f"{asked.folder} holds another world ({error}). Choose another --folder, or delete it.")
    except OSError as error:
        return _give_up(str(error))
    try:
        asyncio.run(_serve(world, listener, asked))
    except KeyboardInterrupt:
        pass
    finally:
        world.store.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="An operator's outside world in a box.")
    parser.add_argument("--port", type=int, default=8100, help="HTTP: TMF APIs, control, handset")
    parser.add_argument("--smsc-port", type=int, default=2775, help="SMPP")
    parser.add_argument("--folder", type=Path, default=Path("var/sandbox"), help="where the database is kept")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--now", type=parse_instant_ms, help="the business time at which a new world begins (ISO 8601)")
    parser.add_argument("--ivr-url", default="http://localhost:8000/ivr", help="where the handset's calls are answered")
    parser.add_argument("--life", action=argparse.BooleanOptionalAction, default=True, help="new usage arrives")
    return parser.parse_args()


def _bind(port: int) -> socket.socket:
    """The listening socket. Raises OSError with a sentence."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise OSError(f"Port {port} of {HOST} cannot be opened ({error.strerror}). Choose another --port.") from None
    return listener


async def _serve(world: World, listener: socket.socket, asked: argparse.Namespace) -> None:
    app = create_app(world, life=(lambda hub: life_goes_on(world, hub)) if asked.life else None)
    config = uvicorn.Config(
        app, date_header=False, server_header=False, log_level="warning", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    port = listener.getsockname()[1]
    print(f"sandbox: BSS on http://{HOST}:{port}/tmf-api, control on http://{HOST}:{port}/sandbox", flush=True)  # noqa: T201
    await server.serve(sockets=[listener])


def _give_up(sentence: str) -> int:
    print(f"sandbox: {sentence}", file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main())
