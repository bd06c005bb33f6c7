"""TMF678 v4 Customer Bill: which subjects is a bill made of?"""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.wire import Wire, wire_items
from graphql_schema.types.bill import ChargeKind, RatedLine, Subject, SubjectCode
from graphql_schema.types.line import LineKind
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money, round_to_fen

E = TypeVar("E", bound=Enum)
_CODES = {code.value: code for code in SubjectCode}
_KINDS = {kind.value: kind for kind in ChargeKind}
_LINE_KINDS = {kind.value: kind for kind in LineKind}
_KIND_OF = {
    SubjectCode.VOICE: ChargeKind.USAGE,
    SubjectCode.DATA: ChargeKind.USAGE,
    SubjectCode.SMS: ChargeKind.USAGE,
    SubjectCode.DISCOUNT: ChargeKind.DISCOUNT,
    SubjectCode.LATE_FEE: ChargeKind.PENALTY,
    SubjectCode.OTHER: ChargeKind.ONE_TIME,
}
"""Where a system does not say what kind of charge it is; of the other subjects a charge recurs."""


def parse_subjects(bodies: Iterable[Any], *, total: Money) -> list[Subject]:
    """Pages of AppliedCustomerBillingRate → subjects in the order of SubjectCode.

    Each subject's lines add up exactly, its sum is rounded half-up to the fen, and the sums add up to ``total``; a bill
    that does not is never shown: BssFault ``bill_garbled``.
    """
    grouped: dict[SubjectCode, list[RatedLine]] = {}
    for wire in wire_items(bodies, system="bill", currency=total.currency):
        grouped.setdefault(_parse_code(wire), []).append(_parse_rated_line(wire))
    subjects = [_add_up(code, grouped[code], total.currency) for code in SubjectCode if code in grouped]
    if sum((subject.total.amount for subject in subjects), Decimal(0)) != total.amount:
        raise bss_fault("bill", FaultKind.GARBLED, "the subjects do not add up to amountDue")
    return subjects


def _add_up(code: SubjectCode, lines: list[RatedLine], currency: str) -> Subject:
    amount = round_to_fen(sum((line.amount.amount for line in lines), Decimal(0)))
    return Subject(code=code, total=Money(amount=amount, currency=currency), rated_lines=lines)


def _parse_code(wire: Wire) -> SubjectCode:
    code = wire.characteristic("characteristic", "subject")
    if not isinstance(code, str) or code not in _CODES:
        raise wire.garbled("the characteristic subject has an unknown code")
    return _CODES[code]


def _parse_rated_line(wire: Wire) -> RatedLine:
    name, kind = wire.text("name"), _parse_kind(wire)
    product = None if kind is ChargeKind.USAGE else wire.maybe_child("product")
    return RatedLine(
        id=wire.text("id"),
        name=LocalizedText(zh=name, en=wire.maybe_text("description") or name),
        amount=wire.money("taxIncludedAmount"),
        number=_trait(wire, "number"),
        line_kind=_coded_trait(wire, "lineKind", _LINE_KINDS),
        kind=kind,
        product_id=product.maybe_text("id") if product else None,
        tariff=_trait(wire, "tariff"),
        roaming=wire.characteristic("characteristic", "roaming") is True,
    )


def _parse_kind(wire: Wire) -> ChargeKind:
    return _coded_trait(wire, "chargeKind", _KINDS) or _KIND_OF.get(_parse_code(wire), ChargeKind.RECURRING)


def _trait(wire: Wire, name: str) -> str | None:
    value = wire.characteristic("characteristic", name)
    if value is not None and not isinstance(value, str):
        raise wire.garbled(f"the characteristic {name} is not a text")
    return value


def _coded_trait(wire: Wire, name: str, codes: dict[str, E]) -> E | None:
    value = _trait(wire, name)
    if value is not None and value not in codes:
        raise wire.garbled(f"the characteristic {name} has an unknown code")
    return None if value is None else codes[value]
