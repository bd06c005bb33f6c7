"""How does a person come in and go out?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from channels.browser.own_form import is_local
from channels.browser.preferences import keep_preferences
from channels.web_hall.evidence import Asked, Missing, ask_for_code, read_evidence, read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, path_after_sign_in
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, CodeSent, Purpose, Turned

WHY = frozenset({"session_ended", "login_refused", "no_line_there", "unavailable"})
"""What the address may say of why one has to sign in, and of what the operator's own login came to."""
_STATUS_OF = {"locked": 429, "too_many_codes": 429, "unavailable": 503}


async def sign_in(hall: Hall, visit: Visit) -> Response:
    """The form: by service password, by a one-time code, or with a passkey."""
    query = visit.request.query_params
    if visit.caller and "again" not in query:
        return hall.views.lead_to(path_after_sign_in(query.get("next")), visit)
    refusal = Turned(query["why"]) if query.get("why") in WHY else None
    return _show(hall, visit, query, refusal, status=200)


async def check_sign_in(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Judges what was typed, or texts a code; what was typed right is still there after a refusal."""
    number = read_plain(form.get("number", ""))
    if not number and form.get("by") != "passkey":
        return _show(hall, visit, form, Turned("number_missing"))
    asked = Asked(number, Purpose.SIGN_IN)
    if form.get("deed") == "send":
        return _show(hall, visit, form, await ask_for_code(hall, visit, asked))
    evidence = read_evidence(visit, form, asked)
    if isinstance(evidence, Missing):
        return _show(hall, visit, form, Turned(evidence.code))
    answer = await hall.doorkeeper.admit(evidence, Channel.WEB)
    if not isinstance(answer, Admitted):
        return _show(hall, visit, form, answer)
    if visit.token:
        await hall.doorkeeper.sign_out(visit.token)  # who signs in again leaves no session behind
    return _admit(hall, visit, form, answer)


async def sign_out(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Ends the session here and in the house."""
    if visit.token:
        await hall.doorkeeper.sign_out(visit.token)
    response = hall.views.lead_to("/?done=signed_out", visit)
    hall.views.cookies.forget(response, hall.views.cookies.session)
    return response


async def keep_settings(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Keeps language, theme or size, and goes back to where the switch was used."""
    back = form.get("next", "")
    target = "/settings?saved" if back.startswith("/settings") else back if is_local(back) else "/"
    response = hall.views.lead_to(target, visit)
    keep_preferences(response, form, secure=hall.views.cookies.secure)
    return response


def _admit(hall: Hall, visit: Visit, form: Mapping[str, str], admitted: Admitted) -> Response:
    response = hall.views.go_on(path_after_sign_in(form.get("next")), visit)
    hall.views.cookies.keep_admitted(response, admitted)
    return response


def _show(
    hall: Hall,
    visit: Visit,
    typed: Mapping[str, Any],
    answer: Turned | CodeSent | None = None,
    *,
    status: int | None = None,
) -> Response:
    turned = answer if isinstance(answer, Turned) else None
    sent = answer if isinstance(answer, CodeSent) else None
    by = "code" if typed.get("by") == "code" else "password"
    return hall.views.render(
        "sign_in.html",
        visit,
        status=status or (200 if sent else _STATUS_OF.get(turned.code if turned else "", 422)),
        by=by,
        number=str(typed.get("number", ""))[:32] if visit.request.method == "POST" else "",
        asked=sent is not None or (by == "code" and typed.get("deed") in ("send", "check")),
        next=path_after_sign_in(typed.get("next")),
        turned=turned,
        sent=sent,
        challenge=sent.challenge if sent else str(typed.get("challenge", "")),
        now=datetime.now(UTC),
    )
