"""What is a page's state: where it is, who asks, what graph and doors say, and what is sent?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, Outcome
from graphql_schema.door import Admitted, CodeSent, LeadTo, Turned

LOCAL = ZoneInfo("Asia/Shanghai")
_MORNING = datetime(2026, 11, 21, 8, 30, tzinfo=LOCAL)
CALLER = Caller(
    Channel.WEB, "L1", "13800138001", 2, _MORNING, proofs={Factor.CODE: _MORNING}, session="S1", device="D1"
)


@dataclass(frozen=True)
class State:
    """One page in one state: where it is, what graph and doorkeeper say, and what is sent."""

    name: str
    path: str
    answers: Mapping[str, Outcome | Sequence[Outcome]] = field(default_factory=dict)
    who: Literal["customer", "visitor", "ended", "helper", "proved"] = "customer"
    form: Mapping[str, str] | None = None
    door: Admitted | Turned | Callable[[], CodeSent] | None = None
    doors: Turned | LeadTo | None = None
    status: int = 200
    notices: Sequence[Mapping[str, Any]] = ()


def code_sent() -> CodeSent:
    """A code that was sent this very moment."""
    now = datetime.now(LOCAL)
    return CodeSent(now + timedelta(minutes=5), now + timedelta(seconds=60), "a-challenge")


def caller_of(who: str) -> Caller:
    """``customer`` at level 2, ``half`` with a fresh code, ``proved`` just now at level 3, ``resting`` after a reset,
    or ``helper``, who acts for another's line."""
    now = datetime.now(LOCAL)
    if who == "proved":
        proofs = {Factor.CODE: now, Factor.PASSWORD: now}
        return replace(CALLER, assurance=3, since=now, proofs=proofs)
    if who == "half":
        return replace(CALLER, since=now, proofs={Factor.CODE: now})
    if who == "resting":
        return replace(caller_of("proved"), rests_until=now + timedelta(hours=23))
    if who == "helper":
        fields = frozenset({"Me.line", "Me.packages", "Me.attention", "Me.assurance", "Me.buckets", "Me.pace"})
        return replace(CALLER, subscriber="L9", number="13800138009", helper="L1", fields=fields)
    return CALLER
