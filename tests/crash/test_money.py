"""Does money move once or not at all, wherever its process is killed, and do ledger, provider and operator agree?

``make test`` runs every third case of each test here, ``make campaign`` every one (see conftest.py).
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.crash.conftest import Processes, Sandbox

LEASE_SECONDS, QUARTER_SECONDS = 31.0, 901.0
BALANCE = "/tmf-api/prepayBalanceManagement/v4"


@dataclass
class Payer:
    """Somebody with 50 yuan for a line, whose deeds may be killed; afterwards everybody's books are compared."""

    processes: Processes
    sandbox: Sandbox
    reference: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        self.line, self.number, self.account = self.sandbox.take_account()
        self.http = httpx.Client(base_url=self.sandbox.address, timeout=10)

    def do(self, do: str, *, die_at: str | None = None, later_seconds: float = 0, **asked: Any) -> Any:
        facts = {"deed": self.reference, "recharge": self.reference, "amount": "50.00"}
        facts |= {"line": self.line, "number": self.number, **asked}
        return self.processes.do(do, die_at=die_at, later_seconds=later_seconds, **facts)

    def pay(self) -> None:
        """At the provider's page, where there is something to pay."""
        for payment in self.fetch_payments():
            self.http.post(httpx.URL(payment["page"]).path, data={"answer": "pay"})

    def bring_in(self) -> None:
        """A recharge that is credited."""
        self.do("recharge")
        self.pay()
        self.do("notify")
        self.do("work_on_money")
        self.check("credited", booked="50.00")

    def fetch_payments(self) -> list[dict[str, Any]]:
        books = self.http.get("/sandbox/payments").raise_for_status().json()
        return [each for each in books["payments"] if each["reference"] == self.reference]

    def collected(self) -> Decimal:
        """What the provider has: paid, less given back."""
        paid = [each for each in self.fetch_payments() if each["state"] == "paid"]
        return sum((Decimal(each["amount"]) - Decimal(each["refunded"]) for each in paid), Decimal(0))

    def booked(self) -> Decimal:
        """What the operator booked from us for the account, less what it gave back."""
        total = Decimal(0)
        for resource in ("topupBalance", "adjustBalance"):
            query = {"partyAccount.id": self.account, "limit": "100"}
            found = self.http.get(f"{BALANCE}/{resource}", params=query).raise_for_status().json()
            ours = [each for each in found if each.get("channel", {}).get("id") == "onehall"]
            total += sum((Decimal(str(each["amount"]["amount"])) for each in ours), Decimal(0))
        return total

    def heal(self, *, later_seconds: float = LEASE_SECONDS) -> None:
        self.do("heal_money", later_seconds=later_seconds)

    def check(self, state: str | None, *, booked: str = "0", texts: int | None = None) -> dict[str, Any]:
        """The customer sees it so; ledger, provider and operator have the same; nothing is on its way."""
        seen: dict[str, Any] = self.do("look_at_money")
        assert [each["state"] for each in seen["recharges"]] == ([] if state is None else [state]), seen
        balances = {name: Decimal(fen) / 100 for name, fen in seen["balances"].items()}
        assert balances.get("due:customer", 0) == 0
        assert -balances.get("provider:sandbox", 0) - balances.get("refund:sandbox", 0) == self.collected()
        assert (balances.get("bss", 0), self.booked()) == (Decimal(booked), Decimal(booked))
        assert texts is None or len(seen["texts"]) == texts, seen["texts"]
        return seen


@pytest.fixture
def payer(processes: Processes, sandbox: Sandbox) -> Payer:
    return Payer(processes, sandbox)


@pytest.mark.parametrize("die_at", ["recharge.intended", "recharge.opened"])
@pytest.mark.parametrize("again", [False, True])
def test_a_recharge_that_was_begun_can_be_paid_once(payer: Payer, die_at: str, again: bool) -> None:
    payer.do("recharge", die_at=die_at)
    assert payer.do("look_at_money")["recharges"][0]["state"] == "checking", "nobody knows, and so it is said"
    if again:
        assert payer.do("recharge")["state"] == "checking", "the same deed, tried again"
    payer.do("work_on_money", later_seconds=LEASE_SECONDS)
    assert payer.do("look_at_money")["recharges"][0]["state"] == "waiting"
    payer.pay()
    payer.heal(later_seconds=2 * LEASE_SECONDS)
    payer.check("credited", booked="50.00", texts=1)


@pytest.mark.parametrize("die_at", ["recharge.intended", "recharge.opened"])
def test_a_recharge_that_nobody_pays_is_closed_at_the_provider_too(payer: Payer, die_at: str) -> None:
    payer.do("recharge", die_at=die_at)
    payer.heal(later_seconds=QUARTER_SECONDS)
    payer.check("closed", texts=0)
    payer.pay()
    payer.check("closed", texts=0)


