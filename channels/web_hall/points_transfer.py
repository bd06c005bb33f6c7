"""How does a customer give points to another line of theirs?"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.deed import drop_draft, perform, read_refusal, take_draft
from channels.web_hall.hall import Hall
from channels.web_hall.recharge_wish import read_number
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

ADDRESS = "/points/transfer"
_TYPED = ("number", "points")
_WHOLE = re.compile(r"[0-9]{1,9}")


async def transfer(hall: Hall, visit: Visit) -> Response:
    """How many there are, and the form."""
    draft = take_draft(hall, visit)
    response = await _show(hall, visit, draft)
    return drop_draft(hall, response) if draft else response


async def give(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Shows number and points once more, then gives, once; the answer is the receipt, and the statement keeps it."""
    if form.get("deed") == "edit":
        return await _show(hall, visit, form)
    wish = _read(form)
    if isinstance(wish, Turned):
        return await _show(hall, visit, form, wish)
    if form.get("deed") != "send":
        return await _show(hall, visit, form, wish=wish)
    return await _send(hall, visit, form, wish)


def read_points(typed: str) -> int | None:
    """``1,000`` → 1000; None: it is no whole number above nothing."""
    plain = "".join(each for each in unicodedata.normalize("NFKC", typed) if not each.isspace() and each != ",")
    return int(plain) or None if _WHOLE.fullmatch(plain) else None


def _read(typed: Mapping[str, str]) -> dict[str, Any] | Turned:
    number, points = read_number(typed), read_points(typed.get("points", ""))
    if not number:
        return Turned("number_missing")
    return Turned("points_missing") if points is None else {"number": number, "points": points}


async def _send(hall: Hall, visit: Visit, form: Mapping[str, str], wish: Mapping[str, Any]) -> Response:
    word = await perform(hall, visit, form, "transfer_points", back=ADDRESS, draft=_TYPED, **wish)
    if isinstance(word, Response):
        return word
    if word["__typename"] == "PointsTransferred":
        return hall.views.render("points_transferred.html", visit, done=word)
    refusal = read_refusal(word)
    return await _show(hall, visit, form, Turned("not_your_line") if refusal.code == "not_found" else refusal)


async def _show(
    hall: Hall,
    visit: Visit,
    typed: Mapping[str, str],
    turned: Turned | None = None,
    *,
    wish: Mapping[str, Any] | None = None,
) -> Response:
    outcome = await hall.ask("points_transfer", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "points")
    return refused or hall.views.render(
        "points_transfer.html",
        visit,
        status=422 if turned else 200,
        points=(outcome.data or {})["me"]["points"],
        typed={name: typed.get(name, "")[:32] for name in _TYPED},
        wish=wish,
        turned=turned,
    )
