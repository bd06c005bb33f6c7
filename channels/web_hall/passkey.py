"""How does the browser's credential store talk to the house?"""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from channels.web_hall.hall import Hall
from channels.web_hall.step_up import Step
from channels.web_hall.visit import Visit
from graphql_schema.door import PasskeyDoor, Turned

NAME_CHARACTERS_MOST = 40
_STATUS_OF = {"unavailable": 503, "locked": 429}


async def begin(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """The options for web/static/passkey.js, as JSON: to make a passkey (``deed`` make) or to use one."""
    door = _door(hall)
    if form.get("deed") == "make":
        if visit.caller is None or visit.acting:
            return JSONResponse({"code": "not_yours"}, status_code=403)
        asked = await door.begin_making(visit.caller)
    else:
        asked = await door.begin_use(source=visit.source)
    if isinstance(asked, Turned):
        refused = {"code": asked.code} | ({"lead_to": _step(asked).address} if asked.code == "step_up_required" else {})
        return JSONResponse(refused, status_code=_STATUS_OF.get(asked.code, 422))
    return JSONResponse({"challenge": asked.challenge, "options": asked.options})


async def make(hall: Hall, visit: Visit) -> Response:
    """The page on which a passkey is made; its script asks for the options."""
    return _show(hall, visit)


async def keep(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Keeps the passkey that the browser made."""
    if visit.caller is None:
        return hall.ask_to_sign_in(visit)
    name = " ".join(form.get("name", "").split())[:NAME_CHARACTERS_MOST] or visit.user_agent
    turned = await _door(hall).finish_making(visit.caller, form.get("challenge", ""), form.get("answer", ""), name)
    if turned is not None and turned.code == "step_up_required":
        return hall.views.lead_to(_step(turned).address, visit)
    if turned is not None:
        return _show(hall, visit, turned)
    return hall.views.lead_to("/security?done=passkey_made", visit)


def _show(hall: Hall, visit: Visit, turned: Turned | None = None) -> Response:
    if visit.acting:
        return hall.refuse(visit, "not_yours", status=403)
    status = _STATUS_OF.get(turned.code, 422) if turned else 200
    return hall.views.render("make_passkey.html", visit, status=status, turned=turned)


def _step(turned: Turned) -> Step:
    """What a passkey asks for before it is made, and back to its page."""
    within = turned.parameters.get("fresh_within_seconds")
    return Step(turned.parameters.get("needed", 2), within, "/security/passkeys")


def _door(hall: Hall) -> PasskeyDoor:
    if hall.doors.passkeys is None:
        raise LookupError("a passkey was asked for in a hall that has no door for them")
    return hall.doors.passkeys
