"""What was the customer promised, and do the bills keep it?"""

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own


async def promises(hall: Hall, visit: Visit) -> Response:
    """Every promise card, each held against the bills of its term."""
    outcome = await hall.ask("promises", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "promises")
    return refused or hall.views.render("promises.html", visit, promises=(outcome.data or {})["me"]["promises"])
