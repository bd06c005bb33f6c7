"""Is an agreement with a provider the payer's own and one, wherever the process dies that opens it?"""

import pytest

from tests.crash.conftest import Processes, Sandbox
from tests.crash.test_standing import LEASE_SECONDS, Owner

OPENED = "auto.agreement_opened"
"""The provider has it, and nobody here knows its name yet."""


@pytest.fixture
def owner(processes: Processes, sandbox: Sandbox) -> Owner:
    return Owner(processes, sandbox)


def sign_and_collect(owner: Owner, page: str) -> None:
    owner.answer(page, "sign")
    owner.do("heal_auto", later_seconds=2 * LEASE_SECONDS)
    seen = owner.do("look_at_auto")
    assert (seen["orders"], len(seen["charges"]), seen["agreement_ended"]) == (["active"], 1, False)


def test_whoever_asks_again_signs_the_one_that_was_opened(owner: Owner) -> None:
    owner.do("set_up_auto", die_at=OPENED)
    again = owner.do("set_up_auto")
    owner.do("heal_auto", later_seconds=LEASE_SECONDS)
    assert owner.do("set_up_auto")["page"] == again["page"] != ""
    sign_and_collect(owner, again["page"])


def test_a_worker_that_dies_as_it_opens_one_leaves_it_to_the_next(owner: Owner) -> None:
    owner.do("set_up_auto", die_at="auto.agreed")
    owner.do("work_on_auto", die_at=OPENED, later_seconds=LEASE_SECONDS)
    owner.do("work_on_auto", later_seconds=3 * LEASE_SECONDS)
    sign_and_collect(owner, owner.do("set_up_auto")["page"])


def test_one_that_is_ended_before_its_page_was_known_stays_ended(owner: Owner) -> None:
    owner.do("set_up_auto", die_at=OPENED)
    owner.do("end_auto")
    owner.do("heal_auto", later_seconds=LEASE_SECONDS)
    seen = owner.do("look_at_auto")
    assert (seen["orders"], seen["charges"]) == (["ended"], [])
