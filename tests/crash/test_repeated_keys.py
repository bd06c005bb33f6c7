"""Does a deed that is asked of the graph again by its key happen once, wherever the process died the first time?"""

from typing import Any
from uuid import uuid4

import pytest

from tests.crash.conftest import Processes, Sandbox
from tests.crash.test_changes import Customer
from tests.crash.test_money import Payer

TAKEN_OVER_SECONDS = 31.0
"""Until then the one who began it may still be at work, for all that anybody knows."""

HEALED_SECONDS = 200.0

ORDERS = {"deed.begun": 0, "confirm.intended": 1, "confirm.kept": 1, "deed.done": 1, "deed.finished": 1}
"""A boundary of a confirmation → how many orders come of it if nobody repeats it."""

RECHARGES = {"deed.begun": 0, "recharge.intended": 1, "recharge.opened": 1, "deed.done": 1, "deed.finished": 1}
"""A boundary of a recharge → how many the payer sees."""


class Repeater:
    """Confirms one change by one key, as often as it takes."""

    def __init__(self, customer: Customer) -> None:
        self.customer, self.key = customer, uuid4().hex
        customer.prepare()

    def confirm(self, *, die_at: str | None = None, later_seconds: float = 0) -> Any:
        asked = {"line": self.customer.line, "number": self.customer.number, "prepared": self.customer.reference}
        do = self.customer.processes.do
        return do("confirm_by_graph", die_at=die_at, later_seconds=later_seconds, key=self.key, **asked)

    def check_answered(self, *, at_once: str) -> None:
        """Nobody else does it while the first may be at work; then it is answered, as often as it is asked."""
        assert self.confirm()["__typename"] == at_once
        done = {"__typename": "Order", "id": self.customer.reference}
        assert self.confirm(later_seconds=TAKEN_OVER_SECONDS) == done
        assert self.confirm(later_seconds=TAKEN_OVER_SECONDS) == done


@pytest.mark.parametrize("die_at", ORDERS)
def test_a_change_that_is_confirmed_again_by_its_key_is_one_order(
    processes: Processes, sandbox: Sandbox, die_at: str
) -> None:
    customer = Customer(processes, sandbox)
    repeater = Repeater(customer)
    repeater.confirm(die_at=die_at)
    repeater.check_answered(at_once="Order" if die_at == "deed.finished" else "StillUnderWay")
    customer.heal()
    customer.check_ordered(1)


@pytest.mark.parametrize("die_at", ORDERS)
def test_what_nobody_repeats_comes_to_its_own_end(processes: Processes, sandbox: Sandbox, die_at: str) -> None:
    customer = Customer(processes, sandbox)
    repeater = Repeater(customer)
    repeater.confirm(die_at=die_at)
    customer.heal()
    customer.check_ordered(ORDERS[die_at])
    assert repeater.confirm(later_seconds=HEALED_SECONDS)["__typename"] == "Order", "and asked late it is the same one"
    customer.check_ordered(1)


@pytest.mark.parametrize(
    "furnished_database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
@pytest.mark.parametrize("die_at", ["deed.begun", "deed.done"])
def test_it_is_the_same_on_postgresql(processes_anywhere: Processes, sandbox: Sandbox, die_at: str) -> None:
    customer = Customer(processes_anywhere, sandbox)
    repeater = Repeater(customer)
    repeater.confirm(die_at=die_at)
    repeater.check_answered(at_once="StillUnderWay")
    customer.heal()
    customer.check_ordered(1)


@pytest.mark.parametrize("die_at", RECHARGES)
def test_a_recharge_that_is_begun_again_by_its_key_is_one_payment(
    processes: Processes, sandbox: Sandbox, die_at: str
) -> None:
    payer, key = Payer(processes, sandbox), uuid4().hex
    payer.do("recharge_by_graph", die_at=die_at, key=key)
    assert len(payer.do("look_at_money")["recharges"]) == RECHARGES[die_at]
    at_once = payer.do("recharge_by_graph", key=key)
    assert at_once["__typename"] == ("RechargeStarted" if die_at == "deed.finished" else "StillUnderWay")
    begun = payer.do("recharge_by_graph", key=key, later_seconds=TAKEN_OVER_SECONDS)
    assert begun["__typename"] == "RechargeStarted"
    assert payer.do("recharge_by_graph", key=key, later_seconds=TAKEN_OVER_SECONDS) == begun
    payer.reference = begun["recharge"]["id"]
    payer.do("work_on_money", later_seconds=2 * TAKEN_OVER_SECONDS)
    assert len(payer.fetch_payments()) == 1
    payer.pay()
    payer.heal(later_seconds=3 * TAKEN_OVER_SECONDS)
    payer.check("credited", booked="50.00", texts=1)
