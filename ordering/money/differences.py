"""Where do a provider's statement, our records and the operator's books disagree? (pure)"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql_schema.types.recharge import MismatchKind


@dataclass(frozen=True, slots=True)
class Known:
    """One payment or refund as one side knows it, in fen. ``recharge_id`` is the payment's own for a refund too."""

    reference: str
    recharge_id: str | None
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Sides:
    """A day from all sides, by reference: what the provider says it collected and gave back, what we say, what we say
    was credited, and what the operator booked."""

    paid_there: Mapping[str, Known]
    paid_here: Mapping[str, Known]
    back_there: Mapping[str, Known]
    back_here: Mapping[str, Known]
    credited: Mapping[str, Known]
    booked: Mapping[str, int]
    unknown: Mapping[str, int]
    """What was booked under a reference that is none of ours."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One disagreement: which, about what, and both amounts where there are any."""

    kind: MismatchKind
    reference: str
    recharge_id: str | None
    ours_fen: int | None
    theirs_fen: int | None


def find_differences(sides: Sides) -> Sequence[Difference]:
    """Every disagreement, in an order that does not change."""
    found = [
        *_compare(sides.paid_there, sides.paid_here, missing_here=MismatchKind.TAKEN_UP),
        *_compare(sides.back_there, sides.back_here, missing_here=MismatchKind.REFUND_NOTED),
        *_compare_books(sides),
    ]
    return sorted(found, key=lambda each: (each.kind.value, each.reference))


def _compare(there: Mapping[str, Known], here: Mapping[str, Known], *, missing_here: MismatchKind) -> list[Difference]:
    found = []
    for reference in there.keys() | here.keys():
        theirs, ours = there.get(reference), here.get(reference)
        if theirs is not None and ours is not None and theirs.amount_fen == ours.amount_fen:
            continue
        if theirs is None:
            kind = MismatchKind.CLEARED
        elif ours is None:
            kind = missing_here
        else:
            kind = MismatchKind.AMOUNT_DIFFERS
        known = ours or theirs
        found.append(
            Difference(
                kind,
                reference,
                known.recharge_id if known else None,
                None if ours is None else ours.amount_fen,
                None if theirs is None else theirs.amount_fen,
            )
        )
    return found


def _compare_books(sides: Sides) -> list[Difference]:
    """What we say was credited, against what was booked."""
    found = []
    for reference, ours in sides.credited.items():
        booked_fen = sides.booked.get(reference)
        if booked_fen != ours.amount_fen:
            kind = MismatchKind.CREDITED if booked_fen is None else MismatchKind.AMOUNT_DIFFERS
            found.append(Difference(kind, reference, ours.recharge_id, ours.amount_fen, booked_fen))
    for reference, fen in sides.unknown.items():
        found.append(Difference(MismatchKind.UNKNOWN_CREDIT, reference, None, None, fen))
    return found
