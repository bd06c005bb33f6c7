"""How many points are there, when do they end, and what moved them in a month?"""

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.months import list_months
from channels.web_hall.visit import Visit, own


async def points(hall: Hall, visit: Visit) -> Response:
    """What is there now, what waits, what is owed, and what ends soon."""
    outcome = await hall.ask("points", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "points")
    return refused or hall.views.render("points.html", visit, points=(outcome.data or {})["me"]["points"])


async def month(hall: Hall, visit: Visit) -> Response:
    """The statement of a month, which adds up; the month stands in the address."""
    asked = visit.request.query_params.get("month", "")
    outcome = await hall.ask("points_month", own(visit), month=asked or None)
    refused = hall.refuse_outcome(visit, outcome, "me", "pointsMonth")
    if refused:
        return refused
    me = (outcome.data or {})["me"]
    statement = me["pointsMonth"]
    months = list_months(me["points"]["asOf"]) if me["points"] else [statement["month"]]
    return hall.views.render("points_month.html", visit, points=me["points"], statement=statement, months=months)
