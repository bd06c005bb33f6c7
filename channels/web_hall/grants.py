"""What was won, what became of it, and which of the gifts is it to be?"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from channels.web_hall.deed import perform, read_refusal
from channels.web_hall.delivery import find_fault, keep_typed, read_delivery
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

GRANTS_SHOWN = 100
"""As many as the graph gives at once."""
DONE = frozenset({"chosen"})


async def grants(hall: Hall, visit: Visit) -> Response:
    """Every reward that was won, or those of one recharge, which stands in the address."""
    outcome = await hall.ask("grants", own(visit), first=GRANTS_SHOWN)
    refused = hall.refuse_outcome(visit, outcome, "me", "grants")
    if refused:
        return refused
    found, recharge = (outcome.data or {})["me"]["grants"], visit.request.query_params.get("recharge", "")
    shown = [each for each in found if each["rechargeId"] == recharge] if recharge else found
    return hall.views.render(
        "grants.html", visit, grants=shown, most=GRANTS_SHOWN, of_one=bool(recharge), here=visit.here
    )


async def grant(hall: Hall, visit: Visit) -> Response:
    """One of them: its parts by month, its code, or the choice that is still to be made."""
    found = await _find(hall, visit)
    return found if isinstance(found, Response) else _render(hall, visit, found, {})


async def choose(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Shows the choice once more, then makes it, once: the first one counts."""
    found = await _find(hall, visit)
    if isinstance(found, Response):
        return found
    chosen = next((each for each in found["options"] if each["key"] == form.get("gift")), None)
    if form.get("deed") == "edit":
        return _render(hall, visit, found, form)
    if chosen is None and found["options"]:
        return _render(hall, visit, found, form, Turned("gift_missing"))
    # One whose choice was made already is sent again as it was: the graph knows it by its key.
    is_sent = chosen["effect"] == "GOODS" if chosen else any(keep_typed(form).values())
    delivery = read_delivery(form) if is_sent else None
    if isinstance(delivery, Turned):
        return _render(hall, visit, found, form, delivery)
    if form.get("deed") != "send":
        return _render(hall, visit, found, form, checking=chosen)
    return await _send(hall, visit, form, found, delivery)


async def _send(
    hall: Hall,
    visit: Visit,
    form: Mapping[str, str],
    found: Mapping[str, Any],
    delivery: Mapping[str, str] | None,
) -> Response:
    address = f"/grants/{quote(found['id'])}"
    word = await perform(
        hall, visit, form, "choose_gift", back=address, secret={"delivery": delivery} if delivery else None,
        grantId=found["id"], rewardKey=form.get("gift", ""),
    )  # fmt: skip
    if isinstance(word, Response):
        return word
    if word["__typename"] != "Grant":
        refusal = read_refusal(word)
        return _render(hall, visit, found, form, find_fault(refusal.parameters.get("name", "")) or refusal)
    return hall.views.lead_to(f"{address}?done=chosen", visit)


async def _find(hall: Hall, visit: Visit) -> Mapping[str, Any] | Response:
    outcome = await hall.ask("grant", own(visit), id=visit.request.path_params["grant_id"])
    refused = hall.refuse_outcome(visit, outcome, "me", "grant")
    if refused:
        return refused
    found: Mapping[str, Any] = (outcome.data or {})["me"]["grant"]
    return found


def _render(  # noqa: PLR0913  a form has many sides
    hall: Hall,
    visit: Visit,
    found: Mapping[str, Any],
    typed: Mapping[str, str],
    turned: Turned | None = None,
    *,
    checking: Mapping[str, Any] | None = None,
) -> Response:
    done = visit.request.query_params.get("done")
    return hall.views.render(
        "grant.html",
        visit,
        status=422 if turned else 200,
        grant=found,
        typed=keep_typed(typed) | {"gift": typed.get("gift", "")},
        checking=checking,
        turned=turned,
        done=done if done in DONE else None,
        here=visit.request.url.path,
    )
