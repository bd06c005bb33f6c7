"""What has been proved, of whom, and how is it kept in a row?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.identity.tables import from_us, to_us
from graphql_schema.assurance import Factor, Proofs, assess
from graphql_schema.client import Caller
from graphql_schema.door import Turned

COLUMN_OF: Mapping[Factor, str] = {factor: f"{factor.value}_proved_at_us" for factor in Factor}
REST = timedelta(hours=24)
"""How long call records and the like stay shut after a password reset (domain page §4)."""


@dataclass(frozen=True, slots=True)
class Proved:
    """A piece of evidence was right: somebody has proved ``factor`` for this line.

    A one-time code proves no more than LINK while the SIM card is too new. ``reset_at`` is when the line's service
    password was last set anew by code and ID.
    """

    number: str
    line_id: str
    factor: Factor
    at: datetime
    reset_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A secret was wrong, or right and yet not enough: what is answered, and the line to note it for, if there is
    one."""

    turned: Turned
    line_id: str | None


def read_proofs(row: Any) -> dict[Factor, datetime]:  # noqa: ANN401  a row of hall_session
    """The proofs that a session rests on."""
    found = {factor: getattr(row, column) for factor, column in COLUMN_OF.items()}
    return {factor: from_us(moment) for factor, moment in found.items() if moment is not None}


def write_proofs(proofs: Proofs) -> dict[str, int | None]:
    """The columns of hall_session that say it: every factor, null where it was not proved."""
    return {column: to_us(proofs[factor]) if factor in proofs else None for factor, column in COLUMN_OF.items()}


def newest_alone(proofs: Proofs) -> dict[Factor, datetime]:
    """What comes along to another line: the newest proof that reaches level 2, or the link; never what makes level 3
    together."""
    alone = {factor: moment for factor, moment in proofs.items() if factor != Factor.LINK}
    if not alone:
        return dict(proofs.items())
    newest = max(alone, key=lambda factor: alone[factor])
    return {newest: alone[newest]}


def sure(caller: Caller, proofs: Proofs, now: datetime) -> Caller:
    """The same caller, as sure as these proofs make it now."""
    level, since = assess(proofs, now)
    return replace(caller, proofs=dict(proofs), assurance=level, since=since)


def rest_after(reset_at: datetime | None, now: datetime) -> datetime | None:
    """Until when call records rest; None where they don't."""
    until = reset_at + REST if reset_at else None
    return until if until and until > now else None
