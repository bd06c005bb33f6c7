"""How is a JSON body read without losing a digit?"""

import json
from decimal import Decimal
from typing import Any, NoReturn

from bss_adapters.tmf.fault import FaultKind, bss_fault


def parse_exact_json(body: bytes, *, system: str) -> Any:  # noqa: ANN401  any JSON value
    """The JSON value, fractions as Decimal. Raises BssFault ``<system>_garbled``."""
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise bss_fault(system, FaultKind.GARBLED, "the body is not JSON") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)
