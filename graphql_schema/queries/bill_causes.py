"""Which things made a subject of a bill dearer or cheaper?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from graphql_schema.money_ports import RatedMonth
from graphql_schema.queries.bill_use import NO_USE, UseOfCharge, find_use
from graphql_schema.types.bill import Bill, ChargeKind, RatedLine, SubjectCode
from graphql_schema.types.bill_difference import Cause, CauseKind
from graphql_schema.types.line import mask_number
from graphql_schema.types.money import Money

_LI = Decimal("0.001")
_THIRD_PARTY_USE = frozenset({SubjectCode.VALUE_ADDED, SubjectCode.OTHER_PARTY})
_BESIDE = {
    ChargeKind.ADJUSTMENT: CauseKind.ADJUSTMENT,
    ChargeKind.PENALTY: CauseKind.LATE_FEE,
    ChargeKind.ONE_TIME: CauseKind.ONE_TIME,
}
_COME_AND_GONE = {
    ChargeKind.RECURRING: (CauseKind.NEW_PACKAGE, CauseKind.ENDED_PACKAGE, CauseKind.PRICE_CHANGED),
    ChargeKind.DISCOUNT: (CauseKind.NEW_DISCOUNT, CauseKind.LAPSED_DISCOUNT, CauseKind.CHANGED_DISCOUNT),
}


@dataclass(frozen=True, slots=True)
class _Thing:
    """What two months' lines have in common, so that they are one thing charged twice."""

    kind: ChargeKind
    number: str | None
    what: str
    roaming: bool


@dataclass(frozen=True, slots=True)
class _Charged:
    """A thing's lines on this bill, and on each earlier one."""

    thing: _Thing
    now: Sequence[RatedLine]
    then: Sequence[Sequence[RatedLine]]

    @property
    def change(self) -> Decimal:
        """This bill's amount less the mean of the others', to the 厘."""
        mean = sum((line.amount.amount for lines in self.then for line in lines), Decimal(0)) / len(self.then)
        now = sum((line.amount.amount for line in self.now), Decimal(0))
        return now - mean if len(self.then) == 1 else (now - mean).quantize(_LI, rounding=ROUND_HALF_EVEN)

    @property
    def newest(self) -> RatedLine:
        """The line that names it."""
        return next(line for lines in (self.now, *self.then) for line in lines)


def decide_causes(
    code: SubjectCode,
    now: Sequence[RatedLine],
    then: Sequence[Sequence[RatedLine]],
    *,
    use: Mapping[str, RatedMonth],
    period: Bill,
) -> list[Cause]:
    """Each thing of the subject whose amount changed, against the mean of the earlier bills (newest first)."""
    charged = (each for each in _sort_by_thing(now, then) if each.change)
    return [_decide_cause(code, each, use, period) for each in charged]


def _sort_by_thing(now: Sequence[RatedLine], then: Sequence[Sequence[RatedLine]]) -> list[_Charged]:
    bills, names = (now, *then), _newest_names((now, *then))
    sorted_out: dict[_Thing, list[list[RatedLine]]] = {}
    for index, lines in enumerate(bills):
        for line in lines:
            sorted_out.setdefault(_thing(line, names), [[] for _ in bills])[index].append(line)
    return [_Charged(thing, found[0], found[1:]) for thing, found in sorted_out.items()]


def _newest_names(bills: Sequence[Sequence[RatedLine]]) -> Mapping[str, str]:
    """What each product was called last: a package that got another name is still the same one."""
    return {line.product_id: line.name.zh for lines in reversed(bills) for line in lines if line.product_id}


def _thing(line: RatedLine, names: Mapping[str, str]) -> _Thing:
    """Packages go by name, so that two packs of one offering are one thing bought twice; uses go by tariff; late fees
    are one thing, whichever bill they are for."""
    what = names.get(line.product_id or "", line.name.zh)
    if line.kind is ChargeKind.USAGE:
        what = line.tariff or line.name.zh
    elif line.kind is ChargeKind.PENALTY:
        what = ""
    return _Thing(line.kind, line.number, what, line.roaming)


def _decide_cause(code: SubjectCode, charged: _Charged, use: Mapping[str, RatedMonth], period: Bill) -> Cause:
    line, kind = charged.newest, _decide_kind(code, charged)
    used = find_use(charged.now, use, period) if charged.thing.kind is ChargeKind.USAGE else NO_USE
    return _write_cause(kind, Money(amount=charged.change, currency=line.amount.currency), line, used)


def _write_cause(kind: CauseKind, amount: Money, line: RatedLine, used: UseOfCharge) -> Cause:
    return Cause(
        kind=kind,
        amount=amount,
        name=None if kind is CauseKind.LATE_FEE else line.name,
        masked_number=line.number and mask_number(line.number),
        days=list(used.days),
        first_day=used.days[0] if used.days else None,
        last_day=used.days[-1] if used.days else None,
        places=list(used.places),
    )


def _decide_kind(code: SubjectCode, charged: _Charged) -> CauseKind:
    kind = charged.thing.kind
    if kind in _BESIDE:
        return _BESIDE[kind]
    if kind is ChargeKind.USAGE:
        if charged.thing.roaming:
            return CauseKind.ROAMING
        return CauseKind.THIRD_PARTY if code in _THIRD_PARTY_USE else CauseKind.OUT_OF_BUCKET
    if code is SubjectCode.OTHER_PARTY and kind is ChargeKind.RECURRING:
        return CauseKind.THIRD_PARTY
    return _decide_of_package(charged)


def _decide_of_package(charged: _Charged) -> CauseKind:
    """It came, it went, or it stayed and cost something else: more of the same, or another price."""
    came, went, changed = _COME_AND_GONE[charged.thing.kind]
    if not charged.now:
        return went
    if not all(charged.then):
        return came
    priced = {line.amount.amount for lines in (charged.now, *charged.then) for line in lines}
    bought = charged.thing.kind is ChargeKind.RECURRING and len(priced) == 1
    return CauseKind.MORE_BOUGHT if bought else changed
