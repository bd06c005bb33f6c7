"""How does a person who forgot the service password get a new one?"""

from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.responses import Response

from channels.web_hall.evidence import Asked, Missing, ask_for_code, read_code, read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.step_up import STATUS_OF
from channels.web_hall.visit import Visit
from graphql_schema.client import Channel
from graphql_schema.door import CodeSent, PasswordReset, Purpose, Turned


async def forgotten(hall: Hall, visit: Visit) -> Response:
    """The first of two forms, or what was done."""
    if "done" in visit.request.query_params:
        return hall.views.render("forgotten_done.html", visit)
    return _show(hall, visit, {})


async def reset(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Texts a code; then sets the new password by that code and the ID number, never by less."""
    number = read_plain(form.get("number", ""))
    if not number:
        return _show(hall, visit, form, Turned("number_missing"))
    asked = Asked(number, Purpose.RESET)
    if form.get("deed") == "send":
        return _show(hall, visit, form, await ask_for_code(hall, visit, asked))
    wished = _read_reset(visit, form, asked)
    answer = Turned(wished.code) if isinstance(wished, Missing) else await _set(hall, wished)
    if answer is not None:
        return _show(hall, visit, form, answer)
    response = hall.views.lead_to("/forgotten?done", visit)
    hall.views.cookies.forget(response, hall.views.cookies.session)  # every session of the line has ended
    return response


async def _set(hall: Hall, wished: PasswordReset) -> Turned | None:
    return await hall.doorkeeper.reset_password(wished, Channel.WEB)


def _read_reset(visit: Visit, form: Mapping[str, str], asked: Asked) -> PasswordReset | Missing:
    evidence = read_code(visit, form, asked)
    identity_number = read_plain(form.get("identity_number", ""))
    chosen, again = (read_plain(form.get(name, "")) for name in ("new_password", "again"))
    if isinstance(evidence, Missing):
        return evidence
    if not identity_number:
        return Missing("identity_number_missing")
    if chosen != again:
        return Missing("passwords_differ")
    return PasswordReset(evidence, identity_number, chosen)


def _show(hall: Hall, visit: Visit, typed: Mapping[str, str], answer: Turned | CodeSent | None = None) -> Response:
    turned = answer if isinstance(answer, Turned) else None
    sent = answer if isinstance(answer, CodeSent) else None
    return hall.views.render(
        "forgotten.html",
        visit,
        status=STATUS_OF.get(turned.code, 422) if turned else 200,
        number=typed.get("number", "")[:32],
        asked=sent is not None or typed.get("deed") == "check",
        turned=turned,
        sent=sent,
        challenge=sent.challenge if sent else typed.get("challenge", ""),
        now=datetime.now(UTC),
    )
