"""TMF620 v4 Product Catalogue: which offerings, at which prices and on which shelves, do its lists describe?"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import zip_longest

from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.usage_bucket import UNITS, USAGE_TYPES
from bss_adapters.tmf.wire import BUSINESS_ZONE, Wire, wire_list, word_codes
from graphql_schema.client import Channel
from graphql_schema.order_ports import CatalogueReading, UsageRate
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.change import ChangeStart
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.offering import OfferedAllowance, Offering, OfferingCategory, OfferingLink
from graphql_schema.types.package import PackageKind
from graphql_schema.types.scalar import Long

OFFERINGS, CATEGORIES, PRICES = "offerings", "categories", "prices"
"""The lists that one reading of the catalogue holds."""
_KINDS = {"plan": PackageKind.PLAN, "add-on": PackageKind.ADD_ON}
_STARTS = word_codes(ChangeStart)
_CHANNELS = {channel.value: channel for channel in Channel}
_RELATED = "productOfferingRelationship"
_VALUES = "productSpecCharacteristicValue"
_WHOLE_PERCENT = 100
_UNLIMITED = "unlimited"
_NAMES = {
    UsageType.DATA: LocalizedText(zh="国内流量", en="National data"),
    UsageType.VOICE: LocalizedText(zh="国内通话", en="National minutes"),
    UsageType.SMS: LocalizedText(zh="国内短信", en="National messages"),
}
"""Of an allowance that the catalogue gives no name."""


def parse_catalogue(reading: Reading, *, currency: str) -> CatalogueReading:
    """Lists of Category, ProductOffering and ProductOfferingPrice → CatalogueReading, in the BSS's order.

    What is neither plan nor add-on is left out. Raises BssFault ``catalogue_garbled``, also for an offering whose price
    is not in the list: nothing is shown as free that is not.
    """
    lists = {name: _read_list(reading, name, currency) for name in (OFFERINGS, CATEGORIES, PRICES)}
    prices = {wire.text("id"): wire for wire in lists[PRICES]}
    names = {wire.text("id"): parse_name(wire) for wire in lists[OFFERINGS]}
    sold = (wire for wire in lists[OFFERINGS] if wire.child("productSpecification").maybe_text("id") in _KINDS)
    return CatalogueReading(
        categories=tuple(_parse_category(wire) for wire in lists[CATEGORIES]),
        offerings=tuple(_parse_offering(wire, prices, names, reading) for wire in sold),
        as_of=reading.as_of,
        stale=reading.stale,
        rates=tuple(rate for wire in lists[PRICES] for rate in _parse_rate(wire)),
    )


def parse_name(wire: Wire) -> LocalizedText:
    """An offering's name, with its English one where it is there."""
    name = wire.text("name")
    english = (each.maybe_text("value") for each in wire.children("localizedName") if each.text("languageCode") == "en")
    return LocalizedText(zh=name, en=next(english, None) or name)


def _read_list(reading: Reading, name: str, currency: str) -> list[Wire]:
    pages = reading.bodies[0][name]
    return [wire for page in pages for wire in wire_list(page, system="catalogue", currency=currency)]


def _parse_category(wire: Wire) -> OfferingCategory:
    name = wire.text("name")
    return OfferingCategory(
        id=wire.text("id"),
        name=LocalizedText(zh=name, en=wire.maybe_text("description") or name),
        parent_id=wire.maybe_text("parentId"),
    )


def _parse_offering(
    wire: Wire, prices: Mapping[str, Wire], names: Mapping[str, LocalizedText], reading: Reading
) -> Offering:
    price = _find_prices(wire, prices)
    monthly, once, exit_fee = (price.get(kind) for kind in ("recurring", "oneTime", "penalty"))
    begins, ends = _parse_sale(wire)
    shelf = next(wire.children("category"), None)
    links = [(each.text("relationshipType"), _parse_link(each, names)) for each in wire.children(_RELATED)]
    return Offering(
        id=wire.text("id"),
        name=names[wire.text("id")],
        kind=wire.child("productSpecification").code("id", _KINDS),
        category_id=shelf.text("id") if shelf else "",
        monthly_fee=monthly.money("price") if monthly else None,
        once_fee=once.money("price") if once else None,
        discount=_read_discount(price.get("discount")),
        discount_percent=_read_percent(price.get("discount")),
        allowances=_parse_allowances(wire),
        requires=[link for kind, link in links if kind == "requires"],
        excludes=[link for kind, link in links if kind == "excludes"],
        starts=wire.code_list("orderStart", _STARTS) or [ChangeStart.NEXT_CYCLE],
        contract_months=_parse_contract(wire),
        early_exit_fee=exit_fee.money("price") if exit_fee else None,
        terms=wire.maybe_localized("terms"),
        only_in=wire.code_list("soldIn", _CHANNELS),
        by_text=bool(wire.maybe_flag("orderByText")),
        of_third_party=bool(wire.maybe_flag("ofThirdParty")),
        on_sale=_is_on_sale(wire, begins, ends, reading.as_of),
        on_sale_from=_day_of(begins),
        on_sale_until=_day_of(ends),
        as_of=reading.as_of,
        stale=reading.stale,
    )


