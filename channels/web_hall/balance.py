"""What money is at hand, in which pots, and what was put in?"""

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own

RECHARGES_SHOWN = 50


async def balance(hall: Hall, visit: Visit) -> Response:
    """Every pot in the order in which it is spent: whose it is, what it may pay, when frozen money comes free."""
    outcome = await hall.ask("balance", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "balance")
    return refused or hall.views.render("balance.html", visit, me=(outcome.data or {})["me"])


async def recharges(hall: Hall, visit: Visit) -> Response:
    """Recharges of this line and those that it began for others, newest first."""
    outcome = await hall.ask("recharges", own(visit), first=RECHARGES_SHOWN)
    refused = hall.refuse_outcome(visit, outcome, "me", "recharges")
    return refused or hall.views.render(
        "recharges.html", visit, recharges=(outcome.data or {})["me"]["recharges"], most=RECHARGES_SHOWN
    )
