"""How does a colleague keep on a line what its owner was promised?"""

import re
from datetime import date
from typing import Any

from starlette.responses import Response

from channels.desk.desk import Desk, Form, Refused
from channels.desk.visit import Visit

FIELDS = {"number": 32, "offering": 128, "price": 12, "gift": 12, "starts": 10, "months": 3, "note": 200, "source": 8}
SOURCES = ("SELLER", "CAMPAIGN")
_AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
_SAID_HERE = ("not_found", "bad_argument", "too_many")


async def begin(desk: Desk, visit: Visit) -> Response:
    """The form."""
    return _show(desk, visit, dict.fromkeys(FIELDS, ""))


async def keep(desk: Desk, visit: Visit, form: Form) -> Response:
    """First what was typed, to check; then the receipt. The way back keeps what was typed."""
    typed = {name: form.get(name, "")[:most].strip() for name, most in FIELDS.items()}
    wrong = next((name for name in ("price", "gift", "starts", "months") if not _is_written(name, typed[name])), None)
    if wrong:
        return _show(desk, visit, typed, refused=Refused("bad_argument", {"name": wrong}))
    if form.get("step") != "keep":
        return _show(desk, visit, typed, checking=form.get("step") == "check")
    given = {
        "number": typed["number"],
        "offeringId": typed["offering"],
        "monthlyPrice": typed["price"],
        "gift": typed["gift"] or None,
        "startsOn": typed["starts"],
        "months": int(typed["months"]),
        "source": typed["source"] if typed["source"] in SOURCES else SOURCES[0],
        "note": typed["note"],
    }
    answer = await desk.do(visit, form, "keep_promise", **given)
    if not isinstance(answer, Refused):
        return _show(desk, visit, typed, kept=answer)
    return _show(desk, visit, typed, refused=answer) if answer.code in _SAID_HERE else desk.refuse(visit, answer)


def _is_written(name: str, typed: str) -> bool:
    if name == "months":
        return typed.isascii() and typed.isdigit()
    if name == "starts":
        try:
            return bool(date.fromisoformat(typed))
        except ValueError:
            return False
    return _AMOUNT.fullmatch(typed) is not None or (name == "gift" and not typed)


def _show(  # noqa: PLR0913  the four faces of one page
    desk: Desk,
    visit: Visit,
    typed: dict[str, str],
    *,
    checking: bool = False,
    refused: Refused | None = None,
    kept: Any = None,  # noqa: ANN401  an answer
) -> Response:
    facts = {"sources": SOURCES, "typed": typed, "checking": checking, "refused": refused, "kept": kept}
    return desk.views.render("promise.html", visit, status=refused.status if refused else 200, **facts)
