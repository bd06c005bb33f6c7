"""What did an account spend in a month?"""

from datetime import date
from decimal import Decimal

from graphql_schema.ports import Bills
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.money import Money

OF_A_MONTH = frozenset({BillCategory.NORMAL, BillCategory.LAST})


class BilledSpend:
    """The ``Spend`` of loyalty/campaigns/needs.py: what the bills of a month ask for, whoever paid them and when."""

    def __init__(self, bills: Bills) -> None:
        self._bills = bills

    async def fetch_spend(self, account_id: str, month: date) -> Money | None:
        """Of a month that is over (its first day); None: it is not billed yet, or the bills are old ones. Raises
        BssFault."""
        reading = await self._bills.fetch_bills(account_id)
        of_month = [each for each in reading.bills if each.category in OF_A_MONTH and each.period_start == month]
        if not of_month or reading.stale:
            return None
        total = sum((each.total.amount for each in of_month), Decimal())
        return Money(amount=total, currency=of_month[0].total.currency)
