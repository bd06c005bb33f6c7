"""What of the allowances is used, on which days and months, and where does the month lead?"""

from typing import Any

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.months import list_months
from channels.web_hall.visit import Visit, own

KINDS = ("DATA", "VOICE", "SMS")


async def usage(hall: Hall, visit: Visit) -> Response:
    """Every allowance, the days of a month and six months of one kind; month and kind stand in the address."""
    month, kind = (visit.request.query_params.get(name, "") for name in ("month", "type"))
    outcome = await hall.ask("usage", own(visit), month=month or None)
    refused = hall.refuse_outcome(visit, outcome, "me", "buckets")
    if refused:
        return refused
    me: dict[str, Any] = (outcome.data or {})["me"]
    of_month = me["usageOfMonth"]
    dated = me["usageHistory"] or me["pace"] or of_month
    months = list_months(dated["asOf"]) if dated else []
    return hall.views.render(
        "usage.html",
        visit,
        outcome=outcome,
        me=me,
        months=months,
        month=of_month["month"] if of_month else month or (months[0] if months else ""),
        kind=kind if kind in KINDS else KINDS[0],
        kinds=KINDS,
    )
