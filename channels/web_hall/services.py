"""Which services of a line are on, and what else can its owner do with the line itself?"""

from starlette.responses import Response

from channels.web_hall.evidence import read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own

ENDING_DIGITS_MOST = 4


async def services(hall: Hall, visit: Visit) -> Response:
    """Service switches; loss report and resume, the PUK, closing, another line."""
    outcome = await hall.ask("services", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me")
    return refused or hall.views.render("services.html", visit, outcome=outcome, me=(outcome.data or {})["me"])


async def puk(hall: Hall, visit: Visit) -> Response:
    """The code that unlocks the SIM card, asked anew each time; whoever has no card is told so."""
    outcome = await hall.ask("puk", own(visit))
    if outcome.errors or outcome.data is None:
        return hall.refuse_outcome(visit, outcome, "me", "puk") or hall.refuse(visit, "unexpected", status=500)
    return hall.views.render("puk.html", visit, puk=outcome.data["me"]["puk"])


async def new_line(hall: Hall, visit: Visit) -> Response:
    """A number for another line, by how it ends, and the plan that it begins with."""
    typed = read_plain(visit.request.query_params.get("ending", ""))
    ending = "".join(letter for letter in typed if letter in "0123456789")[-ENDING_DIGITS_MOST:]
    outcome = await hall.ask("new_line", own(visit), ending=ending)
    refused = hall.refuse_outcome(visit, outcome, "me", "freeNumbers") or hall.refuse_outcome(
        visit, outcome, "catalogue"
    )
    if refused:
        return refused
    data = outcome.data or {}
    plans = [plan for plan in data["catalogue"]["offerings"] if not plan["onlyIn"] or "WEB" in plan["onlyIn"]]
    shelves = {each["id"]: each["name"] for each in data["catalogue"]["categories"]}
    return hall.views.render(
        "new_line.html", visit, numbers=data["me"]["freeNumbers"], plans=plans, shelves=shelves, ending=ending
    )
