"""May a client of the operator's partners see what is this person's?"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit
from graphql_schema.door import ConsentQuestion, Consents, LeadTo, MustProve, Turned


async def authorize(hall: Hall, visit: Visit) -> Response:
    """The consent page; a client that asks wrongly is told of here and never led back to."""
    query = parse_qsl(visit.request.url.query, keep_blank_values=True)
    if len({name for name, _ in query}) < len(query):
        return _refuse(hall, visit, Turned("bad_request"))
    answer = await _consents(hall).examine(dict(query), None if visit.acting else visit.caller)
    match answer:
        case Turned():
            return _refuse(hall, visit, answer)
        case LeadTo():
            return hall.views.lead_to(answer.address, visit)
        case MustProve() if visit.caller is None:
            return hall.ask_to_sign_in(visit)
        case MustProve():
            return hall.ask_to_prove(visit, answer.level, answer.fresh_within_seconds, visit.here)
        case ConsentQuestion():
            return hall.views.render("authorize.html", visit, question=answer)


async def decide(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """The person's yes or no, once. A page lies between this form and the client's address: see ``Views.go_on``."""
    if visit.caller is None or visit.acting:
        return hall.ask_to_sign_in(visit)
    granted = form.get("answer") == "allow"
    answer = await _consents(hall).decide(form.get("request", ""), granted=granted, caller=visit.caller)
    return _refuse(hall, visit, answer) if isinstance(answer, Turned) else hall.views.hop(answer.address, visit)


def _refuse(hall: Hall, visit: Visit, turned: Turned) -> Response:
    status = 503 if turned.code == "unavailable" else 400
    known = turned.code if turned.code in ("bad_client", "bad_redirect", "unavailable") else "bad_request"
    return hall.refuse(visit, known, status=status)


def _consents(hall: Hall) -> Consents:
    if hall.doors.consents is None:
        raise LookupError("a client came to a hall that has no consents")
    return hall.doors.consents
