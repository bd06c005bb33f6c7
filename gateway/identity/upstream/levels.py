"""Which level does the operator's own login vouch for?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from graphql_schema.assurance import Factor, Proofs

METHODS: Mapping[str, Factor] = {
    # RFC 8176, as far as a method says what was shown.
    "otp": Factor.CODE,
    "sms": Factor.CODE,
    "tel": Factor.CODE,
    "pwd": Factor.PASSWORD,
    "pin": Factor.PASSWORD,
    "kba": Factor.LINK,
    "hwk": Factor.PASSKEY,
    "swk": Factor.PASSKEY,
    "pop": Factor.PASSKEY,
}
OF_A_LEVEL: Mapping[int, tuple[Factor, ...]] = {
    1: (Factor.LINK,),
    2: (Factor.PASSWORD,),
    3: (Factor.PASSWORD, Factor.CODE),
}
"""What stands for a level that the login names as such."""


def parse_levels(text: str) -> Mapping[str, int]:
    """``urn:op:sms=2,urn:op:two=3`` → the level of each ``acr``."""
    pairs = (part.rpartition("=") for part in text.split(",") if part.strip())
    return {acr.strip(): int(level) for acr, _, level in pairs}


def read_proofs(claims: Mapping[str, Any], levels: Mapping[str, int], *, now: datetime) -> Proofs:
    """What the login proved, and when: by its ``acr`` where that has a level, else by its ``amr``; nothing it says
    nothing of counts, so that an unknown method is no proof. A moment in the future counts as now, one that is missing
    as long ago: it opens nothing that has to be fresh."""
    told = claims.get("auth_time")
    at = datetime.fromtimestamp(0, UTC)
    if isinstance(told, int) and not isinstance(told, bool) and told >= 0:
        at = min(datetime.fromtimestamp(min(told, int(now.timestamp())), UTC), now)
    level = levels.get(str(claims.get("acr", "")))
    if level is not None:
        return dict.fromkeys(OF_A_LEVEL[level], at)
    methods = claims.get("amr")
    named = [method for method in methods if isinstance(method, str)] if isinstance(methods, list) else []
    return {METHODS[method]: at for method in named if method in METHODS}


def name_level(level: int, levels: Mapping[str, int]) -> str:
    """The ``acr_values`` to ask for: every one that reaches the level, the least first; empty where none is named."""
    reaching = sorted((reached, acr) for acr, reached in levels.items() if reached >= level)
    return " ".join(acr for _, acr in reaching)
