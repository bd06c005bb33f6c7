"""How does a customer stop charges that run away, and let them run again?"""

from collections.abc import Mapping

from starlette.responses import Response

from channels.web_hall.deed import perform, read_refusal
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

CHARGES = ("OUT_OF_BUCKET", "THIRD_PARTY", "ROAMING")
DONE = frozenset({"paused", "resumed"})
_DEEDS = {"pause": ("pause_charges", "paused"), "resume": ("resume_charges", "resumed")}


async def brake_page(hall: Hall, visit: Visit) -> Response:
    """What is paused, what it cost so far, and the one press that changes it."""
    return await _show(hall, visit)


async def set_brake(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Pauses what was chosen, or lets it run again."""
    operation, done = _DEEDS["resume" if form.get("deed") == "resume" else "pause"]
    chosen = [charge for charge in CHARGES if form.get(f"charge_{charge}")]
    if not chosen:
        return await _show(hall, visit, Turned("charges_missing"))
    word = await perform(hall, visit, form, operation, back="/usage/brake", charges=chosen)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "ChargeBrake":
        return await _show(hall, visit, read_refusal(word))
    return hall.views.lead_to(f"/usage/brake?done={done}", visit)


async def _show(hall: Hall, visit: Visit, turned: Turned | None = None) -> Response:
    outcome = await hall.ask("charge_brake", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "chargeBrake")
    if refused:
        return refused
    done = visit.request.query_params.get("done")
    return hall.views.render(
        "brake.html",
        visit,
        status=422 if turned else 200,
        brake=(outcome.data or {})["me"]["chargeBrake"],
        charges=CHARGES,
        turned=turned,
        done=done if done in DONE else None,
    )
