"""What does the wire tell of one account: lines, packages, uses, bills?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx

from tests.oracle.month import BillingMonth, month_of, parse_instant
from tests.oracle.wire import Wire, fetch_all, fetch_one, fetch_posted

INVENTORY = "/productInventory/v4/product"
USAGE = "/usageManagement/v4/usage"
BILLING = "/customerBillManagement/v4"
ACCOUNTS = "/accountManagement/v4/billingAccount"
CONSUMPTION = "/usageConsumption/v4/queryUsageConsumption"
OF_A_MONTH = ("normal", "last")


@dataclass(frozen=True)
class Package:
    """An offering that a line holds from ``since`` to ``until``; in its first ``altered_months`` billing months its
    monthly fee is changed by ``alteration`` yuan. ``bound_until`` is the end of its contract."""

    id: str
    offering_id: str
    since: datetime
    until: datetime | None
    alteration: Decimal = Decimal(0)
    altered_months: int = 0
    bound_until: datetime | None = None

    def held_at(self, instant: datetime) -> bool:
        """Whether it is held at an instant."""
        return self.since <= instant and (self.until is None or instant < self.until)

    def alteration_in(self, month: BillingMonth) -> Decimal:
        """What is added to the monthly fee in a month."""
        begun = month_of(self.since)
        months = (month.year - begun.year) * 12 + month.month - begun.month
        return self.alteration if months < self.altered_months else Decimal(0)

    def held_in(self, month: BillingMonth) -> bool:
        """Whether it is held in any part of the month."""
        return self.since < month.end and (self.until is None or self.until > month.start)


@dataclass(frozen=True)
class Line:
    """A line, the main line that it shares from, if any, and its packages; when it ended or will end, and since when
    its owner has it closed."""

    id: str
    number: str
    main_line_id: str | None
    packages: tuple[Package, ...]
    until: datetime | None = None
    closing_since: datetime | None = None


@dataclass(frozen=True)
class Use:
    """One usage record: the facts of the use, and what the BSS made of it (``charged``, ``tariff``, ``taken``). ``app``
    is what data served, ``service`` a value-added one."""

    id: str
    line_id: str
    at: datetime
    kind: str
    amount: int
    outgoing: bool
    long_distance: bool
    app: str | None
    charged: Any
    taken: tuple[tuple[str, int], ...]
    service: str | None = None
    abroad: bool = False
    tariff: str = ""


@dataclass(frozen=True)
class Account:
    """Everything that is on the wire about an account: ``bills`` are those of the months, ``papers`` all others.
    ``rates`` are by bill id, ``consumption`` by line id."""

    account: Wire
    lines: tuple[Line, ...]
    uses: tuple[Use, ...]
    bills: tuple[Wire, ...]
    running: Wire
    rates: Mapping[str, list[Wire]] = field(repr=False)
    consumption: Mapping[str, Wire] = field(repr=False)
    now: datetime
    papers: tuple[Wire, ...] = ()

    @property
    def first_month(self) -> BillingMonth:
        """The oldest month that was billed."""
        return month_of(min(parse_instant(bill["billingPeriod"]["startDateTime"]) for bill in self.bills))


async def fetch_account(client: httpx.AsyncClient, account_id: str) -> Account:
    """Reads an account whole, counters and running month included."""
    lines = await fetch_lines(client, account_id)
    demand = await fetch_posted(client, f"{BILLING}/customerBillOnDemand", {"billingAccount": {"id": account_id}})
    running = await fetch_one(client, f"{BILLING}/customerBill/{demand['customerBill']['id']}")
    listed = await fetch_all(client, f"{BILLING}/customerBill", billingAccount__id=account_id)
    bills = [bill for bill in listed if bill["category"] in OF_A_MONTH]
    rates = {bill["id"]: await _fetch_rates(client, bill["id"]) for bill in (*listed, running)}
    consumption = {line.id: await _fetch_consumption(client, line.id) for line in lines}
    uses = await fetch_all(client, USAGE, relatedParty__id=",".join(line.id for line in lines))
    return Account(
        account=await fetch_one(client, f"{ACCOUNTS}/{account_id}"),
        lines=lines,
        uses=tuple(parse_use(wire) for wire in uses),
        bills=tuple(sorted(bills, key=lambda bill: parse_instant(bill["billDate"]))),
        running=running,
        rates=rates,
        consumption=consumption,
        now=parse_instant(running["billDate"]),
        papers=tuple(bill for bill in listed if bill["category"] not in OF_A_MONTH),
    )


async def fetch_lines(client: httpx.AsyncClient, account_id: str) -> tuple[Line, ...]:
    """The account's lines with their packages."""
    return _parse_lines(await fetch_all(client, INVENTORY, billingAccount__id=account_id))


