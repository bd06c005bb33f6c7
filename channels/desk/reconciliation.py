"""How does a colleague see whether a day's money agrees?"""

from datetime import UTC, date, datetime, timedelta

from starlette.responses import Response

from channels.desk.desk import Desk, Refused
from channels.desk.visit import Visit
from channels.rendering import to_local


async def reconciled(desk: Desk, visit: Visit) -> Response:
    """Each provider's day, and every difference; yesterday's unless another day is asked for."""
    asked = visit.request.query_params.get("day", "")[:10]
    yesterday = to_local(datetime.now(UTC)).date() - timedelta(days=1)
    try:
        day = date.fromisoformat(asked) if asked else yesterday
    except ValueError:
        refused = Refused("bad_argument", {"name": "day"})
        return desk.views.render(
            "reconciliation.html", visit, status=422, day=yesterday.isoformat(), reports=(), refused=refused
        )
    reports = await desk.ask(visit, "reconciliation", "reconciliation", day=day.isoformat())
    if isinstance(reports, Refused):
        return desk.refuse(visit, reports)
    return desk.views.render("reconciliation.html", visit, day=day.isoformat(), reports=reports, refused=None)
