"""How does care help the owner of a line?"""

from typing import Any

from starlette.responses import Response

from channels.desk.desk import Desk, Form, Refused
from channels.desk.visit import Visit

KINDS = ("CALL", "VISIT")
PURPOSES = ("ACCOUNT", "BILL", "ORDER", "FAULT", "INSTALLATION", "OFFER")
MINUTES = (15, 30, 60, 240, 1440)
NUMBER_CHARACTERS = 32


async def find(desk: Desk, visit: Visit) -> Response:
    """The form to find a line by its number."""
    facts: dict[str, Any] = {"number": "", "line": None, "refused": None, "ended": None, "reason": ""}
    return desk.views.render("line.html", visit, **facts)


async def found(desk: Desk, visit: Visit, form: Form) -> Response:
    """The line of a number; the number stands in no address."""
    number = _number_in(form)
    return await _look(desk, visit, number, None)


async def end_sessions(desk: Desk, visit: Visit, form: Form) -> Response:
    """Ends every session of the line, and shows how it stands now."""
    number, reason = _number_in(form), form.get("reason", "")[:400]
    answer = await desk.do(visit, form, "end_line_sessions", number=number, reason=reason)
    return await _look(desk, visit, number, answer, reason=reason if isinstance(answer, Refused) else "")


async def contact(desk: Desk, visit: Visit) -> Response:
    """The form to turn to a customer with a code."""
    return _show_contact(desk, visit, {}, None)


async def open_contact(desk: Desk, visit: Visit, form: Form) -> Response:
    """The code to name; or, from the page of a line, the form with its number."""
    if form.get("step") == "begin":
        return _show_contact(desk, visit, form, None)
    minutes = form.get("minutes", "")
    given = {
        "number": _number_in(form),
        "kind": form.get("kind") if form.get("kind") in KINDS else KINDS[0],
        "purpose": form.get("purpose") if form.get("purpose") in PURPOSES else PURPOSES[0],
        "minutes": int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else 0,
    }
    answer = await desk.do(visit, form, "open_contact", **given)
    return _show_contact(desk, visit, form, answer)


async def _look(desk: Desk, visit: Visit, number: str, done: Any, *, reason: str = "") -> Response:  # noqa: ANN401  an answer
    line = await desk.ask(visit, "served_line", "line", number=number)
    if isinstance(line, Refused) and line.code not in ("not_found", "bad_argument"):
        return desk.refuse(visit, line)
    refused = next((each for each in (line, done) if isinstance(each, Refused)), None)
    facts = {
        "number": number,
        "line": None if isinstance(line, Refused) else line,
        "refused": refused,
        "ended": done["count"] if done and not isinstance(done, Refused) else None,
        "reason": reason,
    }
    return desk.views.render("line.html", visit, status=refused.status if refused else 200, **facts)


def _show_contact(desk: Desk, visit: Visit, form: Form, answer: Any) -> Response:  # noqa: ANN401  an answer
    refused = answer if isinstance(answer, Refused) else None
    if refused and refused.code not in ("not_found", "bad_argument"):
        return desk.refuse(visit, refused)
    facts = {
        "typed": {name: form.get(name, "") for name in ("kind", "purpose", "minutes")},
        "number": _number_in(form),
        "opened": None if refused else answer,
        "refused": refused,
        "kinds": KINDS,
        "purposes": PURPOSES,
        "lifetimes": MINUTES,
    }
    return desk.views.render("contact.html", visit, status=refused.status if refused else 200, **facts)


def _number_in(form: Form) -> str:
    return form.get("number", "")[:NUMBER_CHARACTERS].strip()
