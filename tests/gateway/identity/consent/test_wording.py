"""Is it known which text a person read?"""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.identity.consent.wording import Wording, Wordings
from graphql_schema.types.consent import ConsentPurpose

DAY = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = [Wording(purpose, "1", DAY) for purpose in ConsentPurpose]


def test_every_purpose_has_a_text_in_the_table() -> None:
    known = Wordings.load()
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert all(known.find(purpose, now) for purpose in ConsentPurpose)


def test_a_new_text_counts_from_its_day_on() -> None:
    wordings = Wordings([Wording(ConsentPurpose.PARTNER, "2", DAY + timedelta(days=30)), *FIRST])
    assert wordings.find(ConsentPurpose.PARTNER, DAY + timedelta(days=29)) == "1"
    assert wordings.find(ConsentPurpose.PARTNER, DAY + timedelta(days=30)) == "2"
    assert wordings.find(ConsentPurpose.MARKETING_SMS, DAY + timedelta(days=30)) == "1"
    assert wordings.find(ConsentPurpose.PARTNER, DAY - timedelta(days=1)) == "1"


def test_a_purpose_without_a_text_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="partner"):
        Wordings([wording for wording in FIRST if wording.purpose is not ConsentPurpose.PARTNER])
