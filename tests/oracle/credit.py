"""What did credit notes take off a bill?"""

from datetime import datetime
from decimal import Decimal

from tests.oracle.account import Account
from tests.oracle.month import parse_instant
from tests.oracle.wire import Wire


def given_back(account: Account, bill: Wire, until: datetime | None = None) -> Decimal:
    """What credit notes took off a bill (up to an instant): each as much as was then open of it."""
    paid = [(parse_instant(p["payment"]["name"]), Decimal(p["appliedAmount"]["value"])) for p in bill["appliedPayment"]]
    notes = [note for note in account.papers if note.get("correctedBill", {}).get("id") == bill["id"]]
    taken = Decimal(0)
    for note in sorted((n for n in notes if n["category"] == "creditNote"), key=lambda note: str(note["billDate"])):
        at = parse_instant(note["billDate"])
        open_then = bill["amountDue"]["value"] - taken - sum(amount for when, amount in paid if when <= at)
        if until is None or at <= until:
            taken += min(-note["amountDue"]["value"], open_then)
    return taken
