"""How sure must the person be for this client, and has enough been proved?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.identity.oauth.grant import name_level
from graphql_schema.assurance import FRESH
from graphql_schema.client import Caller
from graphql_schema.door import MustProve

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
LEVELS = {name_level(level): level for level in (1, 2, 3)}
"""What ``acr_values`` may name; an unknown one is passed over, since it is a wish (OpenID Connect Core §3.1.2.1)."""

SIGNED_IN = 2
"""Who gives a client leave has proved a code, a password or a passkey."""

LONGEST_AGE_SECONDS = 10**9


@dataclass(frozen=True, slots=True)
class Demand:
    """What a client demands of the person: a level, a freshness (None: any), and whether they may be asked at all."""

    level: int
    fresh_within: timedelta | None
    silent: bool
    ask_again: bool


def parse_demand(parameters: Mapping[str, str]) -> Demand | None:
    """The demand in ``prompt``, ``max_age`` and ``acr_values``, of which the first known one counts; None where they
    make no sense."""
    prompts = set(parameters.get("prompt", "").split())
    if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        return None
    age = parameters.get("max_age")
    if age is not None and not (age.isascii() and age.isdigit() and int(age) <= LONGEST_AGE_SECONDS):
        return None
    levels = [LEVELS[wish] for wish in parameters.get("acr_values", "").split() if wish in LEVELS]
    within = timedelta(0) if prompts & {"login", "select_account"} else None
    return Demand(
        level=max(SIGNED_IN, *levels[:1]) if levels else SIGNED_IN,
        fresh_within=within if age is None or within is not None else timedelta(seconds=int(age)),
        silent="none" in prompts,
        ask_again="consent" in prompts,
    )


def find_lack(demand: Demand, caller: Caller | None, *, began: datetime, now: datetime) -> MustProve | None:
    """What the person still has to prove, or None.

    What was proved since ``began``, when the request was first seen, is fresh for it: ``prompt=login`` asks once.
    """
    if caller is None or caller.subscriber is None or caller.assurance < SIGNED_IN:
        return MustProve(SIGNED_IN, None)
    if caller.assurance < demand.level:
        return MustProve(demand.level, int(FRESH.total_seconds()))
    proved = max(caller.proofs.values(), default=caller.since)
    if demand.fresh_within is None or proved is None or proved >= min(began, now - demand.fresh_within):
        return None
    return MustProve(demand.level, int(demand.fresh_within.total_seconds()))
