"""How sure are we of who asks, and what would make us surer (domain page §5)?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class Factor(StrEnum):
    """Something that a person proved. A passkey stands in for the service password: it is held and unlocked by its
    owner
    alone, but it does not show that the line's SIM card is still in their hands."""

    LINK = "link"
    CODE = "code"
    PASSWORD = "password"  # noqa: S105  the name of a factor
    PASSKEY = "passkey"


Proofs = Mapping[Factor, datetime]
"""When each factor was last proved (aware UTC)."""

FRESH = timedelta(minutes=10)
"""Level 3 lasts this long after the older of its two proofs."""

MOST_AHEAD = timedelta(seconds=60)
"""How far another machine's clock may be ahead of ours."""

_ALONE = (Factor.CODE, Factor.PASSWORD, Factor.PASSKEY)
_KNOWN = (Factor.PASSWORD, Factor.PASSKEY)


def assess(proofs: Proofs, now: datetime) -> tuple[int, datetime | None]:
    """The level 0-3 that these proofs reach now, and since when it is held.

    1: the line itself over a trusted link · 2: a code, the service password or a passkey · 3: a code and one of the
    other
    two, both at most ``FRESH`` old. The moment is that of the newest proof that reaches level 1 or 2 alone, and of the
    older of the two that level 3 rests on.
    """
    known = _newest(proofs, _KNOWN)
    code = proofs.get(Factor.CODE)
    if known and code and _is_fresh(min(known, code), now, FRESH):
        return 3, min(known, code)
    alone = _newest(proofs, _ALONE)
    if alone:
        return 2, alone
    link = proofs.get(Factor.LINK)
    return (1, link) if link else (0, None)


def find_ways(
    proofs: Proofs, level: int, fresh_within: timedelta | None, now: datetime
) -> tuple[tuple[Factor, ...], ...]:
    """What would do to reach the level, as alternatives: each is what is still to be proved, all of it.

    A caller who holds a fresh password lacks ``((CODE,),)`` for level 3; one who holds nothing lacks ``((CODE,
    PASSWORD),
    (CODE, PASSKEY))``.
    """
    if level <= 1:
        return ((Factor.LINK,), *((factor,) for factor in _ALONE))
    if level == 2:
        return tuple((factor,) for factor in _ALONE)
    within = min(FRESH, fresh_within or FRESH)
    held = {factor for factor, moment in proofs.items() if _is_fresh(moment, now, within)}
    ways = (tuple(factor for factor in (Factor.CODE, known) if factor not in held) for known in _KNOWN)
    shortest_first = sorted(dict.fromkeys(ways), key=len)
    least = len(shortest_first[0])
    return tuple(way for way in shortest_first if len(way) == least)


def _newest(proofs: Proofs, factors: tuple[Factor, ...]) -> datetime | None:
    return max((proofs[factor] for factor in factors if factor in proofs), default=None)


def _is_fresh(moment: datetime, now: datetime, within: timedelta) -> bool:
    return -MOST_AHEAD <= now - moment <= within
