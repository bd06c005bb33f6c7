"""Does `python -m sandbox` start, answer over a socket, and end at once when it is told to?"""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.pay.signature import Merchant, signed_headers

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def started(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        str(port),
        "--smsc-port",
        str(free_port()),
        "--folder",
        str(folder),
    ]
    process = subprocess.Popen([*command, *more], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process, port
    finally:
        process.kill()
        process.communicate()


def ask(port: int, path: str) -> tuple[object, str]:
    """The answer, asked again until the server is up, and its Date."""
    for _ in range(400):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return json.load(answer), answer.headers["Date"]
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(path)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_and_ends_cleanly(tmp_path: Path, ending: signal.Signals) -> None:
    with started(tmp_path, "--now", "2030-05-06T12:00:00+08:00", "--life") as (process, port):
        personas, date = ask(port, "/sandbox/personas")
        assert isinstance(personas, list)
        assert len(personas) == 15
        assert "06 May 2030 04:00" in date
        process.send_signal(ending)
        began = time.monotonic()
        said, complained = process.communicate(timeout=10)
        assert (process.returncode, complained) == (0, "")
        assert time.monotonic() - began < 3
        assert f"http://127.0.0.1:{port}/tmf-api" in said


def signed(port: int, path: str, secret: str, body: bytes | None = None) -> tuple[int, Any]:
    """What the payment provider answers to a merchant of this secret."""
    merchant = Merchant("onehall", secret)
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/pay-api/v1{path}", body, signed_headers(merchant, body or b"")
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_payments_outlive_a_kill_and_are_made_by_whoever_knows_the_secret(tmp_path: Path) -> None:
    wish = {
        "reference": "r1",
        "amount": "50.00",
        "subject": "充值",
        "notifyUrl": "http://127.0.0.1:9",
        "returnUrl": "http://x",
    }
    with started(tmp_path, "--pay-secret", "known to two") as (process, port):
        ask(port, "/sandbox/clock")
        assert signed(port, "/payments", "guessed", json.dumps(wish).encode())[0] == 401
        status, made = signed(port, "/payments", "known to two", json.dumps(wish).encode())
        assert status == 201
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with started(tmp_path, "--pay-secret", "known to two") as (_, port):
        ask(port, "/sandbox/clock")
        status, found = signed(port, "/payments/r1", "known to two")
        assert (status, found["id"], found["state"]) == (200, made["id"], "open")


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with started(tmp_path, "--port", str(port)) as (process, _):
            _, complained = process.communicate(timeout=20)
            assert process.returncode == 2
            assert complained.startswith(f"sandbox: Port {port} of 127.0.0.1 cannot be opened")
            assert complained.count("\n") == 1


def test_another_world_in_the_folder_is_one_clear_line(tmp_path: Path) -> None:
    with started(tmp_path, "--seed", "1") as (process, port):
        ask(port, "/sandbox/clock")
        process.terminate()
        process.wait(10)
    with started(tmp_path, "--seed", "2") as (process, _):
        _, complained = process.communicate(timeout=20)
        assert process.returncode == 2
        assert "made with seed 1" in complained
        assert complained.count("\n") == 1
