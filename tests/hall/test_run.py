"""Does one command start, keep and end everything, and say clearly why it can't?"""

import re
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.hall.conftest import RunningHall, end, free_ports, make_environment, start


def tell(environment: dict[str, str], *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Runs an `onehall` command to its end."""
    command = [sys.executable, "-m", "gateway", *words]
    return subprocess.run(
        command, env=environment, input=answer, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_says_where_everything_is_and_whom_to_sign_in_as(hall: RunningHall) -> None:
    assert hall.web in hall.said
    assert f"{hall.sandbox}/handset" in hall.said
    assert re.search(r"13800138001\s+258001", hall.said)
    assert "text YE" in hall.said


def test_ctrl_c_ends_every_child_and_a_second_start_keeps_the_data(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    environment = make_environment(folder)
    first = start(folder, environment)
    children = psutil.Process(first.process.pid).children(recursive=True)
    started = {word for child in children for word in child.cmdline()}
    assert {"serve", "worker", "beat", "sms", "valkey", "sandbox"} <= started
    with first.sign_in("13800138001") as api:
        token = api.headers["authorization"]
    assert "ended" in end(first)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive, [process.cmdline() for process in alive]
    assert first.process.returncode == 0

    second = start(folder, environment)
    try:
        with second.sign_in("13800138001") as api:
            answer = api.post("/graphql", json={"documentId": "Home"}, headers={"authorization": token})
            assert answer.json()["data"]["me"]["line"]["maskedNumber"] == "138****8001", "the session was kept"
        refused = tell(environment, "run")
        assert refused.returncode == 2
        assert "already runs on the folder" in refused.stderr
    finally:
        end(second)


@pytest.mark.parametrize("setting", ["ONEHALL_PORT", "ONEHALL_SANDBOX_PORT", "ONEHALL_SMSC_PORT"])
def test_a_taken_port_is_one_clear_line(tmp_path: Path, setting: str) -> None:
    environment = make_environment(tmp_path / "var")
    with socket.create_server(("127.0.0.1", int(environment[setting]))):
        refused = tell(environment, "run")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert f"set {setting} to a free port" in refused.stderr


def test_two_settings_with_one_port_are_one_clear_line(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "var")
    refused = tell(environment | {"ONEHALL_SANDBOX_PORT": environment["ONEHALL_PORT"]}, "run")
    assert refused.returncode == 2
    assert "ONEHALL_PORT and ONEHALL_SANDBOX_PORT are both" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_redis_that_does_not_answer_is_one_clear_line(tmp_path: Path) -> None:
    [port] = free_ports(1)
    given = {"ONEHALL_REDIS_URL": f"redis://:s3cret@127.0.0.1:{port}/0"}
    refused = tell(make_environment(tmp_path / "var") | given, "run")
    assert refused.returncode == 2
    assert f"No Redis answers at 127.0.0.1:{port}/0" in refused.stderr
    assert "s3cret" not in refused.stderr + refused.stdout


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    refused = tell(make_environment(tmp_path / "var"), "run")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "ONEHALL_DATA_FOLDER" in refused.stderr


def test_reset_forgets_everything_and_asks_first(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    (folder / "onehall.db").write_text("old")
    environment = make_environment(folder)
    asked = tell(environment, "reset", answer="n\n")
    assert asked.returncode == 1
    assert (folder / "onehall.db").exists()
    done = tell(environment, "reset", "--yes")
    assert done.returncode == 0
    assert list(folder.iterdir()) == []


def test_doctor_names_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "var")
    told = tell(environment, "doctor")
    assert told.returncode == 1
    for system in ("redis", "bill", "smsc"):
        assert re.search(rf"NO\s+{system}", told.stdout)
    assert "ONEHALL_REDIS_URL" in told.stdout
    assert "Traceback" not in told.stderr
