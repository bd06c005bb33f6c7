"""How does a customer shut the query of call records off altogether (清单禁查), and open it again?"""

from collections.abc import Mapping

from starlette.responses import Response

from channels.web_hall.deed import perform
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own

DONE = frozenset({"locked", "opened"})


async def switch_page(hall: Hall, visit: Visit) -> Response:
    """How it stands, what it means, and the button that changes it."""
    outcome = await hall.ask("record_switch", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "callRecordSwitch")
    done = visit.request.query_params.get("done")
    return refused or hall.views.render(
        "record_switch.html",
        visit,
        switch=(outcome.data or {})["me"]["callRecordSwitch"],
        done=done if done in DONE else None,
    )


async def set_switch(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Locks or opens; both are done once however often they are pressed."""
    opening = form.get("deed") == "open"
    operation, done = ("open_call_records", "opened") if opening else ("lock_call_records", "locked")
    word = await perform(hall, visit, form, operation, back="/records/switch")
    return word if isinstance(word, Response) else hall.views.lead_to(f"/records/switch?done={done}", visit)
