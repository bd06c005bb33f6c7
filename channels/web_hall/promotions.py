"""What can be won, under which conditions?"""

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own


async def promotions(hall: Hall, visit: Visit) -> Response:
    """Campaigns that run now and could be for this line."""
    outcome = await hall.ask("promotions", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "promotions")
    return refused or hall.views.render("promotions.html", visit, promotions=(outcome.data or {})["me"]["promotions"])
