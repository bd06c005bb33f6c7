"""TMF678 customer bill: what was asked for, and what does the running month cost?"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.month import render_instant
from sandbox.bss.paper import count_papers, on_demand, papers_of
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.tmf.bill_wire import (
    CORRECTING_SCHEMA,
    BilledCharge,
    KnownBill,
    account_reference,
    bill_reference,
    charges_of,
    render_bill,
    render_rate,
    show_correcting_schema,
)
from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import (
    Collection,
    Filters,
    collection_routes,
    of_portfolios,
    owner_by_id,
    render_json,
)  # fmt: skip
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import BILL, Json
from sandbox.bss.world import World

_KEPT: Final = 500
_WISHES: Final = frozenset({
    "name", "description", "billingAccount", "customerBill", "relatedParty", "state", "lastUpdate",
})  # fmt: skip


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
        bill = KnownBill(portfolio, on_demand(world, portfolio, world.clock.stamp_ms()))
        asked.append(bill.id)
        return render_json(_render_demand(bill), status=201)

    def select(world: World, _: Filters) -> Sequence[KnownBill]:
        return [bill for id_ in asked if (bill := find_bill(world, id_))]

    demands: Collection[KnownBill] = Collection(
        path="/customerBillOnDemand",
        properties=frozenset(
            {"id", "href", "name", "state", "lastUpdate", "billingAccount", "customerBill", "relatedParty"}
        ),
        select=select,
        find=lambda world, id_: find_bill(world, f"D{id_[1:]}") if id_.startswith("N") else None,
        render=lambda _, bill: _render_demand(bill),
    )
    return [
        Route(f"{BILL}/customerBillOnDemand", demand, methods=["POST"]),
        Route(CORRECTING_SCHEMA, show_correcting_schema, methods=["GET"]),
        *(route for shelf in (_BILLS, _RATES, demands) for route in collection_routes(world, BILL, shelf)),
    ]


def find_bill(world: World, id_: str) -> KnownBill | None:
    """The paper of an id; on demand as well, for any instant of the world's history."""
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
    return KnownBill(portfolio, on_demand(world, portfolio, at_ms)) if known else None


def _render_demand(bill: KnownBill) -> Json:
    id_ = f"N{bill.id[1:]}"
    return {
        "id": id_,
        "href": f"{BILL}/customerBillOnDemand/{id_}",
        "name": "实时话费",
        "state": "done",
        "lastUpdate": render_instant(bill.paper.at_ms),
        "billingAccount": account_reference(bill.portfolio),
        "customerBill": bill_reference(bill.id),
    }


def _issued(world: World, portfolio: Portfolio) -> Sequence[KnownBill]:
    """The newest first."""
    return [KnownBill(portfolio, paper) for paper in papers_of(world, portfolio, world.clock.now_ms())]


def _issued_rates(world: World, portfolio: Portfolio) -> Sequence[BilledCharge]:
    return [rate for bill in _issued(world, portfolio) for rate in charges_of(bill)]


_select_issued_rates = of_portfolios(_issued_rates, {"billingAccount.id": owner_by_id})


def _select_rates(world: World, filters: Filters) -> Sequence[BilledCharge]:
    if "bill.id" not in filters:
        return _select_issued_rates(world, filters)
    bills = [find_bill(world, id_) for id_ in sorted(filters["bill.id"])]
    return [rate for bill in bills if bill for rate in charges_of(bill)]


def _find_rate(world: World, id_: str) -> BilledCharge | None:
    stem, _, place = id_[1:].rpartition("-")
    bill = find_bill(world, f"{place[:1]}{stem}")
    return next((rate for rate in charges_of(bill) if rate.id == id_), None) if bill else None


_BILLS: Collection[KnownBill] = Collection(
    path="/customerBill",
    properties=frozenset({
        "id", "href", "billNo", "billDate", "category", "runType", "state", "lastUpdate", "nextBillDate",
        "paymentDueDate",
        "amountDue", "remainingAmount", "taxIncludedAmount", "appliedPayment", "billingAccount", "billingPeriod",
        "relatedParty", "correctedBill",
    }),
    select=of_portfolios(
        _issued,
        {"id": owner_by_id, "billingAccount.id": owner_by_id, "correctedBill.id": owner_by_id},
        count_papers,
    ),
    find=find_bill,
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
