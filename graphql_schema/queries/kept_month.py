"""Which month of those that are kept online is asked for?"""

from datetime import datetime

from graphql_schema.problems import BadArgument, MonthNotKept
from graphql_schema.types.month import MONTHS_ONLINE, Month


def find_kept_month(written: str | None, *, now: datetime) -> Month:
    """The running month for None; ``2026-10`` is October. Raises MonthNotKept for one that is not kept online (domain
    page §4: the running one and five before), BadArgument for what is no month."""
    running = Month.of(now)
    if written is None:
        return running
    try:
        month = Month.parse(written)
    except ValueError:
        raise BadArgument(name="month") from None
    if not 0 <= running.since(month) <= MONTHS_ONLINE:
        raise MonthNotKept(first=running.plus(-MONTHS_ONLINE).text, last=running.text)
    return month
