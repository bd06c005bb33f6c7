"""What of the bills is owed, and what of that is in dispute?"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal

from graphql_schema.types.bill import Bill, BillCategory, ItemizedBill, SubjectCode
from graphql_schema.types.money import FEN
from graphql_schema.types.ticket import Dispute, TicketState

OF_A_MONTH = frozenset({BillCategory.NORMAL, BillCategory.LAST})
"""What a month cost. All others repeat, anticipate or correct one of these, or are never owed."""

UNDECIDED = frozenset({TicketState.ACKNOWLEDGED, TicketState.PENDING, TicketState.HELD, TicketState.IN_PROGRESS})


def is_owed(bill: Bill) -> bool:
    """Whether something is still to be paid of a bill that counts: a duplicate's or an interim's rest is the same money
    once more."""
    return bill.category in OF_A_MONTH and bill.remaining.amount > 0


def disputed_of_third_parties(bill: ItemizedBill, disputes: Iterable[Dispute]) -> Decimal:
    """What of a bill third parties charged and is in dispute, by itself or with the whole bill: no reason to suspend
    anybody (domain page §4). Rounded up to the fen, as its subject on the bill may have been."""
    disputed = {each.rated_line_id for each in disputes if each.bill_id == bill.bill.id and each.state in UNDECIDED}
    charges = (line for each in bill.subjects if each.code is SubjectCode.OTHER_PARTY for line in each.rated_lines)
    whole = None in disputed
    amount = sum((line.amount.amount for line in charges if whole or line.id in disputed), Decimal(0))
    return amount.quantize(FEN, rounding=ROUND_CEILING)
