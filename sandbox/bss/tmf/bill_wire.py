"""How do a bill and its rated lines look as TMF678?"""

from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from sandbox.bss.bill import Payment
from sandbox.bss.charge import Charge
from sandbox.bss.month import render_instant
from sandbox.bss.paper import OF_A_MONTH, Paper
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.tmf.collection import render_json
from sandbox.bss.tmf.inventory import product_reference
from sandbox.bss.tmf.party import party_reference
from sandbox.bss.tmf.wire import ACCOUNT, BILL, Json, characteristic, money, period, reference

CORRECTING_SCHEMA: Final = f"{BILL}/schema/CorrectingCustomerBill.schema.json"


class KnownBill(NamedTuple):
    """A paper and whose it is."""

    portfolio: Portfolio
    paper: Paper

    @property
    def id(self) -> str:
        """The paper's."""
        return self.paper.id

    @property
    def is_issued(self) -> bool:
        """Whether it was issued, and not made on demand."""
        return self.paper.category != "onDemand"


class BilledCharge(NamedTuple):
    """One rated line of a bill."""

    bill: KnownBill
    order: int
    charge: Charge

    @property
    def id(self) -> str:
        """``R`` and the bill's id, and the place in it."""
        return f"R{self.bill.id[1:]}-{self.bill.id[0]}{self.order}"


def charges_of(bill: KnownBill) -> list[BilledCharge]:
    """A bill's rated lines."""
    return [BilledCharge(bill, order, charge) for order, charge in enumerate(bill.paper.charges, start=1)]


def render_bill(known: KnownBill) -> Json:
    """A bill → TMF678 CustomerBill."""
    paper = known.paper
    return {
        "id": paper.id,
        "href": f"{BILL}/customerBill/{paper.id}",
        "billNo": _bill_number(known),
        "category": paper.category,
        "runType": "onCycle" if paper.category in OF_A_MONTH else "offCycle",
        "state": paper.state,
        "billDate": render_instant(paper.at_ms),
        "lastUpdate": render_instant(max([paper.at_ms, *(payment.at_ms for payment in paper.payments)])),
        "billingAccount": account_reference(known.portfolio),
        "billingPeriod": period(paper.month.start_ms, paper.month.end_ms),
        "relatedParty": [party_reference(known.portfolio.customer, "customer")],
        "amountDue": money(paper.total_li),
        "taxIncludedAmount": money(paper.total_li),
        "remainingAmount": money(paper.remaining_li),
        "appliedPayment": [_applied(payment) for payment in paper.payments],
        **_dates(paper),
        **_corrected(paper),
    }


def render_rate(billed: BilledCharge) -> Json:
    """A rated line → TMF678 AppliedCustomerBillingRate."""
    charge, bill = billed.charge, billed.bill
    wire = {
        "id": billed.id,
        "href": f"{BILL}/appliedCustomerBillingRate/{billed.id}",
        "name": charge.zh,
        "description": charge.en,
        "type": _rate_type(charge),
        "date": render_instant(bill.paper.at_ms),
        "isBilled": bill.is_issued,
        "bill": bill_reference(bill.id),
        "billingAccount": account_reference(bill.portfolio),
        "periodCoverage": period(bill.paper.month.start_ms, bill.paper.month.end_ms),
        "taxIncludedAmount": money(charge.amount_li),
        "characteristic": _traits(charge),
    }
    return wire | ({"product": product_reference(charge.product_id)} if charge.product_id else {})


def bill_reference(id_: str) -> Json:
    """Where a bill is."""
    return reference(f"{BILL}/customerBill", id_, "CustomerBill")


def account_reference(portfolio: Portfolio) -> Json:
    """Whose bill it is."""
    name = f"{portfolio.customer.name}的账户"
    return reference(f"{ACCOUNT}/billingAccount", portfolio.account.id, "BillingAccount", name=name)


async def show_correcting_schema(_: Request) -> Response:
    """The schema of a bill that repeats or corrects another."""
    return render_json(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "CorrectingCustomerBill",
            "description": "A TMF678 CustomerBill that repeats (duplicate) or corrects (creditNote) another one.",
            "type": "object",
            "required": ["correctedBill"],
            "properties": {
                "correctedBill": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {name: {"type": "string"} for name in ("id", "href", "@referredType")},
                    "additionalProperties": False,
                }
            },
        }
    )


def _bill_number(known: KnownBill) -> str:
    """Month and account, and what comes after them in the id of a paper that is none of the month's own."""
    paper = known.paper
    stem = known.portfolio.account.id[1:]
    if not known.is_issued:
        return f"{paper.month.label}{stem}-{paper.at_ms}"
    return f"{paper.month.label}{stem}{paper.id.removeprefix(f'B{stem}-{paper.month.label}')}"


def _dates(paper: Paper) -> Json:
    if paper.category == "onDemand":
        return {"nextBillDate": render_instant(paper.month.end_ms)}
    if paper.due_ms is None:
        return {}
    due = render_instant(paper.due_ms)
    return {"paymentDueDate": due} | ({"nextBillDate": due} if paper.category in OF_A_MONTH else {})


def _corrected(paper: Paper) -> Json:
    if paper.refers_to is None:
        return {}
    return {
        "correctedBill": bill_reference(paper.refers_to),
        "@type": "CorrectingCustomerBill",
        "@baseType": "CustomerBill",
        "@schemaLocation": CORRECTING_SCHEMA,
    }


def _applied(payment: Payment) -> Json:
    """TMF678 has no room for the instant of a payment, so it is the payment's name."""
    address, name = "/tmf-api/paymentManagement/v4/payment", render_instant(payment.at_ms)
    return {"appliedAmount": money(payment.amount_li), "payment": reference(address, payment.id, "Payment", name=name)}


def _rate_type(charge: Charge) -> str:
    if charge.kind == "penalty":
        return "appliedPenaltyCharge"
    return "appliedBillingCredit" if charge.amount_li < 0 else "appliedBillingCharge"


def _traits(charge: Charge) -> list[Json]:
    """``number``, ``lineKind``, ``tariff`` and ``roaming`` only where they are."""
    said = {
        "subject": charge.subject,
        "number": charge.number,
        "lineKind": charge.line_kind,
        "chargeKind": charge.kind,
        "tariff": charge.tariff,
        "roaming": charge.roaming or None,
    }
    return [characteristic(name, value) for name, value in said.items() if value is not None]
