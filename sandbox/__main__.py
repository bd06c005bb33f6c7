"""`python -m sandbox`: how does the sandbox run as a process of its own?"""

import argparse
import asyncio
import gc
import os
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TextIO

import uvicorn

from sandbox.app import create_app
from sandbox.bss.life import life_goes_on
from sandbox.bss.month import parse_instant_ms
from sandbox.bss.tmf import wire
from sandbox.bss.world import OtherWorldError, World
from sandbox.handset.routes import handset_routes
from sandbox.pay.signature import Merchant
from sandbox.payments import PLAY_MERCHANT
from sandbox.smsc import Smsc

HOST = "127.0.0.1"
HALL_NUMBER = "10086"
_NEW_OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""A heavy month is 25,000 records that live on: looking for garbage among them every 700 takes as long again."""


def main() -> int:
    """Runs until SIGTERM or Ctrl-C; 2 if it cannot start."""
    asked = _arguments()
    gc.set_threshold(_NEW_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        _check_port(asked.smsc_port, "--smsc-port")
        listener = _bind(asked.port, "--port")
    except OSError as error:
        return _give_up(str(error))
    try:
        world = World.open(asked.folder, seed=asked.seed, subscribers=asked.subscribers, now_ms=asked.now)
    except OtherWorldError as error:
        return _give_up(f"{asked.folder} holds another world ({error}). Choose another --folder, or delete it.")
    except (OSError, sqlite3.Error) as error:
        return _give_up(f"{asked.folder} cannot be used ({error}). Choose another --folder.")
    with closing(world.store):
        asyncio.run(_serve(world, listener, asked))
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
    parser.add_argument(
        "--ivr-token",
        default=os.environ.get("SANDBOX_IVR_TOKEN"),
        help="what the handset's voice gateway proves itself with; better in SANDBOX_IVR_TOKEN, which no one else sees",
    )
    parser.add_argument("--pay-merchant", default=PLAY_MERCHANT.name, help="whom the payment provider collects for")
    parser.add_argument(
        "--pay-secret",
        default=os.environ.get("SANDBOX_PAY_SECRET") or PLAY_MERCHANT.secret,
        help="what the payment provider and its merchant sign with; better in SANDBOX_PAY_SECRET",
    )
    parser.add_argument("--life", action=argparse.BooleanOptionalAction, default=True, help="new usage arrives")
    return parser.parse_args()


def _check_port(port: int, option: str) -> None:
    """Raises OSError with a sentence if the port cannot be opened."""
    _bind(port, option).close()


def _bind(port: int, option: str) -> socket.socket:
    """The listening socket. Raises OSError with a sentence."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle on, and an answer takes 40 ms
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise OSError(f"Port {port} of {HOST} cannot be opened ({reason}). Choose another {option}.") from None
    return listener


async def _serve(world: World, listener: socket.socket, asked: argparse.Namespace) -> None:
    smsc = Smsc(HOST, asked.smsc_port)
    handset = handset_routes(smsc, ivr_url=asked.ivr_url, hall_number=HALL_NUMBER, ivr_token=asked.ivr_token)
    life = (lambda hub: life_goes_on(world, hub)) if asked.life else None
    merchant = Merchant(asked.pay_merchant, asked.pay_secret)
    app = create_app(world, extra_routes=handset, life=life, merchant=merchant)
    config = uvicorn.Config(
        app, date_header=False, server_header=False, log_level="warning", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    port = listener.getsockname()[1]
    await smsc.start()
    address = f"http://{HOST}:{port}"
    wire.HOST.set(address)
    _say(f"{address}/tmf-api, {address}/sandbox, {address}/handset, SMSC on {HOST}:{asked.smsc_port}", to=sys.stdout)
    for caught in (signal.SIGINT, signal.SIGTERM):
        signal.signal(caught, lambda *_: None)  # uvicorn catches them, ends, and raises them once more
    try:
        await server.serve(sockets=[listener])
    finally:
        await smsc.stop()


def _give_up(sentence: str) -> int:
    _say(sentence, to=sys.stderr)
    return 2


def _say(sentence: str, *, to: TextIO) -> None:
    print(f"sandbox: {sentence}", file=to, flush=True)


if __name__ == "__main__":
    sys.exit(main())
