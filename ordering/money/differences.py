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
    """A day from all sides, by reference.

    ``paid_there`` and ``back_there`` are what the provider says that it collected and gave back, ``paid_here`` and
    ``back_here`` what we say (also of a payment that is not paid here, where the provider names another amount);
    ``back_open`` refunds that have been under way here for more than a day. ``credited`` is what of these payments we
    call credited, ``owed`` what is neither credited nor given back, of whatever day; ``besides`` what else we say
    that the operator booked, take-backs below nothing. ``booked`` is what it booked, in fen, ``unknown`` what of that
    we did not.
    """

    paid_there: Mapping[str, Known]
    paid_here: Mapping[str, Known]
    back_there: Mapping[str, Known]
    back_here: Mapping[str, Known]
    back_open: Mapping[str, Known]
    credited: Mapping[str, Known]
    owed: Mapping[str, Known]
    besides: Mapping[str, Known]
    booked: Mapping[str, int]
    unknown: Mapping[str, Known]


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
        *(_draw(MismatchKind.REFUND_NOTED, each) for each in _find_forgotten(sides)),
        *_compare_books(sides),
        *(_draw(MismatchKind.CREDITED, each, sides.booked.get(each.reference)) for each in sides.owed.values()),
        *(
            Difference(MismatchKind.UNKNOWN_CREDIT, each.reference, each.recharge_id, None, each.amount_fen)
            for each in sides.unknown.values()
        ),
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


def _find_forgotten(sides: Sides) -> list[Known]:
    """Refunds that are open for long and that the statement says nothing of."""
    return [each for reference, each in sides.back_open.items() if reference not in sides.back_there]


def _compare_books(sides: Sides) -> list[Difference]:
    """What we say that the operator has, against what was booked."""
    found = []
    for reference, ours in {**sides.credited, **sides.besides}.items():
        booked_fen = sides.booked.get(reference)
        if booked_fen != ours.amount_fen:
            found.append(_draw(MismatchKind.CREDITED, ours, booked_fen))
    return found


def _draw(kind: MismatchKind, ours: Known, theirs_fen: int | None = None) -> Difference:
    """What we know, against theirs; two amounts that differ are that kind."""
    if theirs_fen not in (None, ours.amount_fen):
        kind = MismatchKind.AMOUNT_DIFFERS
    return Difference(kind, ours.reference, ours.recharge_id, ours.amount_fen, theirs_fen)
