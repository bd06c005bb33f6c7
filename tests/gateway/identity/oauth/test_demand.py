"""When does a client's demand need another proof?"""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.identity.oauth.demand import find_lack, parse_demand
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import MustProve

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def _caller(level: int, minutes_ago: float = 5) -> Caller:
    proved = NOW - timedelta(minutes=minutes_ago)
    proofs = {Factor.CODE: proved} if level == 2 else {Factor.CODE: proved, Factor.PASSWORD: proved}
    return Caller(Channel.WEB, "L1", "13800138001", level, proved, proofs=proofs)


@pytest.mark.parametrize(
    ("parameters", "caller", "began_minutes_ago", "lack"),
    [
        ({}, None, 0, MustProve(2, None)),
        ({}, Caller(Channel.WEB), 0, MustProve(2, None)),
        ({}, Caller(Channel.WEB, "L1", "1", 1, NOW, proofs={Factor.LINK: NOW}), 0, MustProve(2, None)),
        ({}, _caller(2), 0, None),
        ({"acr_values": "onehall:2"}, _caller(2), 0, None),
        ({"acr_values": "onehall:1"}, _caller(2), 0, None),
        ({"acr_values": "onehall:3"}, _caller(2), 0, MustProve(3, 600)),
        ({"acr_values": "onehall:3"}, _caller(3), 0, None),
        ({"acr_values": "urn:other onehall:3 onehall:2"}, _caller(2), 0, MustProve(3, 600)),
        ({"acr_values": "urn:other"}, _caller(2), 0, None),
        ({"acr_values": "onehall:3"}, None, 0, MustProve(2, None)),
        ({"max_age": "300"}, _caller(2, 5), 0, None),
        ({"max_age": "299"}, _caller(2, 5), 0, MustProve(2, 299)),
        ({"max_age": "60"}, _caller(2, 5), 6, None),
        ({"max_age": "60", "acr_values": "onehall:3"}, _caller(3, 5), 0, MustProve(3, 60)),
        ({"max_age": "0"}, _caller(2, 0.1), 0, MustProve(2, 0)),
        ({"max_age": "0"}, _caller(2, 0.1), 1, None),
        ({"prompt": "login"}, _caller(2, 0.1), 0, MustProve(2, 0)),
        ({"prompt": "login"}, _caller(2, 0.1), 1, None),
        ({"prompt": "login consent", "max_age": "600"}, _caller(2, 5), 0, MustProve(2, 0)),
        ({"prompt": "select_account"}, _caller(2, 5), 0, MustProve(2, 0)),
        ({"prompt": "consent"}, _caller(2, 5), 0, None),
    ],
)
def test_what_is_still_to_be_proved(
    parameters: dict[str, str], caller: Caller | None, began_minutes_ago: float, lack: MustProve | None
) -> None:
    demand = parse_demand(parameters)
    assert demand is not None
    assert find_lack(demand, caller, began=NOW - timedelta(minutes=began_minutes_ago), now=NOW) == lack


@pytest.mark.parametrize(
    "senseless",
    [
        {"prompt": "none login"},
        {"prompt": "none consent"},
        {"prompt": "create"},
        {"max_age": "-1"},
        {"max_age": "1.5"},
        {"max_age": "ten"},
        {"max_age": "１０"},
        {"max_age": "9" * 40},
    ],
)
def test_a_senseless_demand_is_none(senseless: dict[str, str]) -> None:
    assert parse_demand(senseless) is None