def parse_use(wire: Wire) -> Use:
    """A TMF635 Usage."""
    traits = {item["name"]: item["value"] for item in wire["usageCharacteristic"]}
    [rated] = wire["ratedProductUsage"]
    amount_names = {
        "voice": "durationSeconds",
        "sms": "messageCount",
        "data": "volumeBytes",
        "valueAdded": "eventCount",
    }
    return Use(
        id=wire["id"],
        line_id=next(party["id"] for party in wire["relatedParty"] if party["role"] == "line"),
        at=parse_instant(wire["usageDate"]),
        kind=wire["usageType"],
        amount=traits[amount_names[wire["usageType"]]],
        outgoing=traits["direction"] == "outgoing",
        long_distance=traits.get("callType") == "domesticLongDistance",
        app=traits.get("application"),
        charged=rated["taxIncludedRatingAmount"]["value"],
        taken=tuple((item["bucketId"], item["amount"]) for item in traits["consumption"]),
        service=traits.get("service"),
        abroad=traits.get("roamingType") == "international",
        tariff=rated["offerTariffType"],
    )


async def _fetch_rates(client: httpx.AsyncClient, bill_id: str) -> list[Wire]:
    return await fetch_all(client, f"{BILLING}/appliedCustomerBillingRate", bill__id=bill_id)


async def _fetch_consumption(client: httpx.AsyncClient, line_id: str) -> Wire:
    answer = await fetch_posted(client, CONSUMPTION, {"searchCriteria": {"product": [{"id": line_id}]}})
    [consumption] = answer["usageConsumption"]
    found: Wire = consumption
    return found


def _parse_lines(products: list[Wire]) -> tuple[Line, ...]:
    packages: dict[str, list[Package]] = {}
    for product in products:
        if "productOffering" in product:
            packages.setdefault(_related(product, "reliesOn") or "", []).append(_parse_package(product))
    return tuple(
        Line(
            product["id"],
            product["productSerialNumber"],
            _related(product, "sharesFrom"),
            tuple(packages.get(product["id"], ())),
            parse_instant(product["terminationDate"]) if "terminationDate" in product else None,
            _closing_since(product),
        )
        for product in products
        if "productSerialNumber" in product
    )


def _closing_since(product: Wire) -> datetime | None:
    traits = {item["name"]: item["value"] for item in product.get("productCharacteristic", ())}
    return parse_instant(traits["closingSince"]) if "closingSince" in traits else None


def _parse_package(product: Wire) -> Package:
    until = product.get("terminationDate")
    since = parse_instant(product["startDate"])
    prices = [price for price in product.get("productPrice", ()) if price["priceType"] == "recurring"]
    alterations = [alteration for price in prices for alteration in price.get("productPriceAlteration", ())]
    [alteration] = alterations or [None]
    terms = [term["validFor"]["endDateTime"] for term in product.get("productTerm", ()) if term["name"] == "contract"]
    return Package(
        product["id"],
        product["productOffering"]["id"],
        since,
        parse_instant(until) if until else None,
        Decimal(alteration["price"]["taxIncludedAmount"]["value"]) if alteration else Decimal(0),
        alteration["applicationDuration"] if alteration else 0,
        parse_instant(terms[0]) if terms else None,
    )


def _related(product: Wire, relationship: str) -> str | None:
    related = product.get("productRelationship", ())
    return next((item["product"]["id"] for item in related if item["relationshipType"] == relationship), None)
