"""How does a colleague enrol, come in and go out?"""

from starlette.responses import Response

from channels.browser.own_form import is_local
from channels.browser.preferences import keep_preferences
from channels.browser.qr_code import draw_qr_code
from channels.desk.desk import Desk, Form, Refused
from channels.desk.visit import Visit
from graphql_schema.door import Turned
from graphql_schema.staff_door import Enrolment, StaffAdmitted, StaffEvidence

_STATUS_OF = {"locked": 429, "unavailable": 503}


async def sign_in(desk: Desk, visit: Visit) -> Response:
    """The form: number, passphrase, and the authenticator's code."""
    if visit.admitted:
        return desk.views.lead_to("/desk")
    ended = visit.request.query_params.get("why") == "session_ended"
    return _show(desk, visit, Turned("session_ended") if ended else None, status=200)


async def check_sign_in(desk: Desk, visit: Visit, form: Form) -> Response:
    """Judges what was typed; the number is still there after a refusal, and nothing else."""
    evidence = StaffEvidence(form.get("id", ""), form.get("passphrase", ""), form.get("code", ""), visit.source)
    answer = await desk.door.sign_in(evidence, instead_of=visit.token)
    if isinstance(answer, Turned):
        return _show(desk, visit, answer, staff_id=form.get("id", "")[:32])
    return _let_in(desk, answer)


async def enrol(desk: Desk, visit: Visit) -> Response:
    """The form for the code that came with the invitation."""
    return desk.views.render("enrol.html", visit, turned=None, code="")


async def check_enrolment(desk: Desk, visit: Visit, form: Form) -> Response:
    """First shows what to put into the authenticator, then sets passphrase and authenticator."""
    code = form.get("enrolment", "")[:64]
    if form.get("step") != "finish":
        return await _offer(desk, visit, code, None)
    if form.get("passphrase") != form.get("again"):
        return await _offer(desk, visit, code, Turned("mismatch"))
    enrolment = Enrolment(code, form.get("passphrase", ""), form.get("code", ""), visit.source)
    answer = await desk.door.enrol(enrolment, instead_of=visit.token)
    return await _offer(desk, visit, code, answer) if isinstance(answer, Turned) else _let_in(desk, answer)


async def sign_out(desk: Desk, visit: Visit, form: Form) -> Response:
    """Ends the session here and in the house."""
    if visit.token:
        await desk.door.sign_out(visit.token)
    response = desk.views.lead_to("/desk/sign-in")
    desk.views.cookies.forget(response, desk.views.cookies.session)
    return response


async def keep_settings(desk: Desk, visit: Visit, form: Form) -> Response:
    """Keeps language, theme or size, and goes back to where the switch was used."""
    back = form.get("next", "")
    response = desk.views.lead_to(back if is_local(back) and back.startswith("/desk") else "/desk")
    keep_preferences(response, form, secure=desk.views.cookies.secure)
    return response


async def unknown(desk: Desk, visit: Visit) -> Response:
    """An address of the desk that has no page."""
    return desk.refuse(visit, Refused("page_not_found", {}), status=404)


def _let_in(desk: Desk, admitted: StaffAdmitted) -> Response:
    response = desk.views.lead_to("/desk")
    if admitted.token:
        desk.views.cookies.keep(response, desk.views.cookies.session, admitted.token, admitted.expires_at)
        desk.views.cookies.forget(response, desk.views.cookies.form)
    return response


def _show(
    desk: Desk, visit: Visit, turned: Turned | None, *, staff_id: str = "", status: int | None = None
) -> Response:
    shown = status or _STATUS_OF.get(turned.code if turned else "", 422)
    return desk.views.render("sign_in.html", visit, status=shown, turned=turned, staff_id=staff_id)


async def _offer(desk: Desk, visit: Visit, code: str, turned: Turned | None) -> Response:
    offer = await desk.door.begin_enrolment(code, source=visit.source)
    if isinstance(offer, Turned):
        status = _STATUS_OF.get(offer.code, 422)
        return desk.views.render("enrol.html", visit, status=status, turned=offer, code=code)
    facts = {"offer": offer, "code": code, "turned": turned, "picture": draw_qr_code(offer.address)}
    return desk.views.render("enrol_finish.html", visit, status=422 if turned else 200, **facts)
