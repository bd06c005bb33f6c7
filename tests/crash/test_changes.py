"""Does a change have one effect or none, wherever its process is killed, and is the customer told the truth?"""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from tests.crash.conftest import PACK, Processes, Sandbox

LEASE_SECONDS, HOUR_SECONDS, WINDOW_SECONDS = 31.0, 3700.0, 1801.0
OPEN = {"acknowledged", "pending", "in_progress", "held"}


@dataclass
class Customer:
    """Somebody at a line, whose deeds may be killed; afterwards everybody looks."""

    processes: Processes
    sandbox: Sandbox
    reference: str = field(default_factory=lambda: uuid4().hex)
    channel: str = "web"

    def __post_init__(self) -> None:
        self.line, self.number = self.sandbox.take_line()

    def do(self, do: str, *, deed: str | None = None, die_at: str | None = None, later_seconds: float = 0) -> Any:
        asked = {
            "deed": deed or uuid4().hex,
            "line": self.line,
            "number": self.number,
            "channel": self.channel,
            "prepared": self.reference,
            "offering": PACK,
        }
        return self.processes.do(do, die_at=die_at, later_seconds=later_seconds, **asked)

    def prepare(self, *, die_at: str | None = None) -> Any:
        return self.do("prepare", deed=self.reference, die_at=die_at)

    def heal(self, *, later_seconds: float = 0) -> None:
        self.do("heal", later_seconds=later_seconds)

    def look(self, *, later_seconds: float = 0) -> dict[str, Any]:
        seen: dict[str, Any] = self.do("look", later_seconds=later_seconds)
        return seen

    def check_ordered(self, count: int, states: set[str] | None = None) -> None:
        """So many orders at the operator; and the customer sees what is there."""
        orders = self.sandbox.fetch_orders(self.reference)
        assert len(orders) == count
        seen = self.look()
        assert [order["state"] in (states or OPEN) for order in seen["orders"]] == [True] * count, seen
        assert (seen["prepared"] == "confirmed") == bool(count), seen
        assert self.sandbox.count_packs(self.line) <= 1

    def complete(self) -> None:
        """The operator brings its orders to their end."""
        self.sandbox.control("clock", advanceSeconds=120)


@pytest.fixture
def customer(processes: Processes, sandbox: Sandbox) -> Customer:
    return Customer(processes, sandbox)


@pytest.mark.parametrize(("die_at", "kept"), [("prepare.shown", False), ("prepare.kept", True)])
def test_a_question_is_kept_or_it_is_not(customer: Customer, die_at: str, kept: bool) -> None:
    customer.prepare(die_at=die_at)
    assert customer.do("look") == ({"prepared": "waiting", "orders": [], "texts": []} if kept else "not_found")
    assert customer.prepare() == "waiting", "the same deed, tried again"
    customer.do("confirm")
    customer.check_ordered(1)


CONFIRMING = {"confirm.compared": 0, "confirm.intended": 1, "confirm.answered": 1, "confirm.kept": 1}
"""A boundary of a confirmation → how many orders come of it by themselves."""


@pytest.mark.parametrize("die_at", CONFIRMING)
def test_a_yes_that_was_kept_becomes_one_order_by_itself(customer: Customer, die_at: str) -> None:
    customer.prepare()
    customer.do("confirm", die_at=die_at)
    customer.heal()
    customer.check_ordered(CONFIRMING[die_at])


