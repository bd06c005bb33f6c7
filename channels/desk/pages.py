"""What does each role find at the desk beside its deeds?"""

from typing import Any

from starlette.responses import Response

from channels.desk.desk import Desk, Form, Refused
from channels.desk.views import TABS
from channels.desk.visit import Visit

RECORDS_A_PAGE = 50


async def home(desk: Desk, visit: Visit) -> Response:
    """Who I am here, what I can do, and whether points do not add up."""
    member = await desk.ask(visit, "member", "member")
    if isinstance(member, Refused):
        return desk.refuse(visit, member)
    verdict: Any = None
    if visit.role in TABS["points"]:
        verdict = await desk.look(visit, "points_verdict", "pointsVerdict")
    silent = isinstance(verdict, Refused)
    return desk.views.render("home.html", visit, member=member, verdict=None if silent else verdict, silent=silent)


async def members(desk: Desk, visit: Visit) -> Response:
    """The lines of the own organization."""
    found = await desk.ask(visit, "members", "members")
    if isinstance(found, Refused):
        return desk.refuse(visit, found)
    return desk.views.render("members.html", visit, members=found)


async def trail(desk: Desk, visit: Visit) -> Response:
    """The form to search the trail, and nothing yet: each search is a record itself."""
    return desk.views.render("trail.html", visit, **_nothing_found())


async def search(desk: Desk, visit: Visit, form: Form) -> Response:
    """What the trail says of a line or of somebody, newest first."""
    typed = {name: form.get(name, "").strip()[:64] or None for name in ("number", "actor", "before")}
    found = await desk.ask(visit, "staff_trail", "auditTrail", first=RECORDS_A_PAGE, **typed)
    facts = _nothing_found() | {"number": typed["number"] or "", "actor": typed["actor"] or ""}
    if isinstance(found, Refused):
        if found.code != "bad_argument":
            return desk.refuse(visit, found)
        return desk.views.render("trail.html", visit, status=422, **facts | {"refused": found})
    older = found[-1]["record"]["id"] if len(found) == RECORDS_A_PAGE else ""
    return desk.views.render("trail.html", visit, **facts | {"records": found, "older": older})


async def verify(desk: Desk, visit: Visit, form: Form) -> Response:
    """Whether the chain of the trail is whole."""
    verdict = await desk.ask(visit, "audit_verdict", "auditVerdict")
    if isinstance(verdict, Refused):
        return desk.refuse(visit, verdict)
    return desk.views.render("trail.html", visit, **_nothing_found() | {"verdict": verdict})


def _nothing_found() -> dict[str, Any]:
    return {"number": "", "actor": "", "records": None, "older": "", "verdict": None, "refused": None}
