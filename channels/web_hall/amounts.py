"""Which amount of money did somebody type?"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from graphql_schema.door import Turned

_SAID = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_AROUND = "¥￥元"


def read_amount(
    typed: str, least: Mapping[str, Any] | None, most: Mapping[str, Any], *, field: str = "amount"
) -> str | Turned:
    """Yuan with two decimals, as the graph takes them; or what is wrong with it: bounds (``least`` None: a fen) and in
    which ``field`` of the form."""
    lowest = least or {"amount": "0.01", "currency": most["currency"]}
    plain = "".join(each for each in unicodedata.normalize("NFKC", typed) if not each.isspace() and each != ",")
    said = _SAID.fullmatch(plain.strip(_AROUND))
    amount = Decimal(f"{said[1]}.{said[2] or '0'}") if said else None
    if amount is None or not Decimal(lowest["amount"]) <= amount <= Decimal(most["amount"]):
        return Turned("amount_refused", {"lowest": lowest, "highest": most, "field": field})
    return f"{amount:.2f}"
