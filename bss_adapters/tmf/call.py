"""What is one call to a system, and what is its answer?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from bss_adapters.tmf.fault import FaultKind, bss_fault

SYSTEMS = (
    "account",
    "balance",
    "bill",
    "catalogue",
    "customer",
    "line",
    "loyalty",
    "order",
    "payment",
    "qualification",
    "ticket",
    "usage",
)
"""Each has its own breaker and bulkhead, and may have its own address."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, below the system's base address.

    ``repeatable`` marks what changes nothing (a GET, a query sent as POST) or carries a key: only that is sent again
    after a failure. ``may_be_absent`` turns 404 into an answer without a body instead of a fault, ``may_be_refused``
    400, 409 and 422 into one with the refusal's code. ``key`` goes as the Idempotency-Key.
    """

    system: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    method: Literal["GET", "POST", "PATCH", "DELETE"] = "GET"
    body: Any = field(default=None, repr=False)
    repeatable: bool = False
    may_be_absent: bool = False
    may_be_refused: bool = False
    key: str | None = None

    @property
    def target(self) -> str:
        """Path and query, encoded."""
        if not self.query:
            return self.path
        pairs = "&".join(f"{quote(name, safe='.')}={quote(value, safe=',')}" for name, value in self.query.items())
        return f"{self.path}?{pairs}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A usable answer: its JSON (None where there is none), its bytes, the BSS's own time and the total of a list.

    Where a call that may be refused was, ``refusal`` is the code of the TMF Error that is its JSON; ``misunderstood``
    (400) says that it was not even taken up.
    """

    json: Any
    body: bytes
    as_of: datetime
    total_count: int | None = None
    absent: bool = False
    refusal: str = ""
    misunderstood: bool = False


def read_call(system: str, path: str, query: Mapping[str, str] | None = None, *, may_be_absent: bool = False) -> Call:
    """A GET."""
    return Call(system=system, path=path, query=query or {}, repeatable=True, may_be_absent=may_be_absent)


def query_call(system: str, path: str, body: Mapping[str, Any], *, may_be_refused: bool = False) -> Call:
    """A question that its API sends as POST (TMF677 queryUsageConsumption, TMF678 customerBillOnDemand, TMF679)."""
    return Call(system=system, path=path, method="POST", body=body, repeatable=True, may_be_refused=may_be_refused)


def is_plain_id(value: str) -> bool:
    """Whether a value may stand in a path or a filter: a comma would mean "or" there, a dot segment another path."""
    well_formed = 0 < len(value) <= _LONGEST_ID and value.isascii() and value.isprintable()
    return well_formed and not set(value) & _SPECIAL and value.strip(".") != ""


def plain_id(value: str, *, system: str) -> str:
    """The value itself. Raises BssFault ``<system>_refused`` for one that no system can know."""
    if not is_plain_id(value):
        raise bss_fault(system, FaultKind.REFUSED, "this can't be an id")
    return value


_LONGEST_ID = 128
_SPECIAL = frozenset(',;/\\?#&=%+ "<>{}|^`[]')
