"""Does the house say how it is, to those who may know, and end without dropping what is under way?"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.hall.conftest import RunningHall, make_environment


def test_readyz_names_the_system_that_is_down_and_goes_on_serving(hall: RunningHall) -> None:
    try:
        httpx.post(f"{hall.sandbox}/sandbox/outage", json={"systems": ["bill", "balance"]}).raise_for_status()
        answer = wait_for_status(hall, "degraded")
        assert answer["systems"]["bill"] == "bill_unavailable"
        assert answer["systems"]["balance"] == "balance_unavailable"
        assert answer["systems"]["line"] == answer["systems"]["database"] == "up"
        assert httpx.get(f"{hall.web}/healthz").status_code == 200
    finally:
        httpx.post(f"{hall.sandbox}/sandbox/outage", json={"systems": []}).raise_for_status()
    assert set(wait_for_status(hall, "ready")["systems"].values()) == {"up"}


def wait_for_status(hall: RunningHall, status: str, *, within_seconds: float = 30) -> dict[str, dict[str, str]]:
    until = time.monotonic() + within_seconds
    while True:
        answer = httpx.get(f"{hall.web}/readyz", timeout=20)
        if answer.json()["status"] == status:
            assert answer.status_code == 200
            return answer.json()
        assert time.monotonic() < until, answer.text
        time.sleep(0.5)


def test_metrics_count_routes_and_no_ids(hall: RunningHall) -> None:
    httpx.get(f"{hall.web}/bills/B-of-somebody")
    text = httpx.get(f"{hall.web}/metrics").raise_for_status().text
    assert 'route="/bills/{bill_id}"' in text
    assert "B-of-somebody" not in text
    for table in ("outbound_sms", "record_export"):
        assert f'onehall_waiting_rows{{table="{table}"}}' in text


def test_no_number_and_no_text_stands_in_any_log(hall: RunningHall) -> None:
    hall.text("13800138009", "这是一句私房话")
    logs = {path.name: path.read_text(encoding="utf-8") for path in (hall.folder / "log").glob("*.log")}
    assert {"gateway.log", "sms.log", "worker.log"} <= set(logs)
    for name, text in logs.items():
        assert "13800138009" not in text, name
        assert "私房话" not in text, name


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_operations_pages_do_not_exist_for_others(tmp_path: Path, path: str) -> None:
    environment = make_environment(tmp_path / "var") | {"ONEHALL_OPERATIONS_FROM": "10.1.2.0/24"}
    with gateway_alone(environment) as address:
        assert httpx.get(f"{address}{path}").status_code == 404
        assert httpx.get(f"{address}/healthz").status_code == 200


def test_a_gateway_that_is_told_to_end_finishes_the_request_under_way(tmp_path: Path) -> None:
    answers: list[httpx.Response] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a BSS that accepts and never answers
        bss = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with gateway_alone(make_environment(tmp_path / "var") | {"ONEHALL_BSS_URL": bss}) as address:
            asking = threading.Thread(target=lambda: answers.append(httpx.get(f"{address}/readyz", timeout=20)))
            asking.start()
            time.sleep(0.5)
            assert answers == [], "it is under way when the signal comes"
        asking.join(timeout=20)
    assert answers[0].json()["systems"]["bill"] == "slow"


@contextmanager
def gateway_alone(environment: dict[str, str]) -> Iterator[str]:
    """`onehall serve` over an empty database without tables, with nothing behind it; then SIGTERM. Its address."""
    process = subprocess.Popen([sys.executable, "-m", "gateway", "serve"], env=environment, stderr=subprocess.DEVNULL)
    address, until = environment["ONEHALL_PUBLIC_URL"], time.monotonic() + 120
    try:
        while not is_up(address):
            assert process.poll() is None, "it ended instead of starting"
            assert time.monotonic() < until
            time.sleep(0.1)
        yield address
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()  # whatever failed above, it outlives no test
        process.wait()


def is_up(address: str) -> bool:
    try:
        httpx.get(f"{address}/healthz")
    except httpx.TransportError:
        return False
    return True
