"""TMF637 v4 Product Inventory: which packages does a line hold?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from bss_adapters.tmf.call import plain_id
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.paging import fetch_pages
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.wire import Wire, wire_items
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.package import Package, PackageKind, PackageState

_PATH = "/productInventory/v4/product"
_PAGE = 100
_KINDS = {"plan": PackageKind.PLAN, "add-on": PackageKind.ADD_ON}
_STATES = {
    "created": PackageState.PENDING,
    "pendingActive": PackageState.PENDING,
    "active": PackageState.ACTIVE,
    "pendingTerminate": PackageState.ENDING,
    "suspended": PackageState.SUSPENDED,
    "terminated": PackageState.ENDED,
    "cancelled": PackageState.ENDED,
    "aborted": PackageState.ENDED,
}


def package_question(client: TmfClient, line_id: str, *, currency: str) -> Question[list[Package]]:
    """How a line's packages are read."""
    query = {"productRelationship.product.id": plain_id(line_id, system="line")}
    return Question(
        system="line",
        key=packages_key(line_id),
        ask=partial(fetch_pages, client, "line", _PATH, query, limit=_PAGE),
        parse=partial(parse_packages, line_id=line_id, currency=currency),
    )


def packages_key(line_id: str) -> str:
    """Under which key a line's packages are kept."""
    return reading_key("line", "packages", line_id)


def parse_packages(reading: Reading, *, line_id: str, currency: str) -> list[Package]:
    """Pages of Product → the packages that rely on the line and have not ended: the plan first, add-ons by start.

    Names are as the product carries them. Raises BssFault ``line_garbled``.
    """
    wires = wire_items(reading.bodies, system="line", currency=currency)
    parsed = (_parse_package(wire, reading) for wire in wires if _relies_on(wire, line_id))
    held = [package for package in parsed if package.state is not PackageState.ENDED]
    return sorted(held, key=lambda package: (package.kind is not PackageKind.PLAN, package.since, package.id))


def name_package(package: Package, names: Mapping[str, LocalizedText]) -> Package:
    """The package with its offering's English name from the catalogue, where that has one."""
    named = names.get(package.offering_id)
    return replace(package, name=LocalizedText(zh=package.name.zh, en=named.en)) if named else package


def _relies_on(wire: Wire, line_id: str) -> bool:
    """A family's lines point at the line too; only ``reliesOn`` makes a package."""
    return any(
        each.text("relationshipType") == "reliesOn" and each.child("product").text("id") == line_id
        for each in wire.children("productRelationship")
    )


def _parse_package(wire: Wire, reading: Reading) -> Package:
    offering = wire.child("productOffering")
    name = offering.maybe_text("name") or wire.text("name")
    return Package(
        id=wire.text("id"),
        offering_id=offering.text("id"),
        name=LocalizedText(zh=name, en=name),
        kind=wire.child("productSpecification").code("id", _KINDS),
        state=wire.code("status", _STATES),
        monthly_fee=_parse_monthly_fee(wire),
        since=wire.day("startDate"),
        until=wire.maybe_day("terminationDate"),
        contract_until=_parse_contract_end(wire),
        as_of=reading.as_of,
        stale=reading.stale,
    )


def _parse_monthly_fee(wire: Wire) -> Money | None:
    for each in wire.children("productPrice"):
        if each.text("priceType") == "recurring" and each.maybe_text("recurringChargePeriod") == "month":
            return each.child("price").money("taxIncludedAmount")
    return None


def _parse_contract_end(wire: Wire) -> date | None:
    for each in wire.children("productTerm"):
        if each.maybe_text("name") == "contract":
            return each.child("validFor").day("endDateTime")
    return None
