"""How are the processes of one machine started, watched and ended together?"""

import asyncio
import ctypes
import errno
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx
import structlog

log = structlog.get_logger(__name__)

ENDS_WITHIN_SECONDS = 15.0
"""Longer than any of ours takes to drain: the gateway 7 s and 5 s for codes under way, the SMS link up to 13 s."""
LONGEST_RESTART_DELAY_SECONDS = 30.0
CANNOT_EVER = 2
"""A child's exit code for "as I was called I can't ever run": it is not started again."""
LOG_IS_ROLLED_AT_BYTES = 10 * 1024 * 1024
_PR_SET_PDEATHSIG = 1


class CannotStart(Exception):  # noqa: N818  the one line that a person reads
    """Something on this machine stands in the way; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep running. ``is_ready`` is asked until it answers True. ``others_need_it``: it ends after those
    others, which ask something of it to the last."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], Awaitable[bool]]
    ready_within_seconds: float = 60.0
    others_need_it: bool = False


class Supervisor:
    """Starts children, restarts one that ends by itself, and ends all of them."""

    def __init__(self, log_folder: Path, environment: dict[str, str]) -> None:
        self._log_folder = log_folder
        self._environment = environment
        self._watchers: list[tuple[Child, asyncio.Task[None]]] = []
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._ending = False

    async def start(self, child: Child) -> None:
        """Starts a child and waits until it is ready. Raises CannotStart with the place of its log."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        watcher = asyncio.create_task(self._keep_running(child), name=child.name)
        self._watchers.append((child, watcher))
        try:
            async with asyncio.timeout(child.ready_within_seconds):
                while not await child.is_ready():
                    if watcher.done():
                        break
                    await asyncio.sleep(0.05)
                else:
                    return
        except TimeoutError:
            pass
        raise CannotStart(f"{child.name} did not start: {self._last_words(child)} (more in {self._log_path(child)})")

    async def end(self) -> None:
        """Asks every child to end, those that others need after the others, and kills what has not ended in time."""
        self._ending = True
        for is_needed in (False, True):
            ending = [each for each in self._watchers if each[0].others_need_it is is_needed]
            await asyncio.gather(*(self._end_one(child, watcher) for child, watcher in ending))
        self._watchers.clear()

    async def _end_one(self, child: Child, watcher: asyncio.Task[None]) -> None:
        await self._end_process(child)
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)

    async def _end_process(self, child: Child) -> None:
        process = self._running.pop(child.name, None)
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(ENDS_WITHIN_SECONDS):
                await process.wait()
        except TimeoutError:
            log.warning("killed", child=child.name, pid=process.pid)
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def _keep_running(self, child: Child) -> None:
        delay_seconds = 0.5
        while not self._ending:
            started = asyncio.get_running_loop().time()
            try:
                exit_code = await self._run_once(child)
            except OSError as error:  # no room for its log, no process left: that passes, and nobody else would see it
                log.error("child_not_started", child=child.name, error=type(error).__name__)
                exit_code = None
            if self._ending:
                return
            if exit_code == CANNOT_EVER:
                log.error("child_given_up", child=child.name, exit_code=exit_code)
                return
            lived_seconds = asyncio.get_running_loop().time() - started
            delay_seconds = 0.5 if lived_seconds > LONGEST_RESTART_DELAY_SECONDS else delay_seconds * 2
            delay_seconds = min(delay_seconds, LONGEST_RESTART_DELAY_SECONDS)
            log.error("child_ended", child=child.name, exit_code=exit_code, retry_seconds=delay_seconds)
            await asyncio.sleep(delay_seconds)

    async def _run_once(self, child: Child) -> int:
        with self._open_log(child) as output:
            process = await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._running[child.name] = process
        exit_code = await process.wait()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what it started and left behind ends with it
        return exit_code

    def _last_words(self, child: Child) -> str:
        path = self._log_path(child)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return lines[-1] if lines else "it said nothing"

    def _log_path(self, child: Child) -> Path:
        return self._log_folder / f"{child.name}.log"

    def _open_log(self, child: Child) -> BinaryIO:
        path = self._log_path(child)
        if path.exists() and path.stat().st_size > LOG_IS_ROLLED_AT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")


def _end_with_parent() -> None:
    """On Linux the kernel ends a child whose parent was killed, so that none is left holding a port."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def check_port_is_free(host: str, port: int, *, setting: str) -> None:
    """Raises CannotStart where another program holds the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise CannotStart(
                f"Port {port} needs more rights than you have. Set {setting} to one above 1023."
            ) from error
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise CannotStart(
                    f"{host} is no IPv4 address of this machine. Set ONEHALL_HOST to 127.0.0.1, or 0.0.0.0 for all."
                ) from error
            raise CannotStart(
                f"Port {port} on {host} is taken by another program. End that program, or set {setting} to a free port."
            ) from error


def check_folder_is_writable(folder: Path) -> None:
    """Makes the folder. Raises CannotStart where it can't be made or written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"The folder {folder} can't be written ({error.strerror}). Change its rights, or set ONEHALL_DATA_FOLDER."
        ) from error


async def answers_http(url: str) -> bool:
    """Whether an HTTP GET of this address is answered with 200 now."""
    try:
        async with httpx.AsyncClient(timeout=1) as client:
            return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


async def accepts_connections(host: str, port: int) -> bool:
    """Whether something listens there now."""
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
    except (OSError, TimeoutError):
        return False
    return True
