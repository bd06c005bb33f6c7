"""Which lines can a person open here, and how do they link one, leave one, or go over to another?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from channels.rendering import mask_number
from channels.web_hall.deed import drop_draft, perform, read_refusal, take_draft
from channels.web_hall.evidence import Asked, ask_for_code, read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.step_up import STATUS_OF, Step
from channels.web_hall.visit import Visit, own
from graphql_schema.client import Channel
from graphql_schema.door import CodeSent, Purpose, Turned

DONE = frozenset({"linked", "unlinked", "left"})
LINKING = Step(3, 600, "/lines/link")
"""What linking needs: asked for before a code is texted to somebody. The graph judges it again."""
_DRAFT = ("number", "line")


async def lines(hall: Hall, visit: Visit) -> Response:
    """The person's lines: the one that is open, others of theirs, and those that they help with."""
    outcome = await hall.ask("lines", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "ownLines")
    if refused:
        return refused
    done = visit.request.query_params.get("done")
    found = (outcome.data or {})["me"]["ownLines"]
    return hall.views.render("lines.html", visit, lines=found, done=done if done in DONE else None)


async def switch(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """The session goes on for another line, under a new secret."""
    if visit.token is None or visit.caller is None:
        return hall.ask_to_sign_in(visit)
    if hall.doors.switch is None:
        return hall.refuse(visit, "page_not_found", status=404)
    answer = await hall.doors.switch.switch(visit.token, form.get("line", ""), Channel.WEB)
    if isinstance(answer, Turned):
        if answer.code == "session_ended":
            return hall.ask_to_sign_in(visit)
        if answer.code == "step_up_required":
            return hall.ask_to_prove(visit, answer.parameters.get("needed", 2), None, "/lines")
        unavailable = answer.code == "unavailable"
        return hall.refuse(visit, "unavailable" if unavailable else "not_yours", status=503 if unavailable else 403)
    response = hall.views.lead_to("/home", visit)
    hall.views.cookies.keep_admitted(response, answer)
    return response


async def link(hall: Hall, visit: Visit) -> Response:
    """The form to link a line: its number, or one of the same customer's that was chosen; then the code."""
    draft = take_draft(hall, visit)
    typed = draft or visit.request.query_params
    response = _show(hall, visit, typed, chosen=await _find_own(hall, visit, typed))
    return drop_draft(hall, response) if draft else response


async def link_line(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Texts the code, or links the line with it."""
    if visit.caller is None:
        return hall.ask_to_sign_in(visit)
    return hall.refuse(visit, "not_yours", status=403) if visit.acting else await _link(hall, visit, form)


async def _link(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    number, chosen = read_plain(form.get("number", "")), await _find_own(hall, visit, form)
    if not number and chosen is None:
        return _show(hall, visit, form, Turned("number_missing"))
    if form.get("deed") == "send":
        return await _ask_its_owner(hall, visit, form, number, chosen)
    code = read_plain(form.get("code", ""))
    if not code:
        return _show(hall, visit, form, Turned("code_missing"), chosen=chosen)
    word = await perform(
        hall, visit, form, "link_line", back="/lines/link", draft=_DRAFT,
        number=chosen["id"] if chosen else number,
        secret={"code": code, "challenge": form.get("challenge", "")},
    )  # fmt: skip
    if isinstance(word, Response):
        return word
    if word["__typename"] != "OwnLine":
        return _show(hall, visit, form, read_refusal(word), chosen=chosen)
    return hall.views.lead_to("/lines?done=linked", visit)


async def ask_to_unlink(hall: Hall, visit: Visit) -> Response:
    """Asks once more before a link is ended."""
    outcome = await hall.ask("lines", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "ownLines")
    if refused:
        return refused
    wanted = visit.request.path_params["line_id"]
    found = [line for line in (outcome.data or {})["me"]["ownLines"] if line["id"] == wanted]
    if not found or found[0]["relation"] != "LINKED":
        return hall.refuse(visit, "not_found", status=404)
    return hall.views.render("confirm_unlink.html", visit, line=found[0])


async def unlink(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Ends a link, at once."""
    line_id = visit.request.path_params["line_id"]
    word = await perform(hall, visit, form, "unlink_line", back=f"/lines/{line_id}/unlink", lineId=line_id)
    return word if isinstance(word, Response) else hall.views.lead_to("/lines?done=unlinked", visit)


async def _ask_its_owner(
    hall: Hall, visit: Visit, form: Mapping[str, str], number: str, chosen: Mapping[str, Any] | None
) -> Response:
    """The code goes to the line that is to be linked and names the own one; for a line of one's own that gets no texts
    it goes to the own line and names the other."""
    caller = own(visit)
    if not LINKING.is_taken(caller, datetime.now(UTC)):
        response = hall.ask_to_prove(visit, LINKING.level, LINKING.within, LINKING.next)
        hall.views.cookies.keep_draft(response, LINKING.next, {name: form.get(name, "")[:64] for name in _DRAFT})
        return response
    asked = Asked(number, Purpose.LINK_LINE, mask_number(caller.number or ""))
    if chosen is not None:
        asked = Asked(caller.number or "", Purpose.LINK_LINE, chosen["maskedNumber"])
    return _show(hall, visit, form, await ask_for_code(hall, visit, asked), chosen=chosen)


async def _find_own(hall: Hall, visit: Visit, typed: Mapping[str, str]) -> Mapping[str, Any] | None:
    """The line of the same customer that gets no texts (fixed, broadband, IPTV) and was chosen, or typed in full."""
    line_id, number = typed.get("line", ""), read_plain(typed.get("number", ""))
    if not line_id and not number:
        return None
    outcome = await hall.ask("lines", own(visit))
    found = ((outcome.data or {}).get("me") or {}).get("ownLines") or []
    silent = [line for line in found if line["relation"] == "SAME_CUSTOMER" and line["kind"] != "MOBILE"]
    masked = mask_number(number) if number else ""
    return next((line for line in silent if line["id"] == line_id or line["maskedNumber"] == masked), None)


def _show(
    hall: Hall,
    visit: Visit,
    typed: Mapping[str, str],
    answer: Turned | CodeSent | None = None,
    *,
    chosen: Mapping[str, Any] | None = None,
) -> Response:
    turned = answer if isinstance(answer, Turned) else None
    sent = answer if isinstance(answer, CodeSent) else None
    return hall.views.render(
        "link_line.html",
        visit,
        status=STATUS_OF.get(turned.code, 422) if turned else 200,
        number=typed.get("number", "")[:32],
        chosen=chosen,
        asked=sent is not None or typed.get("deed") == "check",
        turned=turned,
        sent=sent,
        challenge=sent.challenge if sent else typed.get("challenge", ""),
        now=datetime.now(UTC),
    )
