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


_SURELY_NOT_DONE = frozenset({FaultKind.OVERLOADED, FaultKind.REFUSED})


def leaves_outcome_open(fault: BssFault) -> bool:
    """Whether what was sent may have been done, for all that this fault tells."""
    return fault.code.rpartition("_")[2] not in _SURELY_NOT_DONE


def bss_fault(system: str, kind: FaultKind, reason: str) -> BssFault:
    """The fault ``<system>_<kind>``. ``reason`` is for the operator's log: it names properties, never their values."""
    fault = BssFault(f"{system}_{kind}", retryable=kind in _ASKING_AGAIN_HELPS)
    fault.add_note(reason)
    return fault
