"""What does a line have (``0000``), and what waits to be confirmed?"""

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own

DONE = frozenset({"withdrawn"})


async def packages(hall: Hall, visit: Visit) -> Response:
    """Everything that is subscribed, by the numbers that drop it; the way to the catalogue, orders and services."""
    outcome = await hall.ask("packages", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "subscribed")
    if refused:
        return refused
    me, done = (outcome.data or {})["me"], visit.request.query_params.get("done")
    contracts = {each["id"]: each["contractUntil"] for each in me["packages"] or () if each["contractUntil"]}
    return hall.views.render("packages.html", visit, me=me, contracts=contracts, done=done if done in DONE else None)
