"""Was it really the operator who called, wrote or rang the bell?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.evidence import read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit
from graphql_schema.client import Caller, Channel, Outcome
from graphql_schema.door import Turned

CONTACTS_SHOWN = 10
CODE_CHARACTERS_MOST = 16


async def check(hall: Hall, visit: Visit) -> Response:
    """The form, and what we really said to this line lately."""
    return await _show(hall, visit, {})


async def judge(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Genuine or not; a visitor says for which number."""
    code, number = read_plain(form.get("code", ""))[:CODE_CHARACTERS_MOST], read_plain(form.get("number", ""))[:32]
    if not code:
        return await _show(hall, visit, form, turned=Turned("contact_code_missing"))
    if not number and _asker(visit).subscriber is None:
        return await _show(hall, visit, form, turned=Turned("number_missing"))
    outcome = await hall.ask("contact_check", _asker(visit), code=code, number=number or None)
    verdict = (outcome.data or {}).get("contact")
    return await _show(hall, visit, form, verdict=verdict, turned=None if verdict else _read_fault(outcome))


def _asker(visit: Visit) -> Caller:
    """Who acts for another asks as a visitor: contacts are the owner's own."""
    return visit.caller if visit.caller and not visit.acting else Caller(Channel.WEB)


def _read_fault(outcome: Outcome) -> Turned:
    error = outcome.error_at("contact")
    if error is not None and error.code == "locked":
        return Turned("locked", error.parameters)
    if error is not None and error.code == "bad_argument":
        return Turned("invalid_number" if error.parameters.get("name") == "number" else "contact_code_missing")
    return Turned("check_unavailable")


async def _show(
    hall: Hall,
    visit: Visit,
    typed: Mapping[str, str],
    *,
    verdict: Mapping[str, Any] | None = None,
    turned: Turned | None = None,
) -> Response:
    asker = _asker(visit)
    recent = await hall.ask("contacts", asker, first=CONTACTS_SHOWN) if asker.subscriber else None
    return hall.views.render(
        "check.html",
        visit,
        status={"locked": 429, "check_unavailable": 503}.get(turned.code, 422) if turned else 200,
        known=asker.subscriber is not None,
        number=typed.get("number", "")[:32],
        verdict=verdict,
        turned=turned,
        recent=recent,
        contacts=((recent.data or {}).get("me") or {}).get("contacts") if recent else None,
    )
