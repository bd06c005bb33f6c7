"""Does an order outlive a sandbox that is killed, with everything that it did and will do?"""

from pathlib import Path
from typing import Any

import httpx

from tests.sandbox import changes as ask
from tests.sandbox.test_process import ask as until_up
from tests.sandbox.test_process import started

ORDERS = f"{ask.ORDERING}/productOrder"


def run(folder: Path, deeds: list[Any]) -> list[Any]:
    """Starts the sandbox, does deeds (a path to GET, or a path and a body to POST), and kills it: what came back."""
    with started(folder, "--now", "2026-11-22T10:00:00+08:00", "--no-life") as (_, port):
        until_up(port, "/sandbox/clock")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
            return [
                client.get(deed).json() if isinstance(deed, str) else client.post(deed[0], json=deed[1]).json()
                for deed in deeds
            ]


def test_a_killed_sandbox_has_its_orders_when_it_comes_back(tmp_path: Path) -> None:
    at_once = ask.order(ask.NEAR, ask.add(ask.NEAR, "pack-data-10"), "r-once")
    later = ask.order(ask.NEAR, ask.change_plan(ask.NEAR, "plan-129"), "r-later")
    lost = ask.order(ask.ORDINARY, ask.lost(ask.ORDINARY, is_lost=True), "r-lost")
    placed = run(tmp_path, [(ORDERS, body) for body in (at_once, later, lost)])
    packages = f"{ask.INVENTORY}?productRelationship.product.id={ask.NEAR}"
    again = run(
        tmp_path,
        [
            *((ORDERS, body) for body in (at_once, later, lost)),
            f"{ask.INVENTORY}/{ask.ORDINARY}",
            ("/sandbox/clock", {"now": "2026-12-01T00:00:00+08:00"}),
            packages,
            f"{ORDERS}?relatedParty.id={ask.NEAR}",
        ],
    )
    assert [order["id"] for order in again[:3]] == [order["id"] for order in placed]
    assert again[3]["status"] == "suspended"
    held = {item["productOffering"]["id"]: item["status"] for item in again[5] if "productOffering" in item}
    assert (held["pack-data-10"], held["plan-129"], held["plan-79"]) == ("active", "active", "terminated")
    assert [order["state"] for order in again[6]] == ["completed", "completed"]
