"""How does a person come in and go out?"""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.preferences import keep_preferences
from channels.web_hall.visit import Visit, is_local, path_after_sign_in
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, CodeEvidence, CodeSent, PasswordEvidence, Turned

_STATUS_OF = {"locked": 429, "too_many_codes": 429, "unavailable": 503}


async def sign_in(hall: Hall, visit: Visit) -> Response:
    """The form: by service password, or by a one-time code."""
    query = visit.request.query_params
    if visit.caller and "again" not in query:
        return hall.views.lead_to(path_after_sign_in(query.get("next")), visit)
    refusal = Turned("session_ended") if query.get("why") == "session_ended" else None
    return _show(hall, visit, query, refusal, status=200)


async def check_sign_in(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Judges what was typed, or texts a code; what was typed right is still there after a refusal."""
    number = _plain(form.get("number", ""))
    if not number:
        return _show(hall, visit, form, Turned("number_missing"))
    if form.get("deed") == "send":
        return await _send_code(hall, visit, form, number)
    secret = _plain(form.get("code" if form.get("by") == "code" else "password", ""))
    if not secret:
        return _show(hall, visit, form, Turned("code_missing" if form.get("by") == "code" else "password_missing"))
    evidence: CodeEvidence | PasswordEvidence
    if form.get("by") == "code":
        evidence = CodeEvidence(number, secret, visit.source)
    else:
        evidence = PasswordEvidence(number, secret, visit.source)
    answer = await hall.doorkeeper.admit(evidence, Channel.WEB)
    return _admit(hall, visit, form, answer) if isinstance(answer, Admitted) else _show(hall, visit, form, answer)


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


async def _send_code(hall: Hall, visit: Visit, form: Mapping[str, str], number: str) -> Response:
    answer = await hall.doorkeeper.send_code(number, channel=Channel.WEB, source=visit.source)
    return _show(hall, visit, form, answer, status=200 if isinstance(answer, CodeSent) else None)


def _admit(hall: Hall, visit: Visit, form: Mapping[str, str], admitted: Admitted) -> Response:
    response = hall.views.lead_to(path_after_sign_in(form.get("next")), visit)
    if admitted.token:
        hall.views.cookies.keep(response, hall.views.cookies.session, admitted.token, admitted.expires_at)
        hall.views.cookies.forget(response, hall.views.cookies.form)
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
        status=status or _STATUS_OF.get(turned.code if turned else "", 422),
        by=by,
        number=str(typed.get("number", ""))[:32] if visit.request.method == "POST" else "",
        asked=sent is not None or (by == "code" and typed.get("deed") in ("send", "check")),
        next=path_after_sign_in(typed.get("next")),
        turned=turned,
        sent=sent,
        now=datetime.now(UTC),
    )


def _plain(typed: str) -> str:
    """What was typed, in plain width and without the blanks and dashes that people put into numbers."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed) if not letter.isspace() and letter != "-")
