"""What did a month cost, by which subjects and lines, and why does it differ from others?"""

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own

BILLS_A_PAGE = 12
"""All that are kept online, duplicates and credit notes among them, in the usual case."""
BASES = {"month": "LAST_MONTH", "mean": "MEAN"}
"""What a bill can be compared with, as its page's address says it."""


async def bills(hall: Hall, visit: Visit) -> Response:
    """The running month, the bills kept online, newest first, promises and disputes; the address holds the cursor."""
    after = visit.request.query_params.get("after") or None
    outcome = await hall.ask("bills", own(visit), first=BILLS_A_PAGE, after=after)
    refused = hall.refuse_outcome(visit, outcome, "me", "bills")
    if refused:
        return refused
    return hall.views.render("bills.html", visit, outcome=outcome, me=(outcome.data or {})["me"], after=after)


async def running(hall: Hall, visit: Visit) -> Response:
    """What the running month costs so far, by subject."""
    outcome = await hall.ask("running", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "currentCharges")
    if refused:
        return refused
    charges = (outcome.data or {})["me"]["currentCharges"]
    if charges["subjects"] is None:
        return hall.refuse_outcome(visit, outcome, "me", "currentCharges", "subjects") or hall.refuse(
            visit, "unexpected", status=500
        )
    return hall.views.render("running.html", visit, charges=charges)


async def bill(hall: Hall, visit: Visit) -> Response:
    """One bill by subject, and why it differs from the month before or the mean of six."""
    against = visit.request.query_params.get("against", "")
    against = against if against in BASES else "month"
    bill_id = visit.request.path_params["bill_id"]
    outcome = await hall.ask("bill", own(visit), id=bill_id, basis=BASES[against])
    refused = hall.refuse_outcome(visit, outcome, "me", "bill")
    return refused or hall.views.render(
        "bill.html", visit, outcome=outcome, me=(outcome.data or {})["me"], against=against
    )
