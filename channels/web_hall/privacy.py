"""What did a person agree to, and how do they get or erase what we hold of them?"""

from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.responses import Response

from channels.web_hall.deed import perform
from channels.web_hall.hall import Hall
from channels.web_hall.step_up import Step
from channels.web_hall.visit import Visit, own

DONE = frozenset({"consent", "export", "erasure", "called_off"})
FETCHING = Step(3, 600, "/privacy")
"""What opens a finished export: the same as asking for it."""
KINDS = {"export": "EXPORT", "erasure": "ERASURE"}


async def privacy(hall: Hall, visit: Visit) -> Response:
    """Consents, and requests with their progress."""
    outcome = await hall.ask("privacy", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me")
    done = visit.request.query_params.get("done")
    return refused or hall.views.render(
        "privacy.html",
        visit,
        outcome=outcome,
        me=(outcome.data or {})["me"],
        done=done if done in DONE else None,
    )


async def set_consent(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """One more word on a purpose."""
    purpose, given = form.get("purpose", ""), form.get("given") == "yes"
    word = await perform(hall, visit, form, "set_consent", back="/privacy", purpose=purpose, given=given)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "Consent":
        return hall.refuse(visit, "not_found", status=404)
    return hall.views.lead_to("/privacy?done=consent", visit)


async def ask_for_export(hall: Hall, visit: Visit) -> Response:
    """Says what an export holds, before it is made."""
    return hall.views.render("export.html", visit)


async def ask_for_erasure(hall: Hall, visit: Visit) -> Response:
    """Says what is erased, what is kept and why, before it is asked for."""
    return hall.views.render("erasure.html", visit, missing=False)


async def request_data(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Queues an export or an erasure."""
    wish = visit.request.url.path.rpartition("/")[2]
    if wish == "erasure" and not form.get("understood"):
        return hall.views.render("erasure.html", visit, status=422, missing=True)
    word = await perform(hall, visit, form, "request_personal_data", back=f"/privacy/{wish}", kind=KINDS[wish])
    return word if isinstance(word, Response) else hall.views.lead_to(f"/privacy?done={wish}", visit)


async def call_off(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Calls off what still waits."""
    request_id = form.get("request", "")
    word = await perform(hall, visit, form, "call_off_personal_data", back="/privacy", requestId=request_id)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "PersonalDataRequest":
        return hall.refuse(visit, "not_found", status=404)
    return hall.views.lead_to("/privacy?done=called_off", visit)


async def fetch_export(hall: Hall, visit: Visit) -> Response:
    """The file itself, for who just proved level 3, kept by nobody."""
    caller, now = own(visit), datetime.now(UTC)
    if not FETCHING.is_taken(caller, now):
        return hall.ask_to_prove(visit, FETCHING.level, FETCHING.within, FETCHING.next)
    if caller.rests_until is not None and now < caller.rests_until:
        return hall.refuse(visit, "rests", status=403, until=caller.rests_until)
    exports, request_id = hall.doors.exports, visit.request.path_params["request_id"]
    content = await exports(caller, request_id) if exports else None
    if content is None:
        return hall.refuse(visit, "not_found", status=404)
    kind = ("zip", "application/zip") if content.startswith(b"PK") else ("json", "application/json")
    headers = {"Content-Disposition": f'attachment; filename="onehall-export.{kind[0]}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind[1], headers=headers)
