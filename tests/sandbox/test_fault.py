"""Can an answer get lost after the BSS did what was asked, or the request before?"""

from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox import changes as ask
from tests.sandbox.test_process import ask as until_up
from tests.sandbox.test_process import started

ORDERS = f"{ask.ORDERING}/productOrder"
BODY = ask.order(ask.NEAR, ask.add(ask.NEAR, "pack-data-10"), "r-1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a sandbox in a process of its own."""
    folder = tmp_path_factory.mktemp("fault")
    with started(folder, "--now", "2026-11-22T10:00:00+08:00", "--no-life") as (_, port):
        until_up(port, "/sandbox/clock")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5, trust_env=False) as client:
            yield client


def fault(client: httpx.Client, mode: str, *, path: str = "/productOrder", times: int = 1) -> None:
    answer = client.post("/sandbox/fault", json={"path": path, "mode": mode, "times": times})
    assert answer.status_code == 201, answer.text


def found(client: httpx.Client, reference: str) -> int:
    return len(client.get(ORDERS, params={"externalId": reference}).json())


def test_a_dropped_answer_leaves_the_order_there_to_be_found(server: httpx.Client) -> None:
    fault(server, "dropAnswer", times=2)
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            server.post(ORDERS, json=BODY)
    assert found(server, "r-1") == 1
    assert server.post(ORDERS, json=BODY).status_code == 201
    assert found(server, "r-1") == 1


def test_silence_is_an_order_and_no_answer(server: httpx.Client) -> None:
    body = ask.order(ask.ORDINARY, ask.add(ask.ORDINARY, "pack-data-10"), "r-2")
    fault(server, "silence")
    with pytest.raises(httpx.ReadTimeout):
        server.post(ORDERS, json=body, timeout=0.5)
    assert found(server, "r-2") == 1


@pytest.mark.parametrize("mode", ["dropRequest", "error"])
def test_a_request_that_is_lost_orders_nothing(server: httpx.Client, mode: str) -> None:
    body = ask.order(ask.CONTRACT, ask.add(ask.CONTRACT, "pack-data-10"), f"r-{mode}")
    fault(server, mode)
    try:
        assert server.post(ORDERS, json=body).status_code == 500
    except httpx.RemoteProtocolError:
        assert mode == "dropRequest"
    assert found(server, f"r-{mode}") == 0


def test_faults_are_shown_and_taken_back_and_hit_no_other_path(server: httpx.Client) -> None:
    fault(server, "error", path="/cancelProductOrder", times=3)
    assert server.get("/sandbox/fault").json() == [
        {"path": "/cancelProductOrder", "mode": "error", "method": "POST", "times": 3}
    ]
    assert server.get(ORDERS).status_code == 200
    assert server.delete("/sandbox/fault").json() == []
    for bad in ({"path": "/x", "mode": "explode"}, {"path": "/x", "mode": "error", "times": 0}, {"mode": "error"}):
        assert server.post("/sandbox/fault", json=bad).status_code == 400