@pytest.mark.parametrize("mode", ["dropAnswer"])
def test_a_provider_that_drops_the_answer_made_one_payment(payer: Payer, mode: str) -> None:
    payer.sandbox.control("payments", mode=mode)
    assert payer.do("recharge")["state"] == "checking"
    payer.do("work_on_money", later_seconds=LEASE_SECONDS)
    payer.pay()
    payer.heal(later_seconds=2 * LEASE_SECONDS)
    payer.check("credited", booked="50.00", texts=1)


@pytest.mark.parametrize("die_at", ["notice.noted", "recharge.paid"])
def test_a_callback_that_dies_half_way_is_followed(payer: Payer, die_at: str) -> None:
    payer.do("recharge")
    payer.pay()
    payer.do("notify", die_at=die_at)
    payer.heal()
    payer.check("credited", booked="50.00", texts=1)
    assert payer.do("notify") == 200, "told once more"
    payer.heal()
    payer.check("credited", booked="50.00", texts=1)


@pytest.mark.parametrize(
    "die_at", ["recharge.paid", "recharge.credit_intended", "recharge.topped_up", "recharge.credited"]
)
def test_money_that_was_paid_is_credited_once(payer: Payer, die_at: str) -> None:
    payer.do("recharge")
    payer.pay()
    payer.do("work_on_money", die_at=die_at, later_seconds=10)
    seen = payer.do("look_at_money")["recharges"][0]["state"]
    assert seen == ("credited" if die_at == "recharge.credited" else "paid"), "what was paid is never called open"
    payer.heal(later_seconds=10 + LEASE_SECONDS)
    payer.check("credited", booked="50.00", texts=1)


@pytest.mark.parametrize("mode", ["dropAnswer", "dropRequest", "error"])
@pytest.mark.parametrize("die_at", [None, "recharge.credit_intended"])
def test_an_operator_that_drops_the_answer_credits_once(payer: Payer, mode: str, die_at: str | None) -> None:
    payer.do("recharge")
    payer.pay()
    payer.do("notify")
    payer.sandbox.control("fault", path="/topupBalance", mode=mode)
    payer.do("work_on_money", die_at=die_at)
    payer.heal()
    payer.check("credited", booked="50.00", texts=1)


CANCELLING = ["recharge.close_intended", "recharge.closed_at_provider"]


@pytest.mark.parametrize("die_at", CANCELLING)
@pytest.mark.parametrize("paid", [False, True])
def test_a_cancellation_closes_it_or_finds_it_paid(payer: Payer, die_at: str, paid: bool) -> None:
    payer.do("recharge")
    if paid:
        payer.pay()
    payer.do("cancel_recharge", die_at=die_at)
    assert payer.do("look_at_money")["recharges"][0]["state"] == "checking"
    payer.heal()
    payer.check("credited" if paid else "closed", booked="50.00" if paid else "0", texts=int(paid))
    payer.pay()
    payer.heal(later_seconds=2 * LEASE_SECONDS)
    payer.check("credited" if paid else "closed", booked="50.00" if paid else "0", texts=int(paid))


def test_a_charge_by_agreement_that_dies_is_collected_once(payer: Payer) -> None:
    agreement = payer.do("agree", deed=uuid4().hex)
    payer.http.post(httpx.URL(agreement["page"]).path, data={"answer": "sign"})
    payer.do("charge", agreement=agreement["id"], die_at="recharge.charged")
    payer.heal()
    payer.check("credited", booked="50.00", texts=1)
    assert payer.do("charge", agreement=agreement["id"])["state"] == "credited"
    payer.check("credited", booked="50.00", texts=1)


@pytest.mark.parametrize("die_at", ["voucher.intended", "voucher.redeemed", "voucher.credited"])
def test_a_card_is_credited_once(payer: Payer, die_at: str) -> None:
    card = take_card(payer)
    payer.do("redeem", card=card["card"], die_at=die_at)
    state = payer.do("look_at_money")["recharges"][0]["state"]
    assert state == ("credited" if die_at == "voucher.credited" else "checking")
    payer.heal()
    payer.check("credited", booked=card["amount"], texts=1)
    assert payer.do("redeem", card=card["card"])["state"] == "credited", "the same deed, tried again"
    assert payer.do("redeem", card=card["card"], deed=uuid4().hex)["id"] == payer.reference, (
        "the same card, in a new form"
    )
    payer.check("credited", booked=card["amount"], texts=1)


