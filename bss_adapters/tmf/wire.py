"""How is one property of a system's JSON read, or refused?"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bss_adapters.tmf.fault import FaultKind, bss_fault
from graphql_schema.ports import BssFault
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.scalar import Long

E = TypeVar("E", bound=Enum)

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
"""Where a business day begins and ends."""
_LARGEST_AMOUNT = Decimal(10) ** 12
_FINEST_EXPONENT = -6
_LARGEST_LONG = 2**53


class Wire:
    """One JSON object of a system, read by property.

    A plain name demands the property, ``maybe_`` lets it be absent or null. Everything that is not as the contract
    (docs/operate/bss.md) says raises BssFault ``<system>_garbled``, whose note names the property.
    """

    __slots__ = ("_fields", "currency", "system")

    def __init__(self, value: Any, *, system: str, currency: str) -> None:  # noqa: ANN401  any JSON value
        self.system = system
        self.currency = currency
        if not isinstance(value, dict):
            raise self.garbled("an object was expected")
        self._fields: dict[str, Any] = value

    def garbled(self, reason: str) -> BssFault:
        """The fault to raise for this object."""
        return bss_fault(self.system, FaultKind.GARBLED, reason)

    def text(self, name: str) -> str:
        """A string that is not empty."""
        value = self.maybe_text(name)
        if not value:
            raise self.garbled(f"{name} is missing")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A string; one that no encoding can write is refused."""
        value = self._fields.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not (value.isascii() or _can_be_written(value)):
            raise self.garbled(f"{name} is not a text")
        return value

    def is_text(self, name: str, text: str) -> bool:
        """Whether the property, of whatever type it may be, is this text."""
        return bool(self._fields.get(name) == text)

    def maybe_flag(self, name: str) -> bool | None:
        """True or false."""
        value = self._fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.garbled(f"{name} is not a flag")
        return value

    def flag(self, name: str) -> bool:
        """True or false; it must be there."""
        value = self.maybe_flag(name)
        if value is None:
            raise self.garbled(f"{name} is missing")
        return value

    def code(self, name: str, codes: dict[str, E]) -> E:
        """A code of a closed list; the specification's stray spaces are forgiven."""
        value = self.text(name).strip()
        if value not in codes:
            raise self.garbled(f"{name} has an unknown code")
        return codes[value]

    def maybe_code(self, name: str, codes: dict[str, E]) -> E | None:
        """The same, if it is there."""
        return None if self.maybe_text(name) is None else self.code(name, codes)

    def code_list(self, name: str, codes: dict[str, E]) -> list[E]:
        """A list of such codes; an absent one is empty."""
        value = self._fields.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, str) and each in codes for each in value):
            raise self.garbled(f"{name} is no list of known codes")
        return [codes[each] for each in value]

    def named(self) -> LocalizedText:
        """Its ``name`` with its ``nameEn``; without that the name stands for both."""
        name = self.text("name")
        return LocalizedText(zh=name, en=self.maybe_text("nameEn") or name)

    def maybe_localized(self, listed: str) -> LocalizedText | None:
        """A text as ``[{languageCode, value}]``: zh, and en where it is there."""
        texts = {each.text("languageCode"): each.text("value") for each in self.children(listed)}
        return LocalizedText(zh=texts["zh"], en=texts.get("en", texts["zh"])) if "zh" in texts else None

    def child(self, name: str) -> "Wire":
        """The object below a property."""
        return Wire(self._fields.get(name), system=self.system, currency=self.currency)

    def maybe_child(self, name: str) -> "Wire | None":
        """The object below a property, if it is there."""
        return None if self._fields.get(name) is None else self.child(name)

    def children(self, name: str) -> Iterator["Wire"]:
        """The objects of a list; an absent list is empty."""
        value = self._fields.get(name)
        return wire_list([] if value is None else value, system=self.system, currency=self.currency)

    def characteristic(self, listed: str, name: str) -> Any:  # noqa: ANN401  a characteristic holds any JSON value
        """The ``value`` of the characteristic of that name, or None."""
        found = self.maybe_characteristic(listed, name)
        return found._fields.get("value") if found else None

    def characteristics(self, listed: str) -> dict[str, Any]:
        """The ``value`` of every characteristic by its name: in one go, for lists of thousands of objects."""
        value = self._fields.get(listed)
        try:
            found = {each["name"]: each.get("value") for each in value or ()}
        except (AttributeError, KeyError, TypeError, IndexError) as error:
            raise self.garbled(f"{listed} is no list of characteristics") from error
        if not isinstance(value, list | None) or not all(isinstance(name, str) for name in found):
            raise self.garbled(f"{listed} is no list of characteristics")
        return found

    def maybe_characteristic(self, listed: str, name: str) -> "Wire | None":
        """The characteristic of that name, if it is there."""
        return next((each for each in self.children(listed) if each.text("name") == name), None)

    def instant(self, name: str) -> datetime:
        """An instant with its offset, in UTC."""
        value = self.maybe_instant(name)
        if value is None:
            raise self.garbled(f"{name} is missing")
        return value

    def maybe_instant(self, name: str) -> datetime | None:
        """An instant with its offset, in UTC, if it is there."""
        value = self.maybe_text(name)
        try:
            return None if value is None else _parse_instant(value)
        except (ValueError, OverflowError) as error:
            raise self.garbled(f"{name} is not an instant") from error

    def day(self, name: str) -> date:
        """The business day of an instant, or a bare date."""
        value = self.maybe_day(name)
        if value is None:
            raise self.garbled(f"{name} is missing")
        return value

    def maybe_day(self, name: str) -> date | None:
        """The business day of an instant, or a bare date, if it is there."""
        value = self.maybe_text(name)
        try:
            return None if value is None else _parse_day(value)
        except (ValueError, OverflowError) as error:
            raise self.garbled(f"{name} is not a day") from error

    def money(self, name: str) -> Money:
        """TMF Money ``{"unit", "value"}`` in our currency, exact."""
        return self.child(name).amount("unit", "value")

    def maybe_money(self, name: str) -> Money | None:
        """The same, if it is there."""
        return None if self._fields.get(name) is None else self.money(name)

    def quantity_of_money(self, name: str) -> Money:
        """TMF Quantity ``{"amount", "units"}`` whose unit is our currency."""
        return self.child(name).amount("units", "amount")

    def quantity(self, name: str, units: str) -> Long:
        """TMF Quantity ``{"amount", "units"}`` in the given unit: a whole number from 0 to 2^53."""
        return self.child(name).quantity_in("units", units, "amount")

    def quantity_in(self, unit: str, units: str, value: str) -> Long:
        """The whole number that this object is, in the given unit."""
        if self.text(unit) != units:
            raise self.garbled(f"{unit} is not {units}")
        return self.whole(value)

    def whole(self, name: str) -> Long:
        """A whole number from 0 to 2^53."""
        value = self._number(name)
        if not 0 <= value <= _LARGEST_LONG or value != int(value):
            raise self.garbled(f"{name} is not a whole number")
        return Long(int(value))

    def maybe_whole(self, name: str) -> Long | None:
        """The same, if it is there."""
        return None if self._fields.get(name) is None else self.whole(name)

    def amount(self, unit: str, value: str) -> Money:
        """The amount that this object is, in our currency, exact to six decimals and below 10^12."""
        if self.text(unit) != self.currency:
            raise self.garbled(f"{unit} is another currency")
        amount = self._number(value)
        exponent = amount.as_tuple().exponent
        if abs(amount) > _LARGEST_AMOUNT or not isinstance(exponent, int) or exponent < _FINEST_EXPONENT:
            raise self.garbled(f"{value} is out of range")
        return Money(amount=amount, currency=self.currency)

    def money_in(self, currency: str, value: str) -> Money:
        """A bare number of the currency."""
        fields = {"units": currency, "amount": self._fields.get(value)}
        return Wire(fields, system=self.system, currency=currency).amount("units", "amount")

    def _number(self, name: str) -> Decimal:
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.garbled(f"{name} is not a number")
        number = Decimal(value)
        if number.adjusted() > len(str(_LARGEST_LONG)):
            raise self.garbled(f"{name} is out of range")
        return number


