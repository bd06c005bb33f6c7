"""How does a form become a deed that happens once, and where does a refused one lead?"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from starlette.responses import Response

from channels.web_hall.hall import STATUS_OF, Hall
from channels.web_hall.visit import Visit
from graphql_schema.client import Caller, GraphError, Outcome
from graphql_schema.door import Turned

Word = Mapping[str, Any]
"""A member of a mutation's union, with its ``__typename``."""

_SAME_FOR_ALL = {
    "NotYours": ("not_yours", 403),
    "KeyReused": ("key_reused", 409),
    "StillUnderWay": ("under_way", 409),
    "BillNotFound": ("bill_not_found", 404),
    "MonthNotKept": ("month_not_kept", 404),
    "RecordsLocked": ("records_locked", 403),
}
_TURNED_AS = {"WrongSecret": "wrong_secret", "BadInput": "bad_input"}


async def perform(  # noqa: PLR0913  a deed has many sides
    hall: Hall,
    visit: Visit,
    form: Mapping[str, str],
    operation: str,
    *,
    back: str,
    draft: Sequence[str] = (),
    secret: Mapping[str, Any] | None = None,
    by: Caller | None = None,
    **given: Any,  # noqa: ANN401  the input's fields
) -> Word | Response:
    """Does a deed with this input, once for each time that its form was shown; a word for the page itself to say, or
    the
    page that ends the attempt.

    Where one more proof is needed the person goes for it and comes ``back`` to the form, in which what was typed into
    the fields ``draft`` stands again. ``secret`` are fields of the input that neither key nor draft may know. ``by``
    does the deeds that a visitor may do too; any other is done by who is signed in.
    """
    caller = by or visit.caller
    if caller is None:
        return hall.ask_to_sign_in(visit)
    key = _make_key(form, operation, given)
    fields = given | dict(secret or {}) | {"idempotencyKey": key}
    outcome = await hall.ask(operation, caller, input=fields)
    word = next(iter((outcome.data or {}).values()), None)
    if word is None:
        return _refuse_failed(hall, visit, outcome)
    return _answer_for_all(hall, visit, word, back, {name: form.get(name, "") for name in draft}) or word


def read_refusal(word: Word) -> Turned:
    """A refusal of the union as a code and its parameters, worded like those of the door."""
    name = word["__typename"]
    code = _TURNED_AS.get(name) or re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    facts = {re.sub(r"([A-Z])", r"_\1", key).lower(): fact for key, fact in word.items() if key != "__typename"}
    if "sim_until" in facts:
        facts["until"] = facts.pop("sim_until")
    return Turned(code, facts)


def take_draft(hall: Hall, visit: Visit) -> dict[str, str]:
    """What was typed here before one more proof was asked for; empty if nothing was."""
    return hall.views.cookies.read_draft(visit.request)


def drop_draft(hall: Hall, response: Response) -> Response:
    """Forgets what was typed: it stands in the form again."""
    hall.views.cookies.forget(response, hall.views.cookies.draft)
    return response


def _make_key(form: Mapping[str, str], operation: str, given: Mapping[str, Any]) -> str:
    """The same for a form that is sent twice, another for another form, button or input."""
    nonce = form.get("form", "").partition(".")[0]
    return f"{nonce}.{sha256(json.dumps([operation, given], sort_keys=True).encode()).hexdigest()[:16]}"


def _refuse_failed(hall: Hall, visit: Visit, outcome: Outcome) -> Response:
    error = outcome.errors[0] if outcome.errors else GraphError("unexpected")
    return hall.refuse(visit, error.code, status=STATUS_OF.get(error.code, 503))


def _answer_for_all(hall: Hall, visit: Visit, word: Word, back: str, typed: Mapping[str, str]) -> Response | None:
    name = word["__typename"]
    if name == "SignInRequired":
        return hall.ask_to_sign_in(visit)
    if name == "StepUpRequired":
        response = hall.ask_to_prove(visit, word["needed"], word["freshWithinSeconds"], back)
        hall.views.cookies.keep_draft(response, back, typed)
        return response
    if name == "Rests":
        return hall.refuse(visit, "rests", status=403, until=datetime.fromisoformat(word["until"]))
    if name == "DeedOff":
        until = word["offUntil"] and datetime.fromisoformat(word["offUntil"])
        return hall.refuse(visit, "deed_off", status=STATUS_OF["deed_off"], until=until, reason=word["offWhy"])
    if name == "PaidByOther":
        return hall.refuse(visit, "paid_by_other", status=403, payer=word["payer"])
    code, status = _SAME_FOR_ALL.get(name, ("", 0))
    return hall.refuse(visit, code, status=status) if code else None
