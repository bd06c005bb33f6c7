"""What would the last bills have been with another plan?"""

from decimal import Decimal

from graphql_schema.types.dated import Dated
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.month import MonthText
from graphql_schema.types.word import word


@word
class RecommendedMonth:
    """One month: what was paid for plan and use, and what the other plan would have asked for the same use."""

    month: MonthText
    paid: Money
    would_have_paid: Money


@word
class Recommendation(Dated):
    """A plan held against the real use of the last three bills, by rating them anew.

    ``saving`` is a month, on average, negative where it would have cost more; the plan of the line itself comes
    first, with a saving of 0. Charges that no plan changes (add-ons, third parties, roaming abroad) are left out on
    both sides.
    """

    offering_id: str
    name: LocalizedText
    monthly_fee: Money
    is_own: bool
    average: Money
    saving: Money
    share_of_data_used: Decimal | None
    months: list[RecommendedMonth]
