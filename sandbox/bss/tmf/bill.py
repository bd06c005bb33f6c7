"""TMF678 customer bill: what was asked for, and what does the running month cost?"""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.charge import Charge, total_li
from sandbox.bss.month import Month, render_instant
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.settlement import Bill, Payment
from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import (
    Collection,
    Filters,
    collection_routes,
    of_portfolios,
    owner_by_id,
    render_json,
)  # fmt: skip
from sandbox.bss.tmf.inventory import product_reference
from sandbox.bss.tmf.party import party_reference
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import ACCOUNT, BILL, Json, characteristic, money, period, reference
from sandbox.bss.world import World

_KEPT: Final = 500
_WISHES: Final = frozenset({
    "name", "description", "billingAccount", "customerBill", "relatedParty", "state", "lastUpdate",
})  # fmt: skip


class KnownBill(NamedTuple):
    """A bill with its charges: ``issued`` by a bill run, or (None) on demand as of ``at_ms``."""

    portfolio: Portfolio
    month: Month
    at_ms: int
    charges: list[Charge]
    issued: Bill | None

    @property
    def id(self) -> str:
        """``B000001-202610``, or ``D000001-1763800000123``."""
        stem = self.portfolio.account.id[1:]
        return f"B{stem}-{self.month.label}" if self.issued else f"D{stem}-{self.at_ms}"


class BilledCharge(NamedTuple):
    """One rated line of a bill."""

    bill: KnownBill
    order: int
    charge: Charge

    @property
    def id(self) -> str:
        """``R`` and the bill's id, and the place in it."""
        return f"R{self.bill.id[1:]}-{self.bill.id[0]}{self.order}"


def bill_routes(world: World) -> list[Route]:
    """TMF678. A bill on demand is named by account and instant, so any can be asked for again; the last 500 are
    listed."""
    asked: deque[str] = deque(maxlen=_KEPT)

    async def demand(request: Request) -> Response:
        wire = await read_object(request, _WISHES)
        account_id = wanted_text(wire, "billingAccount", "id")
        portfolio = world.find_portfolio(account_id)
        if portfolio is None or portfolio.account.id != account_id:
            raise bad_request("unknownAccount", f"There is no account {account_id}.")
        bill = _on_demand(world, portfolio, world.clock.stamp_ms())
        asked.append(bill.id)
        return render_json(_render_demand(bill), status=201)

    def select(world: World, _: Filters) -> Sequence[KnownBill]:
        return [bill for id_ in asked if (bill := _find_bill(world, id_))]

    demands: Collection[KnownBill] = Collection(
        path="/customerBillOnDemand",
        properties=frozenset(
            {"id", "href", "name", "state", "lastUpdate", "billingAccount", "customerBill", "relatedParty"}
        ),
        select=select,
        find=lambda world, id_: _find_bill(world, f"D{id_[1:]}") if id_.startswith("N") else None,
        render=lambda _, bill: _render_demand(bill),
    )
    return [
        Route(f"{BILL}/customerBillOnDemand", demand, methods=["POST"]),
        *(route for shelf in (_BILLS, _RATES, demands) for route in collection_routes(world, BILL, shelf)),
    ]


def render_bill(known: KnownBill) -> Json:
    """A bill → TMF678 CustomerBill."""
    total = total_li(known.charges)
    shown = _render_issued(known.issued) if known.issued else _render_on_demand(known, total)
    account = known.portfolio.account
    return {
        "id": known.id,
        "href": f"{BILL}/customerBill/{known.id}",
        "billNo": f"{known.month.label}{account.id[1:]}" + ("" if known.issued else f"-{known.at_ms}"),
        "billingAccount": _account_reference(known.portfolio),
        "billingPeriod": period(known.month.start_ms, known.month.end_ms),
        "relatedParty": [party_reference(known.portfolio.customer, "customer")],
        "amountDue": money(total),
        "taxIncludedAmount": money(total),
        **shown,
    }


def render_rate(billed: BilledCharge) -> Json:
    """A rated line → TMF678 AppliedCustomerBillingRate."""
    charge, bill = billed.charge, billed.bill
    traits = [characteristic("subject", charge.subject)]
    if charge.number:
        traits.append(characteristic("number", charge.number))
    wire = {
        "id": billed.id,
        "href": f"{BILL}/appliedCustomerBillingRate/{billed.id}",
        "name": charge.zh,
        "description": charge.en,
        "type": "appliedBillingCredit" if charge.amount_li < 0 else "appliedBillingCharge",
        "date": render_instant(bill.at_ms),
        "isBilled": bill.issued is not None,
        "bill": reference(f"{BILL}/customerBill", bill.id, "CustomerBill"),
        "billingAccount": _account_reference(bill.portfolio),
        "periodCoverage": period(bill.month.start_ms, bill.month.end_ms),
        "taxIncludedAmount": money(charge.amount_li),
        "characteristic": traits,
    }
    return wire | ({"product": product_reference(charge.product_id)} if charge.product_id else {})


def _render_issued(bill: Bill) -> Json:
    return {
        "category": "normal",
        "runType": "onCycle",
        "state": bill.state,
        "billDate": render_instant(bill.issued_ms),
        "lastUpdate": render_instant(max([bill.issued_ms, *(payment.at_ms for payment in bill.payments)])),
        "nextBillDate": render_instant(bill.due_ms),
        "paymentDueDate": render_instant(bill.due_ms),
        "remainingAmount": money(bill.remaining_li),
        "appliedPayment": [_applied(payment) for payment in bill.payments],
    }


