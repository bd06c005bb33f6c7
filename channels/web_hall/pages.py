"""What does each page of the hall ask, and which template shows the answer?"""

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own

MESSAGES_SHOWN = 50


async def welcome(hall: Hall, visit: Visit) -> Response:
    """What the hall does, for a visitor; who is signed in goes on to their own page."""
    if visit.caller:
        return hall.views.lead_to("/home", visit)
    return hall.views.render("welcome.html", visit, done=visit.request.query_params.get("done"))


async def home(hall: Hall, visit: Visit) -> Response:
    """What do I owe, what have I left, when does it reset, what needs my attention?"""
    outcome = await hall.ask("home", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me")
    return refused or hall.views.render("home.html", visit, outcome=outcome, me=(outcome.data or {})["me"])


async def inbox(hall: Hall, visit: Visit) -> Response:
    """What the house told this line of its own accord, newest first."""
    outcome = await hall.ask("inbox", own(visit), first=MESSAGES_SHOWN)
    refused = hall.refuse_outcome(visit, outcome, "me", "inbox")
    return refused or hall.views.render("inbox.html", visit, messages=(outcome.data or {})["me"]["inbox"])


async def settings(hall: Hall, visit: Visit) -> Response:
    """Language, theme and size, as a plain form."""
    return hall.views.render("settings.html", visit, saved="saved" in visit.request.query_params)
