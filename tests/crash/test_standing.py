"""Do transfers, standing orders and a night's reconciliation happen once, wherever their process is killed?

``make test`` runs every third case of each test here, ``make campaign`` every one (see conftest.py).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.crash.conftest import Processes, Sandbox

LEASE_SECONDS, HOUR_SECONDS = 31.0, 3700.0
RECONCILIATION_LEASE_SECONDS = 301.0
BALANCE = "/tmf-api/prepayBalanceManagement/v4"


@dataclass
class Owner:
    """Somebody with a line and a way to pay, whose deeds may be killed."""

    processes: Processes
    sandbox: Sandbox
    reference: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.sandbox.address, timeout=10)
        self.line, self.number = self.take_line()

    def take_line(self) -> tuple[str, str]:
        """One whose money is its own: nobody else pays for it."""
        while True:
            line_id, number = self.sandbox.take_line()
            line = self.http.get(f"/tmf-api/productInventory/v4/product/{line_id}").raise_for_status().json()
            shares = any(each["relationshipType"] == "sharesFrom" for each in line.get("productRelationship", ()))
            paid = any(each.get("role") == "payer" for each in line.get("relatedParty", ()))
            if not shares and not paid:
                return line_id, number

    def do(self, do: str, *, die_at: str | None = None, later_seconds: float = 0, **asked: Any) -> Any:
        facts = {"deed": self.reference, "recharge": self.reference, "amount": "50.00"}
        facts |= {"line": self.line, "number": self.number, **asked}
        return self.processes.do(do, die_at=die_at, later_seconds=later_seconds, **facts)

    def bring_in(self) -> None:
        """50 yuan of own money."""
        self.do("recharge")
        self.pay()
        self.do("notify")
        self.do("work_on_money")

    def pay(self) -> None:
        for payment in self.fetch_payments():
            self.answer(payment["page"], "pay")

    def answer(self, page: str, answer: str) -> None:
        assert self.http.post(httpx.URL(page).path, data={"answer": answer}).is_redirect

    def fetch_payments(self) -> list[dict[str, Any]]:
        books = self.http.get("/sandbox/payments").raise_for_status().json()
        return [each for each in books["payments"] if each["reference"] == self.reference]

    def count(self, resource: str, reference: str) -> int:
        """How often the operator did what this reference asked for."""
        query = {"description": reference, "limit": "100"}
        return len(self.http.get(f"{BALANCE}/{resource}", params=query).raise_for_status().json())


@pytest.fixture
def owner(processes: Processes, sandbox: Sandbox) -> Owner:
    return Owner(processes, sandbox)


@pytest.fixture
def giver(owner: Owner) -> Owner:
    """Has 50 yuan to give."""
    owner.bring_in()
    return owner


@pytest.fixture
def taker(owner: Owner) -> str:
    """The number of somebody else."""
    return owner.take_line()[1]


@pytest.mark.parametrize("die_at", ["transfer.intended", "transfer.asked", "transfer.concluded"])
@pytest.mark.parametrize("again", [False, True])
def test_own_money_is_given_once(giver: Owner, taker: str, die_at: str, again: bool) -> None:
    reference = uuid4().hex
    giver.do("give_money", deed=reference, to=taker, amount="20.00", die_at=die_at)
    if again:
        assert giver.do("give_money", deed=reference, to=taker, amount="20.00") == "done"
    giver.do("heal_transfers", later_seconds=LEASE_SECONDS)
    assert giver.count("transferBalance", reference) == 1
    seen = giver.do("look_at_transfers")
    assert seen["transfers"] == ["done"]
    assert len(seen["texts"]) == 3, "a receipt of what was brought in, and both sides of what was given"


@pytest.mark.parametrize("mode", ["dropAnswer", "dropRequest", "error"])
def test_a_transfer_whose_answer_was_dropped_is_one(giver: Owner, taker: str, mode: str) -> None:
    reference = uuid4().hex
    giver.sandbox.control("fault", path="/transferBalance", mode=mode)
    assert giver.do("give_money", deed=reference, to=taker, amount="20.00") == "pending"
    giver.do("heal_transfers", later_seconds=LEASE_SECONDS)
    assert giver.count("transferBalance", reference) == 1
    assert giver.do("look_at_transfers")["transfers"] == ["done"]


def sign(owner: Owner) -> None:
    page = owner.do("set_up_auto")["page"]
    owner.answer(page, "sign")


@pytest.mark.parametrize("die_at", ["auto.agreed", "auto.agreement_begun"])
def test_a_standing_order_is_one_and_can_be_signed(owner: Owner, die_at: str) -> None:
    owner.do("set_up_auto", die_at=die_at)
    sign(owner)
    owner.do("heal_auto", later_seconds=LEASE_SECONDS)
    seen = owner.do("look_at_auto")
    assert (seen["orders"], len(seen["charges"])) == (["active"], 1)


@pytest.mark.parametrize("die_at", ["auto.charge_begun", "auto.charge_asked", "auto.charge_concluded"])
def test_a_standing_order_recharges_once_for_one_trigger(owner: Owner, die_at: str) -> None:
    sign(owner)
    owner.do("work_on_auto", die_at=die_at, later_seconds=LEASE_SECONDS)
    owner.do("heal_auto", later_seconds=3 * LEASE_SECONDS)
    owner.do("heal_money", later_seconds=3 * LEASE_SECONDS)
    owner.do("heal_auto", later_seconds=3 * LEASE_SECONDS + 200)
    assert owner.do("look_at_auto")["charges"] == ["paid"]
    seen = owner.do("look_at_money")
    assert [each["state"] for each in seen["recharges"]] == ["credited"]
    assert seen["balances"]["bss"] == 5000


@pytest.mark.parametrize("die_at", ["auto.ended", "auto.agreement_ended"])
def test_what_its_owner_ends_is_ended_at_the_provider_too(owner: Owner, die_at: str) -> None:
    sign(owner)
    ends_here = die_at == "auto.ended"
    owner.do("end_auto", deed=uuid4().hex, die_at=die_at if ends_here else None)
    if not ends_here:
        owner.do("work_on_auto", die_at=die_at, later_seconds=LEASE_SECONDS)
    owner.do("end_auto", deed=uuid4().hex)
    owner.do("heal_auto", later_seconds=3 * LEASE_SECONDS)
    assert owner.do("look_at_auto") == {"orders": ["ended"], "charges": [], "agreement_ended": True}


def test_what_nobody_signs_ends_by_itself(owner: Owner) -> None:
    owner.do("set_up_auto")
    owner.do("work_on_auto", die_at="auto.ended_by_itself", later_seconds=HOUR_SECONDS)
    owner.do("heal_auto", later_seconds=HOUR_SECONDS + LEASE_SECONDS)
    assert owner.do("look_at_auto") == {"orders": ["ended"], "charges": [], "agreement_ended": True}


def noon_after(owner: Owner) -> tuple[str, float]:
    """The business day on which it was paid by the provider's clock (other tests of its sandbox put that forward), and
    in how many seconds it is noon of the next."""
    [payment] = owner.fetch_payments()
    paid_at = datetime.fromisoformat(payment["paidAt"]).astimezone(ZoneInfo("Asia/Shanghai"))
    noon = (paid_at + timedelta(days=1)).replace(hour=12, minute=0)
    return paid_at.date().isoformat(), (noon - datetime.now(UTC)).total_seconds()


@pytest.mark.parametrize(
    "die_at",
    [
        "reconciliation.planned",
        "reconciliation.found",
        "reconciliation.taken_up",
        "reconciliation.mended",
        "reconciliation.kept",
    ],
)
def test_a_payment_that_nobody_told_of_is_taken_up_once(owner: Owner, die_at: str) -> None:
    owner.do("recharge")
    owner.pay()
    day, later = noon_after(owner)
    owner.do("reconcile", die_at=die_at, later_seconds=later)
    owner.do("reconcile", later_seconds=later + RECONCILIATION_LEASE_SECONDS)
    found = owner.do("look_at_books", day=day)
    assert {"kind": "taken_up", "mended": True} in found, "it is said whoever died"
    assert all(each["kind"] in {"taken_up", "credited"} for each in found), found
    owner.do("heal_money", later_seconds=later + RECONCILIATION_LEASE_SECONDS)
    assert [each["state"] for each in owner.do("look_at_money")["recharges"]] == ["credited"]
    assert owner.count("topupBalance", owner.reference) == 1


@pytest.mark.parametrize(
    "die_at", ["reconciliation.found", "reconciliation.credited", "reconciliation.mended", "reconciliation.kept"]
)
def test_money_that_the_operator_never_had_is_given_to_it_once(owner: Owner, die_at: str) -> None:
    owner.do("recharge")
    owner.pay()
    owner.do("notify")
    owner.do("believe_it_was_credited")
    assert owner.count("topupBalance", owner.reference) == 0
    day, later = noon_after(owner)
    owner.do("reconcile", die_at=die_at, later_seconds=later)
    owner.do("reconcile", later_seconds=later + RECONCILIATION_LEASE_SECONDS)
    found = owner.do("look_at_books", day=day)
    assert found == [{"kind": "credited", "mended": True}], "it is said whoever died"
    assert owner.count("topupBalance", owner.reference) == 1