def word_codes(words: type[E]) -> dict[str, E]:
    """Each member by its code on the wire: ``in_progress`` → ``inProgress``."""
    return {_in_camel_case(word.value): word for word in words}


def wire_list(value: Any, *, system: str, currency: str) -> Iterator[Wire]:  # noqa: ANN401  any JSON value
    """The objects of a JSON list."""
    if not isinstance(value, list):
        raise bss_fault(system, FaultKind.GARBLED, "a list was expected")
    return (Wire(each, system=system, currency=currency) for each in value)


def wire_items(bodies: Iterable[Any], *, system: str, currency: str) -> Iterator[Wire]:
    """The objects of a list that came in pages."""
    return (each for body in bodies for each in wire_list(body, system=system, currency=currency))


@lru_cache(maxsize=4096)
def _parse_day(value: str) -> date:
    """Kept for a while, like instants: an operator's bills and cycles begin and end on the same few days."""
    if len(value) == len("2026-11-21"):
        return date.fromisoformat(value)
    return _parse_instant(value).astimezone(BUSINESS_ZONE).date()


@lru_cache(maxsize=4096)
def _parse_instant(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return instant.astimezone(UTC)


def _in_camel_case(word: str) -> str:
    first, *rest = word.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _can_be_written(value: str) -> bool:
    """JSON can spell half a character, which no answer of ours could carry on."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