def _render_on_demand(known: KnownBill, total: int) -> Json:
    """A prepaid account has paid for the running month as it went."""
    prepaid = known.portfolio.account.kind == "prepaid"
    return {
        "category": "onDemand",
        "runType": "offCycle",
        "state": "new",
        "billDate": render_instant(known.at_ms),
        "lastUpdate": render_instant(known.at_ms),
        "nextBillDate": render_instant(known.month.end_ms),
        "remainingAmount": money(0 if prepaid else total),
        "appliedPayment": [_applied(Payment(f"Y{known.id[1:]}", known.at_ms, total))] if prepaid and total else [],
    }


def _applied(payment: Payment) -> Json:
    """TMF678 has no room for the instant of a payment, so it is the payment's name."""
    address, name = "/tmf-api/paymentManagement/v4/payment", render_instant(payment.at_ms)
    return {"appliedAmount": money(payment.amount_li), "payment": reference(address, payment.id, "Payment", name=name)}


def _render_demand(bill: KnownBill) -> Json:
    id_ = f"N{bill.id[1:]}"
    return {
        "id": id_,
        "href": f"{BILL}/customerBillOnDemand/{id_}",
        "name": "实时话费",
        "state": "done",
        "lastUpdate": render_instant(bill.at_ms),
        "billingAccount": _account_reference(bill.portfolio),
        "customerBill": reference(f"{BILL}/customerBill", bill.id, "CustomerBill"),
    }


def _account_reference(portfolio: Portfolio) -> Json:
    name = f"{portfolio.customer.name}的账户"
    return reference(f"{ACCOUNT}/billingAccount", portfolio.account.id, "BillingAccount", name=name)


def _issued(world: World, portfolio: Portfolio) -> Sequence[KnownBill]:
    """The newest first."""
    bills = world.books(portfolio, world.clock.now_ms()).bills
    return [KnownBill(portfolio, bill.month, bill.issued_ms, bill.charges, bill) for bill in reversed(bills)]


def _count_issued(world: World, portfolio: Portfolio) -> int:
    """One a month, where nobody came or went since the world was made."""
    if world.lines.recycling(portfolio.index) or any(line.until_ms for line in portfolio.lines):
        return len(_issued(world, portfolio))
    return Month.of(world.clock.now_ms()).since(world.first_month)


def _on_demand(world: World, portfolio: Portfolio, at_ms: int) -> KnownBill:
    return KnownBill(portfolio, Month.of(at_ms), at_ms, world.books(portfolio, at_ms).running, None)


def _find_bill(world: World, id_: str) -> KnownBill | None:
    portfolio = world.find_portfolio(id_)
    if portfolio is None:
        return None
    if id_.startswith("B"):
        return next((bill for bill in _issued(world, portfolio) if bill.id == id_), None)
    stem, _, instant = id_.rpartition("-")
    if stem != f"D{portfolio.account.id[1:]}" or not (instant.isascii() and instant.isdigit()):
        return None
    at_ms = int(instant)
    known = world.first_month.start_ms <= at_ms <= world.clock.now_ms()
    return _on_demand(world, portfolio, at_ms) if known else None


def _charges(bill: KnownBill) -> list[BilledCharge]:
    return [BilledCharge(bill, order, charge) for order, charge in enumerate(bill.charges, start=1)]


def _issued_rates(world: World, portfolio: Portfolio) -> Sequence[BilledCharge]:
    return [rate for bill in _issued(world, portfolio) for rate in _charges(bill)]


_select_issued_rates = of_portfolios(_issued_rates, {"billingAccount.id": owner_by_id})


def _select_rates(world: World, filters: Filters) -> Sequence[BilledCharge]:
    if "bill.id" not in filters:
        return _select_issued_rates(world, filters)
    bills = [_find_bill(world, id_) for id_ in sorted(filters["bill.id"])]
    return [rate for bill in bills if bill for rate in _charges(bill)]


def _find_rate(world: World, id_: str) -> BilledCharge | None:
    stem, _, place = id_[1:].rpartition("-")
    bill = _find_bill(world, f"{place[:1]}{stem}")
    return next((rate for rate in _charges(bill) if rate.id == id_), None) if bill else None


_BILLS: Collection[KnownBill] = Collection(
    path="/customerBill",
    properties=frozenset({
        "id", "href", "billNo", "billDate", "category", "runType", "state", "lastUpdate", "nextBillDate",
        "paymentDueDate",
        "amountDue", "remainingAmount", "taxIncludedAmount", "appliedPayment", "billingAccount", "billingPeriod",
        "relatedParty",
    }),
    select=of_portfolios(
        _issued,
        {"id": owner_by_id, "billingAccount.id": owner_by_id},
        _count_issued,
    ),
    find=_find_bill,
    render=lambda _, bill: render_bill(bill),
    quick={"id": lambda bill: bill.id, "billingAccount.id": lambda bill: bill.portfolio.account.id},
)  # fmt: skip

_RATES: Collection[BilledCharge] = Collection(
    path="/appliedCustomerBillingRate",
    properties=frozenset({
        "id", "href", "name", "description", "type", "date", "isBilled", "bill", "billingAccount", "periodCoverage",
        "taxIncludedAmount", "characteristic", "product",
    }),
    select=_select_rates,
    find=_find_rate,
    render=lambda _, rate: render_rate(rate),
    quick={"bill.id": lambda rate: rate.bill.id, "billingAccount.id": lambda rate: rate.bill.portfolio.account.id},
)  # fmt: skip
