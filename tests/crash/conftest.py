"""Where do processes die in these tests? Beside one sandbox, each over a database of its own.

``make test`` runs every third case of each test of money and of rewards (SLICED), ``make campaign`` every one:
``--whole``. Changes and repeated keys run whole in both.
"""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PACK = "pack-data-5"
SLICED = ("test_money.py", "test_rewards.py", "test_standing.py")
ONE_IN = 3


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out cases of SLICED, unless every one is asked for, or one by its name."""
    if config.getoption("--whole") or any("::" in each for each in config.args):
        return
    left_out = find_left_out([item.nodeid for item in items if item.path.parent == Path(__file__).parent])
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left_out])
    items[:] = [item for item in items if item.nodeid not in left_out]


def find_left_out(node_ids: Iterable[str]) -> set[str]:
    """Of each test of SLICED all cases but the first, the fourth, and so on: each way that money takes dies at least
    once in every run."""
    places: Counter[str] = Counter()
    left_out = set()
    for node_id in node_ids:
        path, _, case = node_id.partition("::")
        test = f"{path}::{case.partition('[')[0]}"
        if Path(path).name in SLICED and places[test] % ONE_IN:
            left_out.add(node_id)
        places[test] += 1
    return left_out


class Sandbox:
    """The operator's systems and its payment provider, in a process of their own over a socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.Client(base_url=address, timeout=10)
        self._wait()
        found = self._get(
            "/tmf-api/productInventory/v4/product",
            **{
                "productSpecification.id": "mobile-line",
                "status": "active",
                "limit": 200,
            },
        )
        self._lines = [(line["id"], line["productSerialNumber"]) for line in found]

        self._payers = self._lines[::-1]  # from the other end

    def take_line(self) -> tuple[str, str]:
        """The id and number of a line that nobody has taken yet and that can have the pack."""
        while self._lines:
            line_id, number = self._lines.pop()
            if self.qualifies(line_id):
                return line_id, number
        raise LookupError("let the sandbox have more subscribers: every line of it is taken")

    def take_account(self) -> tuple[str, str, str]:
        """Line, number and account of somebody who pays for this one line alone, and owes nothing."""
        while self._payers:
            line_id, number = self._payers.pop()
            line = self._http.get(f"/tmf-api/productInventory/v4/product/{line_id}").raise_for_status().json()
            account = line["billingAccount"]["id"]
            shared = self._get("/tmf-api/productInventory/v4/product", **{"billingAccount.id": account, "limit": 9})
            if len({each["id"] for each in shared if "productSerialNumber" in each}) == 1 and self._is_free(account):
                return line_id, number, account
        raise LookupError("let the sandbox have more subscribers: every account of it is taken")

    def fetch_orders(self, reference: str) -> list[dict[str, Any]]:
        return self._get("/tmf-api/productOrderingManagement/v4/productOrder", externalId=reference)

    def count_packs(self, line_id: str) -> int:
        held = self._get("/tmf-api/productInventory/v4/product", **{"productRelationship.product.id": line_id})
        named = [each.get("productOffering", {}).get("id") for each in held if each["status"] == "active"]
        return named.count(PACK)

    def qualifies(self, line_id: str) -> bool:
        """Whether the pack can be ordered for it."""
        asked = {
            "instantSyncQualification": True,
            "provideUnavailabilityReason": True,
            "channel": {"id": "web"},
            "relatedParty": [{"id": line_id, "role": "line", "@referredType": "Product"}],
            "productOfferingQualificationItem": [{"id": "1", "action": "add", "productOffering": {"id": PACK}}],
        }
        path = "/tmf-api/productOfferingQualification/v4/productOfferingQualification"
        answer = self._http.post(path, json=asked).raise_for_status().json()
        return bool(answer["productOfferingQualificationItem"][0]["qualificationItemResult"] == "qualified")

    def control(self, address: str, **facts: Any) -> None:
        self._http.post(f"/sandbox/{address}", json=facts).raise_for_status()

    def _wait(self) -> None:
        for _ in range(200):
            try:
                self._http.get("/sandbox/clock").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("the sandbox does not answer")

    def _get(self, path: str, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._http.get(path, params=query).raise_for_status().json()
        return found

    def _is_free(self, account: str) -> bool:
        """Own money that goes in can come out again."""
        pots = self._get("/tmf-api/prepayBalanceManagement/v4/bucket", **{"partyAccount.id": account})
        bills = self._get("/tmf-api/customerBillManagement/v4/customerBill", **{"billingAccount.id": account})
        return not any(each["state"] in {"validated", "sent"} for each in bills) and bool(pots)


class Processes:
    """Does deeds in processes of their own, one after another."""

    def __init__(self, process: subprocess.Popen[str], sandbox: Sandbox, database_url: str) -> None:
        self._process, self._sandbox, self._database_url = process, sandbox, database_url

    def do(self, do: str, *, die_at: str | None = None, later_seconds: float = 0, **asked: Any) -> Any:
        """The deed's answer; raises what broke. With ``die_at`` it must be killed there, and answers nothing."""
        job = {
            "do": do,
            "die_at": die_at,
            "later_seconds": later_seconds,
            "asked": asked,
            "database": self._database_url,
            "sandbox": self._sandbox.address,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)
        said = json.loads(self._process.stdout.readline())
        assert "broken" not in said, said["broken"]
        assert said["killed"] == (die_at is not None), f"{do} was never at {die_at}: {said}"
        return said.get("answer", said.get("refused", said.get("fault")))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all tests of this folder, each of which takes a line of its own. Its clock is left alone."""
    with open_sandbox(tmp_path_factory.mktemp("sandbox"), subscribers=300) as sandbox:
        yield sandbox


@contextmanager
def open_sandbox(folder: Path, *, subscribers: int) -> Iterator[Sandbox]:
    """A sandbox in a process of its own."""
    ports = ["--port", str(_free_port()), "--smsc-port", str(_free_port())]
    options = ["--folder", str(folder), "--subscribers", str(subscribers), "--no-life"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *ports, *options], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        said = re.search(r"http://127\.0\.0\.1:[0-9]+", process.stdout.readline())
        assert said is not None
        yield Sandbox(said.group())
    finally:
        _end(process)


@pytest.fixture(scope="session")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """The process from which the others are forked."""
    command = [sys.executable, "-m", "tests.crash.process"]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        _end(process)


@pytest.fixture
def processes(nursery: subprocess.Popen[str], sandbox: Sandbox, furnished_sqlite_url: str) -> Processes:
    return Processes(nursery, sandbox, furnished_sqlite_url)


@pytest.fixture
def processes_anywhere(nursery: subprocess.Popen[str], sandbox: Sandbox, furnished_database_url: str) -> Processes:
    """Over whichever database ``furnished_database_url`` is said to be."""
    return Processes(nursery, sandbox, furnished_database_url)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
