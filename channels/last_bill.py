"""Which of an account's bills is what its last month cost?"""

from collections.abc import Mapping
from typing import Any

OWN_BILLS = frozenset({"NORMAL", "LAST"})
"""What a month costs. A duplicate, an interim bill or a trial is the same money again, a credit note gives back."""


def find_last_bill(bills: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The newest of those bills (a BillConnection with ``category``) that is a month's own; None without one."""
    own = (edge["node"] for edge in bills["edges"] if edge["node"]["category"] in OWN_BILLS)
    return next(own, None)
