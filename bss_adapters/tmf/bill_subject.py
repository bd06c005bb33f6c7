"""TMF678 v4 Customer Bill: which subjects is a bill made of?"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.wire import Wire, wire_items
from graphql_schema.types.bill import ChargeKind, RatedLine, Subject, SubjectCode
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money, round_to_fen

_CODES = {code.value: code for code in SubjectCode}


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
    name, number = wire.text("name"), wire.characteristic("characteristic", "number")
    if number is not None and not isinstance(number, str):
        raise wire.garbled("the characteristic number is not a text")
    return RatedLine(
        id=wire.text("id"),
        name=LocalizedText(zh=name, en=wire.maybe_text("description") or name),
        amount=wire.money("taxIncludedAmount"),
        number=number,
        line_kind=None,
        kind=ChargeKind.RECURRING,
        product_id=None,
        tariff=None,
        roaming=False,
    )
