"""Is the ledger whole after clients were killed? A slice of benchmarks/points_campaign.py."""

from pathlib import Path

import pytest

from tests.loyalty.points.campaign import Campaign, judge, wage

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1800)]  # the whole of it kills a hundred processes


@pytest.mark.postgres
async def test_nothing_is_lost_or_doubled_by_clients_that_are_killed(
    postgres_points_url: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    deeds = 20_000 if pytestconfig.getoption("--whole") else 400
    plan = Campaign(
        postgres_points_url, str(tmp_path), deeds=deeds, clients=12, processes=2, lines=12, kills=deeds // 200, seed=7
    )
    assert wage(plan) == plan.kills
    found = await judge(plan)
    done = found.pop("done")
    assert not any(found.values()), found
    assert sum(done["noted"].values()) == plan.each * plan.clients
    assert {"spent", "transferred", "returned", "taken_back"} <= done["postings"].keys()
