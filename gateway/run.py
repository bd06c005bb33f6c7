"""How does ``onehall run`` bring everything up on one machine, and what does it tell the person who started it?"""

import asyncio
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.migrations import upgrade_database
from gateway.processes import (
    CannotStart,
    Child,
    Supervisor,
    accepts_connections,
    answers_http,
    check_folder_is_writable,
    check_port_is_free,
)
from gateway.seed import fetch_personas, seed
from gateway.settings import Settings

PING_SECONDS = 3.0


def run(settings: Settings) -> None:
    """Starts all processes and stays until Ctrl-C. Raises CannotStart with one line that says what to do."""
    check_folder_is_writable(settings.data_folder)
    with only_once(settings.data_folder):
        _check_ports(list(_ports(settings)))
        asyncio.run(_run(settings))


def _ports(settings: Settings) -> Iterator[tuple[str, int, str]]:
    yield settings.host, settings.port, "ONEHALL_PORT"
    if not settings.bss_url:
        yield "127.0.0.1", settings.sandbox_port, "ONEHALL_SANDBOX_PORT"
    if not settings.smsc_host:
        yield "127.0.0.1", settings.smsc_port, "ONEHALL_SMSC_PORT"


def _check_ports(ports: list[tuple[str, int, str]]) -> None:
    taken_by: dict[int, str] = {}
    for host, port, setting in ports:
        if port in taken_by:
            raise CannotStart(f"{taken_by[port]} and {setting} are both {port}. Set one of them to another port.")
        taken_by[port] = setting
        check_port_is_free(host, port, setting=setting)


@contextmanager
def only_once(data_folder: Path) -> Iterator[None]:
    """Holds the data folder for this process. Raises CannotStart where another OneHall holds it."""
    with (data_folder / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(
                f"OneHall already runs on the folder {data_folder}. End it first, or set ONEHALL_DATA_FOLDER."
            ) from error
        yield


async def _run(settings: Settings) -> None:
    begun = time.monotonic()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    supervisor = Supervisor(settings.data_folder / "log", dict(os.environ))
    bringing_up = asyncio.create_task(_bring_up(supervisor, settings))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({bringing_up, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if bringing_up.done():
            personas = await bringing_up
            click.echo(welcome(settings, personas, seconds=time.monotonic() - begun))
            await stop.wait()
        click.echo("\nEnding …")
    finally:
        bringing_up.cancel()
        await asyncio.gather(bringing_up, return_exceptions=True)
        await supervisor.end()
    click.echo("All processes have ended. Your data stays in " + str(settings.data_folder))


async def _bring_up(supervisor: Supervisor, settings: Settings) -> list[dict[str, Any]]:
    """What others need comes first; what can start side by side does. Returns the demo people, if there are any."""
    click.echo("Starting OneHall …")
    if settings.redis_url and not await _answers_ping(settings.redis):
        address = settings.redis_url.rpartition("@")[2]
        raise CannotStart(f"No Redis answers at {address}. Start it, or check ONEHALL_REDIS_URL.")
    behind = [child for child in (_valkey(settings), _sandbox(settings)) if child is not None]
    await asyncio.gather(
        asyncio.to_thread(upgrade_database, settings.database), *(supervisor.start(child) for child in behind)
    )
    ahead = asyncio.gather(*(supervisor.start(child) for child in _own_processes(settings)))
    personas = [] if settings.bss_url else await fetch_personas(settings.sandbox_url)
    await seed(settings, personas)
    await ahead
    return personas


def _command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "gateway", *arguments)


def _valkey(settings: Settings) -> Child | None:
    if settings.redis_url:
        return None
    return Child("valkey", _command("valkey"), lambda: _answers_ping(settings.redis), others_need_it=True)


def _sandbox(settings: Settings) -> Child | None:
    if settings.bss_url and settings.smsc_host:
        return None
    is_ready = partial(answers_http, f"{settings.sandbox_url}/sandbox/clock")
    return Child("sandbox", _command("sandbox"), is_ready, others_need_it=True)


def _own_processes(settings: Settings) -> tuple[Child, ...]:
    ready_folder = settings.data_folder / "ready"
    return (
        Child("gateway", _command("serve"), lambda: answers_http(f"http://{settings.host}:{settings.port}/healthz")),
        Child("worker", _command("worker"), lambda: _exists(ready_folder / "worker")),
        Child("beat", _command("beat"), _at_once),
        Child("sms", _command("sms"), lambda: accepts_connections(*settings.smsc)),
    )


async def _at_once() -> bool:
    """Nobody waits for the schedule: what it asks for can wait."""
    return True


async def _exists(path: Path) -> bool:
    return await asyncio.to_thread(path.exists)


async def _answers_ping(url: str) -> bool:
    redis: Redis = Redis.from_url(url, socket_connect_timeout=PING_SECONDS, socket_timeout=PING_SECONDS)
    try:
        return bool(await redis.ping())
    except (RedisError, OSError):
        return False
    finally:
        await redis.aclose()


def welcome(settings: Settings, personas: list[dict[str, Any]], *, seconds: float) -> str:
    """The addresses, the demo numbers with their passwords, and what to try."""
    rows = [
        f"  {person['number']}  {person['servicePassword']}  {person['story']['zh']} · {person['story']['en']}"
        for person in personas
    ]
    lines = [
        f"\nOneHall is up after {seconds:.1f} s.",
        "",
        f"  Web hall   {settings.public_url}",
        f"  GraphQL    {settings.public_url}/graphql",
        f"  IVR        {settings.public_url}/ivr",
        f"  Health     {settings.public_url}/readyz",
    ]
    if personas:
        number, password = personas[0]["number"], personas[0]["servicePassword"]
        lines += [
            f"  Handset    {settings.sandbox_url}/handset   (texts and calls, without a telephone)",
            "",
            "  Number       Password  Who",
            *rows,
            "",
            "Try:",
            f"  - sign in at {settings.public_url} with {number} and {password}",
            f"  - open the handset, text YE to {settings.hall_number}, or call it and press 1",
            "  - ask the API: sign in, then a trusted question (any question with ONEHALL_OPEN_DOCUMENTS=true):",
            *_api_example(settings, number, password),
        ]
    return "\n".join([*lines, "", f"Logs are in {settings.data_folder / 'log'}. Ctrl-C ends everything."])


def _api_example(settings: Settings, number: str, password: str) -> list[str]:
    kind = "-H 'content-type: application/json'"
    body = f'{{"number":"{number}","password":"{password}"}}'
    sign_in = f"curl -s {settings.public_url}/api/sign-in {kind} -d '{body}'"
    pick = "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"token\"])'"
    question = '-d \'{"documentId":"Home"}\''
    return [
        f"    TOKEN=$({sign_in} | {pick})",
        f'    curl -s {settings.public_url}/graphql {kind} -H "authorization: Bearer $TOKEN" {question}',
    ]