@pytest.mark.parametrize("mode", ["dropAnswer", "dropRequest"])
def test_a_card_whose_answer_was_dropped_is_credited_once(payer: Payer, mode: str) -> None:
    card = take_card(payer)
    payer.sandbox.control("fault", path="/topupBalance", mode=mode)
    assert payer.do("redeem", card=card["card"])["state"] == "checking"
    payer.heal()
    payer.check("credited", booked=card["amount"], texts=1)


@pytest.mark.parametrize(
    "die_at", ["refund.intended", "refund.taken_back", "refund.taken", "refund.given_by_provider", "refund.given"]
)
def test_a_refund_leaves_the_books_once_and_reaches_the_payer_once(payer: Payer, die_at: str) -> None:
    payer.bring_in()
    refund = uuid4().hex
    payer.do("refund", deed=refund, amount="20.00", die_at=die_at)
    seen = payer.do("look_at_money")["recharges"][0]
    assert seen["state"] == ("credited" if die_at == "refund.given" else "refunding")
    payer.do("refund", deed=refund, amount="20.00")
    payer.heal()
    seen = payer.check("credited", booked="30.00", texts=2)
    assert (seen["recharges"][0]["given_back"], payer.collected()) == ("20.00", 30)


@pytest.mark.parametrize("die_at", ["refund.intended", "refund.given_by_provider", "refund.given"])
def test_money_of_another_amount_goes_back_once_and_never_into_the_books(payer: Payer, die_at: str) -> None:
    payer.sandbox.control("payments", mode="wrongAmount", **{"in": "payment"})
    payer.do("recharge")
    payer.pay()
    payer.do("work_on_money", later_seconds=10)
    assert payer.do("look_at_money")["recharges"][0]["state"] == "checking"
    collected, refund = payer.collected(), uuid4().hex
    assert collected not in (0, 50)
    assert payer.do("refund", deed=refund, amount="50.00") == "amount_refused"
    payer.do("refund", deed=refund, amount=str(collected), die_at=die_at)
    payer.heal()
    assert payer.do("refund", deed=refund, amount=str(collected))["state"] == "refunded"
    assert payer.collected() == 0
    payer.check("refunded", booked="0", texts=1)


@pytest.mark.parametrize("mode", ["dropAnswer", "dropRequest", "error"])
def test_a_refund_whose_answer_the_operator_dropped_is_one(payer: Payer, mode: str) -> None:
    payer.bring_in()
    payer.sandbox.control("fault", path="/adjustBalance", mode=mode)
    assert payer.do("refund", deed=uuid4().hex, amount="50.00")["state"] == "refunding"
    payer.heal()
    payer.check("refunded", booked="0", texts=2)


def test_a_refund_whose_answer_the_provider_dropped_is_one(payer: Payer) -> None:
    payer.bring_in()
    payer.sandbox.control("payments", mode="dropAnswer")
    assert payer.do("refund", deed=uuid4().hex, amount="50.00")["state"] == "refunding"
    payer.heal()
    payer.check("refunded", booked="0", texts=2)


@pytest.mark.parametrize("die_at", ["refund.refused_by_provider", "refund.put_back", "refund.restored"])
def test_what_the_provider_will_not_give_back_is_in_the_books_again(payer: Payer, die_at: str) -> None:
    payer.bring_in()
    payer.do("refund_at_provider", deed=uuid4().hex, amount="40.00", total="50.00")
    payer.do("refund", deed=uuid4().hex, amount="20.00", die_at=die_at)
    payer.heal()
    seen = payer.do("look_at_money")
    assert [each["state"] for each in seen["recharges"]] == ["credited"]
    assert (seen["recharges"][0]["given_back"], payer.booked(), seen["balances"]["bss"]) == (None, 50, 5000)


@pytest.mark.parametrize("die_at", ["recharge.refund_decided", "refund.given_by_provider", "refund.given"])
def test_what_the_operator_will_not_take_goes_back_to_the_payer_once(payer: Payer, die_at: str) -> None:
    payer.do("recharge")
    payer.pay()
    payer.sandbox.control("line", number=payer.number, status="terminated")
    payer.do("work_on_money", die_at=die_at, later_seconds=10)
    payer.heal(later_seconds=10 + LEASE_SECONDS)
    assert payer.collected() == 0
    payer.check("refunded", booked="0", texts=1)


def take_card(payer: Payer) -> dict[str, Any]:
    """An unused card that anybody may use."""
    cards = payer.http.get("/sandbox/vouchers").raise_for_status().json()
    found: dict[str, Any] = next(each for each in cards if each["state"] == "unused" and "number" not in each)
    return found
