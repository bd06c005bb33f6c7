"""Which fault is it when a system does not give a usable answer?"""

from enum import StrEnum

from graphql_schema.ports import BssFault


class FaultKind(StrEnum):
    """The second half of a BssFault's code (graphql_schema.ports.BssFault)."""

    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    OVERLOADED = "overloaded"
    REFUSED = "refused"
    GARBLED = "garbled"


_ASKING_AGAIN_HELPS = frozenset({FaultKind.UNAVAILABLE, FaultKind.TIMEOUT, FaultKind.OVERLOADED})


def bss_fault(system: str, kind: FaultKind, reason: str) -> BssFault:
    """The fault ``<system>_<kind>``. ``reason`` is for the operator's log: it names properties, never their values."""
    fault = BssFault(f"{system}_{kind}", retryable=kind in _ASKING_AGAIN_HELPS)
    fault.add_note(reason)
    return fault
