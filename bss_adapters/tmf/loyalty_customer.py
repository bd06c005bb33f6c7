"""TMF637, TMF629, TMF632, TMF666 and TMF678 v4: whom is a reward for, and what did they pay?

All of it is asked anew: whoever was suspended a minute ago gets nothing, and nothing of a person is kept.
"""

import asyncio
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from bss_adapters.tmf.account import parse_account
from bss_adapters.tmf.bill_history import BilledMonth, count_arrears_free_months, parse_billed_months
from bss_adapters.tmf.call import Answer, Call, is_plain_id, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.line import PRODUCTS
from bss_adapters.tmf.line_product import parse_line_by_id
from bss_adapters.tmf.package import parse_packages
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.party import parse_engaged
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.wire import BUSINESS_ZONE, Wire
from graphql_schema.loyalty_ports import LoyaltyCustomer
from graphql_schema.types.account import AccountState
from graphql_schema.types.line import Line, LineState, Payer
from graphql_schema.types.money import Money
from graphql_schema.types.package import PackageKind, PackageState

_CUSTOMERS: Final = "/customerManagement/v4/customer"
_PARTIES: Final = "/party/v4"
_ACCOUNTS: Final = "/accountManagement/v4/billingAccount"
_BILLS: Final = "/customerBillManagement/v4/customerBill"
_BILLS_MOST: Final = "100"
_PAGE: Final = 100
_GONE: Final = frozenset({LineState.CLOSED, LineState.PENDING})
_STOPPED: Final = frozenset({LineState.SUSPENDED, LineState.OUTGOING_BARRED})
_CHECKED: Final = "validated"
_HELD: Final = frozenset({PackageState.ACTIVE, PackageState.ENDING})


class _PartyKind(Enum):
    PERSON = "Individual"
    COMPANY = "Organization"


@dataclass(frozen=True, slots=True)
class _Owner:
    """Who signed: a company has no birthday."""

    birthday: tuple[int, int] | None
    real_name: bool


@dataclass(frozen=True, slots=True)
class _Held:
    """The line itself, with what its product says beside how it stands."""

    line: Line
    since: date
    region: str | None


class TmfLoyaltyCustomers:
    """Port ``LoyaltyCustomers`` over five of the BSS's systems."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def fetch_customer(self, line_id: str) -> LoyaltyCustomer | None:
        """None for a line that is gone, or has not begun. Raises BssFault ``line_*``, ``account_*``, ``bill_*``,
        ``customer_*``: what is not known for sure now is not guessed."""
        held = await self._fetch_line(line_id)
        if held is None or held.line.state in _GONE:
            return None
        line = held.line
        owner, package, owes, bills = await asyncio.gather(
            self._fetch_owner(line.customer_id),
            self._fetch_plan(line.id),
            self._fetch_owes(line.account_id),
            self._fetch_bills(line.account_id),
        )
        today = self._client.clock.now().astimezone(BUSINESS_ZONE).date()
        return LoyaltyCustomer(
            line_id=line.id,
            account_id=line.account_id,
            customer_id=line.customer_id,
            since=held.since,
            package=package,
            region=held.region,
            birthday=owner.birthday,
            suspended=line.state in _STOPPED,
            owes=owes,
            real_name=owner.real_name,
            arrears_free_months=count_arrears_free_months(bills, since=held.since, today=today, owes=owes),
            paid_by_organization=line.payer is Payer.ORGANIZATION,
        )

    async def fetch_paid(self, account_id: str, month: date) -> Money:
        """What was applied to the bill of a month so far; nothing where there is none. Raises BssFault ``bill_*``."""
        paid = (each.paid for each in await self._fetch_bills(account_id) if each.begins == month)
        return Money(amount=sum(paid, Decimal(0)), currency=self._currency)

    async def _fetch_line(self, line_id: str) -> _Held | None:
        if not is_plain_id(line_id):
            return None
        answer = await self._client.fetch(read_call("line", f"{PRODUCTS}/{line_id}", may_be_absent=True))
        return None if answer.absent else parse_held(_reading(answer), line_id=line_id, currency=self._currency)

    async def _fetch_plan(self, line_id: str) -> str | None:
        query = {"productRelationship.product.id": plain_id(line_id, system="line")}
        pages = await fetch_pages(self._client, "line", PRODUCTS, query, limit=_PAGE)
        reading = Reading(tuple(page.json for page in pages), pages[0].as_of, stale=False)
        return parse_plan(reading, line_id=line_id, currency=self._currency)

    async def _fetch_owes(self, account_id: str) -> bool:
        path = f"{_ACCOUNTS}/{plain_id(account_id, system='account')}"
        answer = await self._client.fetch(read_call("account", path))
        account = parse_account(_reading(answer), account_id=account_id, currency=self._currency)
        return account.state is AccountState.PAST_DUE

    async def _fetch_bills(self, account_id: str) -> list[BilledMonth]:
        query = {"billingAccount.id": plain_id(account_id, system="bill"), "limit": _BILLS_MOST}
        answer = await self._client.fetch(read_call("bill", _BILLS, query))
        return parse_billed_months(_reading(answer), account_id=account_id, currency=self._currency)

    async def _fetch_owner(self, customer_id: str) -> _Owner:
        path = f"{_CUSTOMERS}/{plain_id(customer_id, system='customer')}"
        answer = await self._client.fetch(read_call("customer", path))
        kind, engaged_id = parse_engaged(answer.json, customer_id=customer_id)
        party = await self._client.fetch(_party_call(_PartyKind(kind), engaged_id))
        return parse_owner(party.json, party_id=engaged_id)


def parse_held(reading: Reading, *, line_id: str, currency: str) -> _Held:
    """Product → the line, its first day and its region: characteristic ``region``, else ``city``, else ``province``.
    Raises BssFault ``line_garbled``."""
    wire = Wire(reading.bodies[0], system="line", currency=currency)
    line = parse_line_by_id(reading, line_id=line_id, currency=currency)
    traits = wire.characteristics("productCharacteristic")
    region = next((traits[name] for name in ("region", "city", "province") if traits.get(name) is not None), None)
    if region is not None and not (isinstance(region, str) and region):
        raise wire.garbled("region is not a text")
    return _Held(line, wire.day("startDate"), region)


def parse_plan(reading: Reading, *, line_id: str, currency: str) -> str | None:
    """Pages of Product → the offering of the plan that is held now. Raises BssFault ``line_garbled``."""
    held = parse_packages(reading, line_id=line_id, currency=currency)
    plans = [each for each in held if each.kind is PackageKind.PLAN and each.state in _HELD]
    return max(plans, key=lambda plan: plan.since).offering_id if plans else None


def parse_owner(body: Any, *, party_id: str) -> _Owner:  # noqa: ANN401  any JSON value
    """Individual or Organization → what a reward may ask of the owner. Raises BssFault ``customer_garbled``."""
    wire = Wire(body, system="customer", currency="")
    if wire.text("id") != party_id:
        raise wire.garbled("id is another's")
    born = wire.maybe_day("birthDate")
    return _Owner((born.month, born.day) if born else None, wire.maybe_text("status") == _CHECKED)


def _party_call(kind: _PartyKind, party_id: str) -> Call:
    """No more of a person than is needed."""
    if kind is _PartyKind.COMPANY:
        return read_call("customer", f"{_PARTIES}/organization/{party_id}", {"fields": "status"})
    return read_call("customer", f"{_PARTIES}/individual/{party_id}", {"fields": "birthDate,status"})


def _reading(answer: Answer) -> Reading:
    return Reading((answer.json,), answer.as_of, stale=False)
