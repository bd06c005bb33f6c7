"""How much of what is billed is overdue?"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from channels.last_bill import OWN_BILLS
from channels.rendering import to_local


def sum_overdue(bills: Mapping[str, Any] | None) -> dict[str, str] | None:
    """What is open of those bills (a BillConnection with ``dueOn`` and ``remaining``) whose due day has passed.

    The due day itself is still in time. Where the bills were asked for their ``category``, only a month's own count:
    a duplicate or an interim bill is the same money again. None when nothing is overdue, or when the bills are not
    known.
    """
    if bills is None:
        return None
    today = to_local(bills["asOf"]).date().isoformat()
    own = [edge["node"] for edge in bills["edges"] if edge["node"].get("category", "NORMAL") in OWN_BILLS]
    late = [bill["remaining"] for bill in own if (bill["dueOn"] or today) < today]
    amount = sum((Decimal(money["amount"]) for money in late), Decimal(0))
    return {"amount": str(amount), "currency": late[0]["currency"]} if amount > 0 else None
