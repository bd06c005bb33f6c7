"""Whom did this line invite, and how does a new line say who invited it?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.deed import perform, read_refusal
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.client import GraphError
from graphql_schema.door import Turned


async def invite(hall: Hall, visit: Visit) -> Response:
    """The own code and link, what both get, and who came."""
    outcome = await hall.ask("referral", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "referral")
    return refused or hall.views.render("invite.html", visit, referral=(outcome.data or {})["me"]["referral"])


async def invited(hall: Hall, visit: Visit) -> Response:
    """Where an invitation's link leads: what it gives, and for who is signed in the button that accepts it."""
    return await _show(hall, visit)


async def accept(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Says who invited this line, once."""
    if visit.acting:
        return hall.refuse(visit, "not_yours", status=403)
    code = visit.request.path_params["code"]
    word = await perform(hall, visit, form, "accept_invitation", back=visit.request.url.path, code=code)
    if isinstance(word, Response):
        return word
    if word["__typename"] == "NotFound":
        return await _show(hall, visit, Turned("invitation_refused", {"reason": "unknown"}))
    if word["__typename"] != "Invitation":
        return await _show(hall, visit, read_refusal(word))
    return hall.views.render("invited.html", visit, code=code, accepted=word)


async def _show(hall: Hall, visit: Visit, turned: Turned | None = None) -> Response:
    """What it gives is told to everybody; whether the code is one's own, to who is signed in."""
    outcome = await hall.ask("invited", visit.asker)
    answer: Mapping[str, Any] = outcome.data or {}
    rewards = answer.get("invitationRewards")
    return hall.views.render(
        "invited.html",
        visit,
        status=422 if turned else 200,
        code=visit.request.path_params["code"],
        rewards=rewards,
        own=((answer.get("me") or {}).get("referral") or {}).get("code", ""),
        fault=(outcome.error_at("invitationRewards") or GraphError("unexpected")) if rewards is None else None,
        turned=turned,
        accepted=None,
    )
