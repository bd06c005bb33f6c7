"""How do two colleagues agree on a deed for many lines?"""

import re
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from channels.desk.desk import Desk, Form, Refused
from channels.desk.visit import Visit

KINDS = ("END_SESSIONS", "VOID_PASSWORDS")
DEEDS_SHOWN = 20
LINES_MOST = 10_000
FORM_BYTES = LINES_MOST * 40
REASON_CHARACTERS = 200
_LIKE_A_NUMBER = re.compile(r"\+?[0-9][0-9 \-]{4,20}|[A-Za-z][A-Za-z0-9._@-]{3,31}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was pasted, one number a line: each once, and which of them do not look like numbers."""

    numbers: list[str]
    repeated: int
    odd: list[str]


async def deeds(desk: Desk, visit: Visit) -> Response:
    """What was proposed, newest first, and by whom it was decided."""
    return await _show(desk, visit, None)


async def decide(desk: Desk, visit: Visit, form: Form) -> Response:
    """Yes or no to a colleague's proposal."""
    approve = form.get("decision") == "approve"
    answer = await desk.do(visit, form, "decide_bulk_deed", bulkDeedId=form.get("id", "")[:64], approve=approve)
    return await _show(desk, visit, answer)


async def begin(desk: Desk, visit: Visit) -> Response:
    """The form to propose one."""
    return _show_form(desk, visit, {}, None)


async def propose(desk: Desk, visit: Visit, form: Form) -> Response:
    """First a summary of what was pasted, then the proposal."""
    draft = read_draft(form.get("numbers", ""))
    if not draft.numbers or len(draft.numbers) > LINES_MOST:
        return _show_form(desk, visit, form, Refused("bad_argument", {"name": "numbers"}))
    if form.get("step") == "change":
        return _show_form(desk, visit, form, None)
    kind, reason = _kind_in(form), _reason_in(form)
    if form.get("step") != "propose":
        return desk.views.render("bulk_check.html", visit, draft=draft, kind=kind, reason=reason)
    answer = await desk.do(visit, form, "propose_bulk_deed", kind=kind, numbers=draft.numbers, reason=reason)
    return _show_form(desk, visit, form, answer) if isinstance(answer, Refused) else await _show(desk, visit, answer)


def read_draft(text: str) -> Draft:
    """One number a line; commas and semicolons separate, too."""
    typed = [part.strip() for part in re.split(r"[\n\r,;，；、]+", text)]
    given = [part for part in typed if part]
    numbers = list(dict.fromkeys(given))
    return Draft(numbers, len(given) - len(numbers), [each for each in numbers if not _LIKE_A_NUMBER.fullmatch(each)])


async def _show(desk: Desk, visit: Visit, done: Any) -> Response:  # noqa: ANN401  an answer
    found = await desk.ask(visit, "bulk_deeds", "bulkDeeds", first=DEEDS_SHOWN)
    if isinstance(found, Refused):
        return desk.refuse(visit, found)
    refused = done if isinstance(done, Refused) else None
    facts = {"deeds": found, "refused": refused, "done": None if refused else done}
    return desk.views.render("bulk.html", visit, status=_status_of(refused), **facts)


def _show_form(desk: Desk, visit: Visit, form: Form, refused: Refused | None) -> Response:
    if refused and refused.code not in ("not_found", "bad_argument"):
        return desk.refuse(visit, refused)
    facts = {"numbers": form.get("numbers", ""), "kind": _kind_in(form), "reason": _reason_in(form)}
    return desk.views.render(
        "bulk_new.html", visit, status=_status_of(refused), refused=refused, kinds=KINDS, most=LINES_MOST, **facts
    )


def _status_of(refused: Refused | None) -> int:
    return 409 if refused and refused.code == "needs_other_eyes" else refused.status if refused else 200


def _kind_in(form: Form) -> str:
    return form["kind"] if form.get("kind") in KINDS else KINDS[0]


def _reason_in(form: Form) -> str:
    return form.get("reason", "").strip()[: REASON_CHARACTERS * 2]
