"""How does a customer let somebody see one bill for a while?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.deed import perform, read_refusal
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

DAYS = (1, 7, 30)
"""For how long a link may be wished; the graph allows 1-30."""
USUAL_DAYS = 7
DONE = frozenset({"ended"})


async def share_page(hall: Hall, visit: Visit) -> Response:
    """The form, and the links that live."""
    return await _show(hall, visit)


async def share(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Makes a link, or ends one. A new link is told in this answer and nowhere else."""
    address = f"/bills/{visit.request.path_params['bill_id']}/share"
    if form.get("deed") == "end":
        word = await perform(hall, visit, form, "end_bill_share", back=address, shareId=form.get("share", ""))
        if isinstance(word, Response):
            return word
        return hall.views.lead_to(f"{address}?done=ended", visit)  # what is gone already counts as ended
    days = next((days for days in DAYS if str(days) == form.get("days")), USUAL_DAYS)
    bill_id = visit.request.path_params["bill_id"]
    word = await perform(hall, visit, form, "share_bill", back=address, billId=bill_id, days=days)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "BillShare":
        return await _show(hall, visit, turned=read_refusal(word))
    return await _show(hall, visit, made=word)


async def _show(
    hall: Hall, visit: Visit, *, turned: Turned | None = None, made: Mapping[str, Any] | None = None
) -> Response:
    bill_id = visit.request.path_params["bill_id"]
    outcome = await hall.ask("share", own(visit), id=bill_id)
    refused = hall.refuse_outcome(visit, outcome, "me", "bill")
    if refused:
        return refused
    me = (outcome.data or {})["me"]
    done = visit.request.query_params.get("done")
    return hall.views.render(
        "share.html",
        visit,
        status=422 if turned else 200,
        outcome=outcome,
        bill=me["bill"]["bill"],
        shares=None if me["billShares"] is None else [one for one in me["billShares"] if one["billId"] == bill_id],
        days=DAYS,
        usual_days=USUAL_DAYS,
        turned=turned,
        made=made,
        done=done if done in DONE else None,
    )
