"""What is an operator's login worth, by what it says of itself?"""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.identity.upstream.levels import name_level, parse_levels, read_proofs
from graphql_schema.assurance import Factor, assess

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
AT = int(NOW.timestamp()) - 60
LEVELS = parse_levels("urn:op:one=1, urn:op:two=2,urn:op:three=3")


@pytest.mark.parametrize(
    ("claims", "level"),
    [
        ({"acr": "urn:op:one"}, 1),
        ({"acr": "urn:op:two"}, 2),
        ({"acr": "urn:op:three"}, 3),
        ({"acr": "urn:op:one", "amr": ["pwd", "otp"]}, 1),
        ({"amr": ["pwd"]}, 2),
        ({"amr": ["sms"]}, 2),
        ({"amr": ["pwd", "otp"]}, 3),
        ({"amr": ["hwk", "user"]}, 2),
        ({"amr": ["kba"]}, 1),
        ({"amr": ["unheard-of"]}, 0),
        ({"amr": "pwd"}, 0),
        ({"amr": [5, None]}, 0),
        ({"acr": "urn:op:unknown"}, 0),
        ({}, 0),
    ],
)
def test_acr_goes_first_then_amr_and_silence_is_no_proof(claims: dict[str, object], level: int) -> None:
    assert assess(read_proofs(claims | {"auth_time": AT}, LEVELS, now=NOW), NOW)[0] == level


@pytest.mark.parametrize("told", [None, "yesterday", True, -5, 1.5])
def test_a_proof_of_unknown_age_opens_nothing_that_has_to_be_fresh(told: object) -> None:
    proofs = read_proofs({"acr": "urn:op:three", "auth_time": told}, LEVELS, now=NOW)
    assert assess(proofs, NOW)[0] == 2


def test_a_moment_in_the_future_counts_as_now() -> None:
    proofs = read_proofs({"acr": "urn:op:two", "auth_time": AT + 10**6}, LEVELS, now=NOW)
    assert proofs == {Factor.PASSWORD: NOW}


def test_an_old_sign_in_there_is_old_here() -> None:
    old = int((NOW - timedelta(minutes=11)).timestamp())
    assert assess(read_proofs({"acr": "urn:op:three", "auth_time": old}, LEVELS, now=NOW), NOW)[0] == 2


def test_a_level_is_asked_for_by_every_name_that_reaches_it() -> None:
    assert name_level(2, LEVELS) == "urn:op:two urn:op:three"
    assert name_level(2, {}) == ""
