"""From when on does a provider's silence about a day's statement mean that there was nothing on that day?"""

from datetime import date, datetime, time, timedelta

from bss_adapters.tmf.wire import BUSINESS_ZONE
from graphql_schema.payment_ports import PaymentFault

_LATEST = time(10)
"""WeChat Pay and Alipay both promise a day's statement by ten in the morning of the next."""


def demand_published(day: date, *, now: datetime) -> None:
    """Raises PaymentFault ``unavailable`` while the statement of a business day may still be in the making."""
    if now < datetime.combine(day + timedelta(days=1), _LATEST, BUSINESS_ZONE):
        raise PaymentFault("unavailable", outcome_unknown=False)
