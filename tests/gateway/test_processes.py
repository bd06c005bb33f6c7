"""Are children started, watched and ended?"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from gateway.processes import (
    CannotStart,
    Child,
    Supervisor,
    accepts_connections,
    check_folder_is_writable,
    check_port_is_free,
)

pytestmark = pytest.mark.anyio

WRITES_ITS_PID = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WRITES_ITS_PID


def make_child(tmp_path: Path, program: str = WRITES_ITS_PID, *, name: str = "child") -> tuple[Child, Path]:
    note = tmp_path / f"{name}.pid"

    async def is_ready() -> bool:
        return await asyncio.to_thread(lambda: note.exists() and note.read_text() != "")

    return Child(name, (sys.executable, "-c", program, str(note)), is_ready, ready_within_seconds=20), note


async def test_a_child_is_ready_when_start_returns_and_gone_when_end_does(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, dict(os.environ))
    child, note = make_child(tmp_path)
    await supervisor.start(child)
    pid = int(note.read_text())
    assert psutil.pid_exists(pid)
    await supervisor.end()
    assert not psutil.pid_exists(pid)


async def test_a_child_that_ends_by_itself_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, dict(os.environ))
    child, note = make_child(tmp_path)
    await supervisor.start(child)
    first = int(note.read_text())
    note.unlink()
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(20):
        while not await child.is_ready():  # noqa: ASYNC110  another process writes the note
            await asyncio.sleep(0.05)
    assert int(note.read_text()) != first
    await supervisor.end()


async def test_a_child_whose_log_cannot_be_opened_is_started_once_it_can_be(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, dict(os.environ))
    child, note = make_child(tmp_path)
    await supervisor.start(child)
    log_path, first = tmp_path / "child.log", int(note.read_text())
    note.unlink()
    log_path.unlink()
    log_path.mkdir()
    os.kill(first, signal.SIGKILL)
    await asyncio.sleep(1.5)
    log_path.rmdir()
    async with asyncio.timeout(20):
        while not await child.is_ready():  # noqa: ASYNC110  another process writes the note
            await asyncio.sleep(0.05)
    await supervisor.end()


async def test_what_a_child_started_itself_ends_with_it_even_when_it_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "grandchild.pid"
    program = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {WRITES_ITS_PID!r}, {str(note)!r}]); "
    )
    child, _ = make_child(tmp_path, program + WRITES_ITS_PID)
    supervisor = Supervisor(tmp_path, dict(os.environ))
    await supervisor.start(child)
    async with asyncio.timeout(20):
        while not (note.exists() and note.read_text()):  # noqa: ASYNC110  another process writes the note
            await asyncio.sleep(0.05)
    grandchild = psutil.Process(int(note.read_text()))
    os.kill(int((tmp_path / "child.pid").read_text()), signal.SIGKILL)
    assert await asyncio.to_thread(psutil.wait_procs, [grandchild], 10) == ([grandchild], [])
    await supervisor.end()


async def test_a_child_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.processes.ENDS_WITHIN_SECONDS", 0.3)
    supervisor = Supervisor(tmp_path, dict(os.environ))
    child, note = make_child(tmp_path, STUBBORN)
    await supervisor.start(child)
    await supervisor.end()
    assert not psutil.pid_exists(int(note.read_text()))


ENDS_WITH_ITS_PARTNER = """
import os, pathlib, signal, sys, time
note = pathlib.Path(sys.argv[1])
partner = note.with_name({"gateway": "worker", "worker": "gateway"}.get(note.stem, note.stem) + ".ending")
def end(*_):
    note.with_suffix(".ending").write_text(str(time.monotonic()))
    until = time.monotonic() + 5
    while not partner.exists() and time.monotonic() < until:
        time.sleep(0.01)
    note.with_suffix(".ended").write_text(str(time.monotonic()))
    raise SystemExit
signal.signal(signal.SIGTERM, end)
note.write_text(str(os.getpid()))
time.sleep(60)
"""


async def test_what_others_need_ends_after_them_and_those_end_side_by_side(tmp_path: Path) -> None:
    supervisor, notes = Supervisor(tmp_path, dict(os.environ)), dict[str, Path]()
    for name in ("gateway", "store", "worker"):
        child, notes[name] = make_child(tmp_path, ENDS_WITH_ITS_PARTNER, name=name)
        await supervisor.start(replace(child, others_need_it=name == "store"))
    await supervisor.end()

    def when(name: str, what: str) -> float:
        return float(notes[name].with_suffix(what).read_text())

    assert when("gateway", ".ending") < when("worker", ".ended")
    assert when("worker", ".ending") < when("gateway", ".ended")
    assert max(when("gateway", ".ended"), when("worker", ".ended")) < when("store", ".ending")


async def test_a_child_that_never_gets_ready_is_named_with_its_log(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, dict(os.environ))

    async def never() -> bool:
        return False

    failing = (sys.executable, "-c", "raise SystemExit('out of luck')")
    child = Child("unlucky", failing, never, ready_within_seconds=1)
    with pytest.raises(CannotStart, match=r"unlucky did not start: out of luck.*unlucky\.log"):
        await supervisor.start(child)
    await supervisor.end()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel ends the children of a killed parent")
async def test_children_of_a_killed_parent_end(tmp_path: Path) -> None:
    note = tmp_path / "grandchild.pid"
    program = f"""
import asyncio, os, sys
from pathlib import Path
from gateway.processes import Child, Supervisor
async def is_ready(): return Path({str(note)!r}).exists()
async def main():
    supervisor = Supervisor(Path({str(tmp_path)!r}), dict(os.environ))
    await supervisor.start(Child("grandchild", (sys.executable, "-c", {WRITES_ITS_PID!r}, {str(note)!r}), is_ready))
    print("up", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    parent = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert await asyncio.to_thread(parent.stdout.readline) == "up\n"
    grandchild = psutil.Process(int(note.read_text()))
    parent.kill()
    await asyncio.to_thread(parent.communicate)
    assert await asyncio.to_thread(psutil.wait_procs, [grandchild], 10) == ([grandchild], [])


def test_a_taken_port_is_said_in_one_line_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"Port {port} on 127.0.0.1 is taken.*ONEHALL_PORT"):
            check_port_is_free("127.0.0.1", port, setting="ONEHALL_PORT")
    check_port_is_free("127.0.0.1", port, setting="ONEHALL_PORT")


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_not_called_a_taken_port(host: str) -> None:
    with pytest.raises(CannotStart, match=rf"{host} is no IPv4 address of this machine.*ONEHALL_HOST"):
        check_port_is_free(host, 8000, setting="ONEHALL_PORT")


def test_a_folder_that_cannot_be_made_is_said_in_one_line_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(CannotStart, match=r"can't be written.*ONEHALL_DATA_FOLDER"):
        check_folder_is_writable(file / "var")


async def test_a_port_where_nobody_listens_accepts_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert await accepts_connections("127.0.0.1", port)
    assert not await accepts_connections("127.0.0.1", port)
