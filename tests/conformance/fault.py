"""How is a fault of the wire named, and how does a list of them read?"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One departure from the specification.

    ``api`` as in ``TMF678``, ``operation`` as in ``GET /customerBill/{id}``, ``pointer`` a JSON pointer into the body
    ("" = the whole body, ``header:X-Total-Count`` = a header, ``query:limit`` = a parameter).
    """

    api: str
    operation: str
    pointer: str
    what: str


def render_faults(faults: Iterable[Fault]) -> str:
    """One line a distinct fault, sorted, indices of arrays folded into ``*`` and repetitions counted."""
    counted: dict[Fault, int] = {}
    for fault in faults:
        folded = Fault(fault.api, fault.operation, _fold(fault.pointer), fault.what)
        counted[folded] = counted.get(folded, 0) + 1
    return "\n".join(_line(fault, times) for fault, times in sorted(counted.items()))


def _fold(pointer: str) -> str:
    return "/".join("*" if part.isdigit() else part for part in pointer.split("/"))


def _line(fault: Fault, times: int) -> str:
    repeated = f" (× {times})" if times > 1 else ""
    return f"{fault.api} {fault.operation} {fault.pointer or '/'}: {fault.what}{repeated}"
