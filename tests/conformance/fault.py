"""How is a fault of the wire named, and how does a list of them read?"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, order=True)
class Fault:
    """One departure from the specification.

    ``api`` as in ``TMF678``, ``operation`` as in ``GET /customerBill/{id}``, ``pointer`` a JSON pointer into the body
    ("" = the whole body, ``header:X-Total-Count`` = a header, ``query:limit`` = a parameter). ``example``: a value at
    fault, where the same fault may come with many.
    """

    api: str
    operation: str
    pointer: str
    what: str
    example: str = field(default="", compare=False)


def render_faults(faults: Iterable[Fault]) -> str:
    """One line a distinct fault, sorted, indices of arrays folded into ``*`` and repetitions counted."""
    counted: dict[Fault, int] = {}
    for fault in faults:
        folded = replace(fault, pointer=_fold(fault.pointer))
        counted[folded] = counted.get(folded, 0) + 1
    return "\n".join(_line(fault, times) for fault, times in sorted(counted.items()))


def _fold(pointer: str) -> str:
    return "/".join("*" if part.isdigit() else part for part in pointer.split("/"))


def _line(fault: Fault, times: int) -> str:
    repeated = f" (× {times})" if times > 1 else ""
    example = f", e.g. {fault.example}" if fault.example else ""
    return f"{fault.api} {fault.operation} {fault.pointer or '/'}: {fault.what}{example}{repeated}"
