"""Do points live as long as the operator says?"""

from datetime import date
from pathlib import Path

import pytest

from gateway.rewards import lot_policies
from gateway.settings import Settings
from loyalty.points.policies import decide_expiry, decide_policy


@pytest.mark.parametrize(
    ("said", "earned_on", "last_day"),
    [
        ("", date(2027, 1, 1), date(2030, 1, 31)),
        ("2027-01-01", date(2026, 12, 31), date(2029, 12, 31)),
        ("2027-01-01", date(2027, 1, 1), date(2029, 12, 31)),
        ("2027-01-01", date(2027, 12, 31), date(2029, 12, 31)),
    ],
)
def test_points_of_a_day_live_as_the_setting_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, earned_on: date, last_day: date
) -> None:
    monkeypatch.setenv("ONEHALL_POINTS_THIRD_YEAR_FROM", said)
    policies = lot_policies(Settings(data_folder=tmp_path))
    assert decide_expiry(decide_policy(policies, earned_on), earned_on) == last_day
