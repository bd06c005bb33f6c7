"""Who can open this line: how sure are we, where is it signed in, with what, and what was done?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.deed import perform, read_refusal
from channels.web_hall.evidence import read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.step_up import STATUS_OF
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

RECORDS_A_PAGE = 20
DONE = frozenset({"session_ended", "others_ended", "password_changed", "passkey_made", "passkey_removed"})


async def security(hall: Hall, visit: Visit) -> Response:
    """Everything at a glance."""
    outcome = await hall.ask("security", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me")
    done = visit.request.query_params.get("done")
    return refused or hall.views.render(
        "security.html", visit, outcome=outcome, me=(outcome.data or {})["me"], done=done if done in DONE else None
    )


async def trail(hall: Hall, visit: Visit) -> Response:
    """What was done with the line, twenty records at a time, newest first."""
    before = visit.request.query_params.get("before") or None
    outcome = await hall.ask("trail", own(visit), first=RECORDS_A_PAGE + 1, before=before)
    refused = hall.refuse_outcome(visit, outcome, "me", "auditTrail")
    if refused:
        return refused
    records = (outcome.data or {})["me"]["auditTrail"]
    shown = records[:RECORDS_A_PAGE]
    older = shown[-1]["id"] if len(records) > RECORDS_A_PAGE else None
    return hall.views.render("trail.html", visit, records=shown, before=before, older=older)


async def end_session(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Ends one device's session, at once; the own one is left by signing out."""
    word = await perform(hall, visit, form, "end_session", back="/security", sessionId=form.get("session", ""))
    return _lead_on(hall, visit, word, "session_ended")


async def ask_to_end_others(hall: Hall, visit: Visit) -> Response:
    """Asks once more before every other device is signed out."""
    return hall.views.render("confirm_end_others.html", visit)


async def end_others(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Ends every session but this one."""
    word = await perform(hall, visit, form, "end_other_sessions", back="/security/others")
    return _lead_on(hall, visit, word, "others_ended")


async def password(hall: Hall, visit: Visit) -> Response:
    """The form for a new service password."""
    return _show_password(hall, visit)


async def change_password(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Sets a new service password by the old one."""
    old, new, again = (read_plain(form.get(name, "")) for name in ("old_password", "new_password", "again"))
    if not old:
        return _show_password(hall, visit, Turned("password_missing"))
    if new != again:
        return _show_password(hall, visit, Turned("passwords_differ"))
    secret = {"oldPassword": old, "newPassword": new}
    word = await perform(hall, visit, form, "change_password", back="/security/password", secret=secret)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "PasswordChanged":
        return _show_password(hall, visit, read_refusal(word))
    return hall.views.lead_to("/security?done=password_changed", visit)


async def passkey(hall: Hall, visit: Visit) -> Response:
    """Asks once more before a passkey is removed."""
    outcome = await hall.ask("passkeys", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "passkeys")
    if refused:
        return refused
    wanted = visit.request.path_params["passkey_id"]
    found = next((one for one in (outcome.data or {})["me"]["passkeys"] if one["id"] == wanted), None)
    if found is None:
        return hall.refuse(visit, "not_found", status=404)
    return hall.views.render("confirm_remove_passkey.html", visit, passkey=found)


async def remove_passkey(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """A passkey opens nothing any more."""
    passkey_id = visit.request.path_params["passkey_id"]
    back = f"/security/passkeys/{passkey_id}"
    word = await perform(hall, visit, form, "remove_passkey", back=back, passkeyId=passkey_id)
    return _lead_on(hall, visit, word, "passkey_removed")


def _lead_on(hall: Hall, visit: Visit, word: Mapping[str, Any] | Response, done: str) -> Response:
    """Back to the page with a line that says what was done; what is gone already counts as done."""
    return word if isinstance(word, Response) else hall.views.lead_to(f"/security?done={done}", visit)


def _show_password(hall: Hall, visit: Visit, turned: Turned | None = None) -> Response:
    status = STATUS_OF.get(turned.code, 422) if turned else 200
    return hall.views.render("password.html", visit, status=status, turned=turned)
