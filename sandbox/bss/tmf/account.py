"""TMF666 account: who pays, and what is owed?"""

from collections.abc import Sequence

from starlette.routing import Route

from sandbox.bss.month import Month
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.settlement import Books
from sandbox.bss.tmf.collection import Collection, collection_routes, of_portfolios, owner_by_id
from sandbox.bss.tmf.party import party_reference
from sandbox.bss.tmf.wire import ACCOUNT, Json, money, period
from sandbox.bss.world import World


def account_routes(world: World) -> list[Route]:
    """TMF666."""
    return collection_routes(world, ACCOUNT, _ACCOUNTS)


def render_billing_account(portfolio: Portfolio, books: Books, now_ms: int) -> Json:
    """Portfolio and books → TMF666 BillingAccount."""
    account = portfolio.account
    wire = {
        "id": account.id,
        "href": f"{ACCOUNT}/billingAccount/{account.id}",
        "name": f"{portfolio.customer.name}的账户",
        "accountType": account.kind,
        "state": "closed" if all(line.is_ended(now_ms) for line in portfolio.lines) else "active",
        "paymentStatus": "pastDue" if books.is_past_due(now_ms) else "current",
        "relatedParty": [party_reference(portfolio.customer, "customer")],
        "accountBalance": [_receivable(books, now_ms)],
        "billStructure": {
            "cycleSpecification": {
                "id": "cycle-month", "name": "自然月账期", "isRef": False, "billingPeriod": "month", "frequency":
                "monthly",
                "billingDateShift": 0,
            }
        },
    }  # fmt: skip
    if account.credit_limit_li:
        wire["creditLimit"] = money(account.credit_limit_li)
    return wire


def _receivable(books: Books, now_ms: int) -> Json:
    """What issued bills still ask for, valid until the first of them is (or was) due."""
    open_bills = [bill for bill in books.bills if bill.remaining_li > 0]
    month = Month.of(now_ms)
    valid = (
        period(open_bills[0].issued_ms, open_bills[0].due_ms) if open_bills else period(month.start_ms, month.end_ms)
    )
    return {"balanceType": "receivable", "amount": money(books.owed_li()), "validFor": valid}


def _accounts(_: World, portfolio: Portfolio) -> Sequence[Portfolio]:
    return [portfolio]


def _render(world: World, portfolio: Portfolio) -> Json:
    now_ms = world.clock.now_ms()
    return render_billing_account(portfolio, world.books(portfolio, now_ms), now_ms)


_ACCOUNTS: Collection[Portfolio] = Collection(
    path="/billingAccount",
    properties=frozenset({
        "id", "href", "name", "accountType", "state", "paymentStatus", "relatedParty", "accountBalance",
        "billStructure",
        "creditLimit",
    }),
    select=of_portfolios(_accounts, {"id": owner_by_id, "relatedParty.id": owner_by_id}),
    render=_render,
    quick={
        "id": lambda portfolio: portfolio.account.id,
        "relatedParty.id": lambda portfolio: portfolio.customer.id,
        "accountType": lambda portfolio: portfolio.account.kind,
    },
)  # fmt: skip
