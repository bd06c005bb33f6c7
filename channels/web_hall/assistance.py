"""Who may act for this line, who asks to, and whom does this person want to help?"""

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from channels.web_hall.deed import drop_draft, perform, read_refusal, take_draft
from channels.web_hall.evidence import read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

SCOPES = ("usage", "money", "bills")
"""What can be left out; the line itself is always seen."""
DAYS = (1, 7, 30, 90, 365)
DONE = frozenset({"granted", "asked", "accepted", "refused", "ended"})
_FIELDS = ("number", "days", *(f"scope_{scope}" for scope in SCOPES))


async def assistance(hall: Hall, visit: Visit) -> Response:
    """Permissions of this line, and who asks for one."""
    outcome = await hall.ask("permissions", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "helpers")
    if refused:
        return refused
    done = visit.request.query_params.get("done")
    found = (outcome.data or {})["me"]["helpers"]
    return hall.views.render("assistance.html", visit, people=found, done=done if done in DONE else None)


async def grant_form(hall: Hall, visit: Visit) -> Response:
    """The form to let somebody act for this line."""
    return _show_again(hall, visit, "grant")


async def ask_form(hall: Hall, visit: Visit) -> Response:
    """The form to ask somebody whether one may help them."""
    return _show_again(hall, visit, "ask")


async def grant(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Lets somebody act for this line."""
    return await _wish(hall, visit, form, "grant", "grant_help")


async def ask(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Asks the owner of a number."""
    return await _wish(hall, visit, form, "ask", "ask_to_help")


async def answer(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Yes or no to who asked, by one press."""
    accept = form.get("answer") == "yes"
    person = form.get("person", "")
    word = await perform(hall, visit, form, "answer_help", back="/helpers", helperId=person, accept=accept)
    if isinstance(word, Response):
        return word
    if word["__typename"] == "SimChanged":
        return hall.refuse(visit, "sim_changed", status=403)
    if word["__typename"] != "Helper":
        return hall.refuse(visit, "not_found", status=404)
    return hall.views.lead_to(f"/helpers?done={'accepted' if accept else 'refused'}", visit)


async def end(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Ends a permission, at once."""
    word = await perform(hall, visit, form, "end_help", back="/helpers", helperId=form.get("person", ""))
    return word if isinstance(word, Response) else hall.views.lead_to("/helpers?done=ended", visit)


async def ask_to_leave(hall: Hall, visit: Visit) -> Response:
    """Asks a helper once more before their help with a line ends: only its owner can begin it again."""
    outcome = await hall.ask("lines", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "ownLines")
    if refused:
        return refused
    wanted = visit.request.path_params["line_id"]
    helped = [line for line in (outcome.data or {})["me"]["ownLines"] if line["relation"] == "HELPING"]
    found = next((line for line in helped if line["id"] == wanted), None)
    if found is None:
        return hall.refuse(visit, "not_found", status=404)
    return hall.views.render("confirm_leave.html", visit, line=found)


async def leave(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Ends the help with a line from the helper's side, at once."""
    line_id = visit.request.path_params["line_id"]
    word = await perform(hall, visit, form, "end_help", back=f"/lines/{line_id}/leave", helperId=line_id)
    return word if isinstance(word, Response) else hall.views.lead_to("/lines?done=left", visit)


async def _wish(hall: Hall, visit: Visit, form: Mapping[str, str], kind: str, operation: str) -> Response:
    number, days = read_plain(form.get("number", "")), form.get("days", "")
    days_wished = int(days) if days.isdecimal() and len(days) < 5 else 0
    if not number:
        return _show(hall, visit, kind, form, Turned("number_missing"))
    word = await perform(
        hall, visit, form, operation, back=f"/helpers/{kind}", draft=_FIELDS,
        number=number, scopes=["line", *_read_scopes(form)], days=days_wished,
    )  # fmt: skip
    if isinstance(word, Response):
        return word
    if word["__typename"] not in ("Helper", "HelpAsked"):
        return _show(hall, visit, kind, form, read_refusal(word))
    return hall.views.lead_to(f"/helpers?done={'granted' if kind == 'grant' else 'asked'}", visit)


def _read_scopes(form: Mapping[str, str]) -> Sequence[str]:
    return [scope for scope in SCOPES if form.get(f"scope_{scope}")]


def _show_again(hall: Hall, visit: Visit, kind: str) -> Response:
    draft = take_draft(hall, visit)
    response = _show(hall, visit, kind, draft)
    return drop_draft(hall, response) if draft else response


def _show(hall: Hall, visit: Visit, kind: str, typed: Mapping[str, str], turned: Turned | None = None) -> Response:
    return hall.views.render(
        "assistance_form.html",
        visit,
        status=422 if turned else 200,
        kind=kind,
        number=typed.get("number", "")[:32],
        chosen=_read_scopes(typed) if typed else ("usage", "money"),
        scopes=SCOPES,
        days=typed.get("days", "30"),
        choices=DAYS,
        turned=turned,
    )