def _parse_sale(wire: Wire) -> tuple[datetime | None, datetime | None]:
    valid_for = wire.maybe_child("validFor")
    if valid_for is None:
        return None, None
    return valid_for.maybe_instant("startDateTime"), valid_for.maybe_instant("endDateTime")


def _is_on_sale(wire: Wire, begins: datetime | None, ends: datetime | None, now: datetime) -> bool:
    offered = wire.maybe_text("lifecycleStatus") == "Active" and wire.maybe_flag("isSellable") is not False
    return offered and (begins is None or begins <= now) and (ends is None or now < ends)


def _day_of(at: datetime | None) -> date | None:
    return None if at is None else at.astimezone(BUSINESS_ZONE).date()


def _parse_link(wire: Wire, names: Mapping[str, LocalizedText]) -> OfferingLink:
    """An offering of the list is called as there; one that is not, by the name in the relationship."""
    id_ = wire.text("id")
    name = wire.maybe_text("name") or id_
    return OfferingLink(id=id_, name=names.get(id_) or LocalizedText(zh=name, en=name))


def _find_prices(wire: Wire, prices: Mapping[str, Wire]) -> dict[str, Wire]:
    """The offering's prices by ``priceType``. Two of one type would leave open which one is asked for."""
    found: dict[str, Wire] = {}
    for reference in wire.children("productOfferingPrice"):
        price = prices.get(reference.text("id"))
        if price is None:
            raise wire.garbled("productOfferingPrice is not in the list of prices")
        kind = price.text("priceType")
        if kind in found:
            raise price.garbled("priceType is there twice")
        if kind == "recurring" and price.maybe_text("recurringChargePeriodType") != "month":
            raise price.garbled("recurringChargePeriodType is no month")
        found[kind] = price
    return found


def _read_discount(price: Wire | None) -> Money | None:
    taken = price.maybe_money("price") if price else None
    return Money(amount=abs(taken.amount), currency=taken.currency) if taken else None


def _read_percent(price: Wire | None) -> int | None:
    percent = price.maybe_whole("percentage") if price else None
    if price and percent is not None and not 0 < percent <= _WHOLE_PERCENT:
        raise price.garbled("percentage is out of range")
    return percent


def _parse_contract(wire: Wire) -> int | None:
    for term in wire.children("productOfferingTerm"):
        if term.maybe_text("name") == "contract":
            return term.child("duration").quantity_in("units", "month", "amount")
    return None


def _parse_rate(wire: Wire) -> Iterator[UsageRate]:
    """A rate for use in the home country; others, and those of services, are none."""
    if wire.text("priceType") != "usage":
        return
    traits = {each.text("name"): next(each.children(_VALUES), None) for each in wire.children("prodSpecCharValueUse")}
    abroad, subject = traits.get("roaming"), traits.get("subject")
    if abroad is None or subject is None or abroad.flag("value") or "service" in traits:
        return
    usage_type = USAGE_TYPES.get(subject.text("value"))
    if usage_type is not None:
        unit = wire.quantity("unitOfMeasure", UNITS[usage_type])
        yield UsageRate(id=wire.text("id"), usage_type=usage_type, price=wire.money("price"), unit=max(unit, 1))


def _parse_allowances(wire: Wire) -> list[OfferedAllowance]:
    """What it includes, with the extension's words for each where they are there."""
    uses, told = list(wire.children("prodSpecCharValueUse")), list(wire.children("allowance"))
    if told and len(told) != len(uses):
        raise wire.garbled("allowance is not one for each prodSpecCharValueUse")
    return [_parse_allowance(use, words) for use, words in zip_longest(uses, told)]


def _parse_allowance(wire: Wire, told: Wire | None) -> OfferedAllowance:
    """``data:general``, ``data:dedicated(短视频)``, ``voice:general``, ``sms:general``."""
    word, _, scope = wire.text("name").partition(":")
    if word not in USAGE_TYPES:
        raise wire.garbled("name is no kind of use")
    usage_type = USAGE_TYPES[word]
    value = next(wire.children(_VALUES), None)
    if value is None:
        raise wire.garbled("productSpecCharacteristicValue is missing")
    return OfferedAllowance(
        usage_type=usage_type,
        name=told.named() if told else _NAMES[usage_type],
        total=_parse_total(value, UNITS[usage_type]),
        application=scope.removeprefix("dedicated(").removesuffix(")") if scope.startswith("dedicated(") else None,
        shared=bool(told and told.maybe_flag("shared")),
        throttle_after=told.maybe_whole("throttleAfter") if told else None,
        rolls_over=bool(told and told.maybe_flag("rollsOver")),
    )


def _parse_total(value: Wire, unit: str) -> Long | None:
    if value.is_text("value", _UNLIMITED):
        return None
    return value.quantity_in("unitOfMeasure", unit, "value")