@pytest.mark.parametrize(
    "furnished_database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
@pytest.mark.parametrize("die_at", CONFIRMING)
def test_it_is_the_same_on_postgresql(processes_anywhere: Processes, sandbox: Sandbox, die_at: str) -> None:
    customer = Customer(processes_anywhere, sandbox)
    customer.prepare()
    customer.do("confirm", deed="yes-0001", die_at=die_at)
    customer.do("confirm", deed="yes-0001")
    customer.heal()
    customer.check_ordered(1)


@pytest.mark.parametrize("die_at", CONFIRMING)
def test_a_yes_that_is_said_again_is_one_order(customer: Customer, die_at: str) -> None:
    customer.prepare()
    customer.do("confirm", deed="yes-0001", die_at=die_at)
    again = customer.do("confirm", deed="yes-0001")
    assert again["id"] == customer.reference
    assert again["state"] in OPEN | {"placing"}
    customer.heal()
    customer.check_ordered(1)
    customer.complete()
    customer.check_ordered(1, {"completed"})
    assert customer.sandbox.count_packs(customer.line) == 1


@pytest.mark.parametrize("mode", ["dropAnswer", "dropRequest", "error"])
@pytest.mark.parametrize("die_at", [None, "confirm.answered", "confirm.kept"])
def test_an_operator_that_drops_the_answer_has_one_order(customer: Customer, mode: str, die_at: str | None) -> None:
    customer.prepare()
    customer.sandbox.control("fault", path="/productOrder", mode=mode)
    said = customer.do("confirm", die_at=die_at)
    assert die_at or said["state"] == "placing", "nobody knows, and so it is said"
    customer.heal()
    customer.check_ordered(1)


RESOLVING = {
    "work.claimed": "confirm.intended",
    "resolve.again": "confirm.intended",
    "resolve.answered": "confirm.intended",
    "resolve.found": "confirm.answered",
    "resolve.kept": "confirm.answered",
}
"""A boundary of a worker → where the deed that it heals was killed."""


@pytest.mark.parametrize("die_at", RESOLVING)
def test_a_worker_that_dies_while_it_resolves_leaves_one_order(customer: Customer, die_at: str) -> None:
    customer.prepare()
    customer.do("confirm", die_at=RESOLVING[die_at])
    customer.do("work", die_at=die_at, later_seconds=LEASE_SECONDS)
    customer.heal(later_seconds=LEASE_SECONDS)
    customer.check_ordered(1)


@pytest.mark.parametrize("die_at", ["resolve.ending", "resolve.ended"])
def test_what_never_arrived_failed_and_is_told_once(customer: Customer, die_at: str) -> None:
    customer.prepare()
    customer.do("confirm", die_at="confirm.intended")
    customer.do("work", die_at=die_at, later_seconds=HOUR_SECONDS)
    customer.heal(later_seconds=HOUR_SECONDS)
    assert customer.sandbox.fetch_orders(customer.reference) == []
    seen = customer.look()
    assert [order["state"] for order in seen["orders"]] == ["failed"]
    assert len(seen["texts"]) == 1
    assert "没有办成" in seen["texts"][0]


@pytest.mark.parametrize("die_at", ["work.claimed", "resolve.found", "resolve.kept", "tell.due", "tell.queued"])
def test_the_end_of_an_order_is_told_once(customer: Customer, die_at: str) -> None:
    customer.prepare()
    customer.do("confirm")
    customer.complete()
    customer.do("work", die_at=die_at, later_seconds=LEASE_SECONDS)
    customer.heal(later_seconds=LEASE_SECONDS)
    seen = customer.look()
    assert [order["state"] for order in seen["orders"]] == ["completed"]
    assert len(seen["texts"]) == 1
    assert "已办理完成" in seen["texts"][0]


def test_a_no_orders_nothing(customer: Customer) -> None:
    customer.prepare()
    customer.do("withdraw", die_at="withdraw.kept")
    assert customer.look()["prepared"] == "withdrawn"
    assert customer.do("confirm") == "confirmation_expired"
    customer.heal()
    customer.check_ordered(0)


@pytest.mark.parametrize("die_at", ["lapse.kept", "tell.due", "tell.queued"])
def test_silence_withdraws_and_is_told_once(customer: Customer, die_at: str) -> None:
    customer.channel = "sms"
    customer.prepare()
    customer.do("work", die_at=die_at, later_seconds=WINDOW_SECONDS)
    customer.heal(later_seconds=WINDOW_SECONDS)
    seen = customer.look()
    assert (seen["prepared"], seen["orders"], len(seen["texts"])) == ("expired", [], 1)
    assert "没有在规定时间内确认" in seen["texts"][0]
    assert customer.do("confirm") == "confirmation_expired"
    customer.check_ordered(0)


CANCELLING = {
    "cancel.found": "open",
    "cancel.intended": "cancelled",
    "cancel.answered": "cancelled",
    "cancel.kept": "cancelled",
}


@pytest.mark.parametrize("die_at", CANCELLING)
def test_an_order_is_called_off_or_it_is_not(customer: Customer, die_at: str) -> None:
    customer.prepare()
    customer.do("confirm")
    customer.do("cancel", die_at=die_at)
    customer.heal(later_seconds=LEASE_SECONDS)
    customer.check_ordered(1, OPEN if CANCELLING[die_at] == "open" else {"cancelled"})
    assert customer.do("cancel")["state"] == "cancelled", "called off once more"
    customer.complete()
    assert customer.sandbox.count_packs(customer.line) == 0
    assert customer.look()["texts"] == []


@pytest.mark.parametrize("mode", ["dropRequest", "error"])
@pytest.mark.parametrize("die_at", [None, "cancel.unknown"])
def test_a_cancellation_without_an_answer_resolves_itself(customer: Customer, mode: str, die_at: str | None) -> None:
    customer.prepare()
    customer.do("confirm")
    customer.sandbox.control("fault", path="/cancelProductOrder", mode=mode)
    said = customer.do("cancel", die_at=die_at)
    assert die_at or said["state"] == "pending_cancellation"
    customer.heal(later_seconds=LEASE_SECONDS)
    customer.check_ordered(1, {"cancelled"})


def test_a_cancellation_whose_answer_was_dropped_is_one(customer: Customer) -> None:
    customer.prepare()
    customer.do("confirm")
    customer.sandbox.control("fault", path="/cancelProductOrder", mode="dropAnswer")
    assert customer.do("cancel")["state"] == "cancelled"
    customer.heal()
    customer.check_ordered(1, {"cancelled"})


def test_a_deed_rests_once_and_goes_on_once(processes: Processes) -> None:
    processes.do("rest_deeds", deed="rest-0001", die_at="restDeeds.kept")
    assert processes.do("rest_deeds", deed="rest-0001") == "rest-0001"
    assert processes.do("list_rests") == ["rest-0001"]
    processes.do("end_rest", deed="end-0001", notice="rest-0001", die_at="endRest.kept")
    assert processes.do("list_rests") == []
    processes.do("end_rest", deed="end-0001", notice="rest-0001")
    assert processes.do("list_rests") == []
