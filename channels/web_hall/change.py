"""How does a customer see what a change would do, and confirm it (二次确认)?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.change_wish import read_wish, wish_of
from channels.web_hall.deed import Word, perform, read_refusal
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

OVER = frozenset({"confirmation_expired", "preview_changed", "change_refused"})
"""After one of these the question is answered no more: nothing was ordered."""
ANSWERS = {"confirm": "confirm_change", "withdraw": "withdraw_change"}
STATUS_OF = {"confirmation_expired": 410, "preview_changed": 409}


async def preview(hall: Hall, visit: Visit) -> Response:
    """What a change would do: from when, what it costs, what is lost, what stands against it."""
    return await _show_preview(hall, visit, visit.request.query_params)


async def prepare(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Shows the change once more, or keeps what was shown and goes on to the question."""
    wish = read_wish(form)
    if wish is None or form.get("deed") != "prepare":
        return await _show_preview(hall, visit, form)
    word = await perform(hall, visit, form, "prepare_change", back=wish.address, wanted=wish.wanted)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "PreparedChange":
        return await _show_preview(hall, visit, form, read_refusal(word))
    return hall.views.lead_to(f"/change/{word['id']}", visit)


async def prepared(hall: Hall, visit: Visit) -> Response:
    """The question that has to be answered before anything is ordered, with its name, its price and its time."""
    return await _show_prepared(hall, visit)


async def answer(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Yes places the order, once; no withdraws the change; anything else is no answer."""
    prepared_id = visit.request.path_params["prepared_id"]
    operation = ANSWERS.get(form.get("deed", ""))
    if operation is None:
        return await _show_prepared(hall, visit)
    word = await perform(hall, visit, form, operation, back=f"/change/{prepared_id}", preparedId=prepared_id)
    if isinstance(word, Response):
        return word
    done = _find_done(word)
    return hall.views.lead_to(done, visit) if done else await _show_prepared(hall, visit, read_refusal(word))


def _find_done(word: Word) -> str:
    """Where the customer goes after yes or no; empty after a refusal."""
    if word["__typename"] == "Order":
        return f"/orders/{word['id']}?done=placed"
    return "/packages?done=withdrawn" if word["__typename"] == "ChangeWithdrawn" else ""


async def _show_preview(hall: Hall, visit: Visit, typed: Mapping[str, str], turned: Turned | None = None) -> Response:
    wish = read_wish(typed)
    if wish is None:
        return hall.refuse(visit, "bad_argument", status=400)
    outcome = await hall.ask("change_preview", own(visit), wanted=wish.wanted)
    refused = hall.refuse_outcome(visit, outcome, "me", "changePreview")
    return refused or hall.views.render(
        "change.html",
        visit,
        status=422 if turned else 200,
        preview=(outcome.data or {})["me"]["changePreview"],
        wish=wish,
        turned=turned,
        here=wish.address,
    )


async def _show_prepared(hall: Hall, visit: Visit, turned: Turned | None = None) -> Response:
    outcome = await hall.ask("prepared_change", own(visit), id=visit.request.path_params["prepared_id"])
    refused = hall.refuse_outcome(visit, outcome, "me", "preparedChange")
    if refused:
        return refused
    found: Mapping[str, Any] = (outcome.data or {})["me"]["preparedChange"]
    if found["orderId"]:  # it was confirmed, here or in another channel
        return hall.views.lead_to(f"/orders/{found['orderId']}", visit)
    return hall.views.render(
        "prepared_change.html",
        visit,
        status=STATUS_OF.get(turned.code, 422) if turned else 200,
        prepared=found,
        preview=found["preview"],
        again=wish_of(found["preview"]).address,
        turned=turned,
        waits=found["state"] == "WAITING" and (turned is None or turned.code not in OVER),
    )
