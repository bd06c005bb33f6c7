"""What does each page of the hall ask, and which template shows the answer?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own

BILLS_A_PAGE = 6
MESSAGES_SHOWN = 50


async def welcome(hall: Hall, visit: Visit) -> Response:
    """What the hall does, for a visitor; who is signed in goes on to their own page."""
    if visit.caller:
        return hall.views.lead_to("/home", visit)
    return hall.views.render("welcome.html", visit, done=visit.request.query_params.get("done"))


async def home(hall: Hall, visit: Visit) -> Response:
    """What do I owe, what have I left, when does it reset, what needs my attention?"""
    outcome = await hall.ask("home", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me")
    return refused or hall.views.render("home.html", visit, outcome=outcome, me=(outcome.data or {})["me"])


async def bills(hall: Hall, visit: Visit) -> Response:
    """The bills kept online, six at a time, newest first; the cursor stands in the address."""
    after = visit.request.query_params.get("after") or None
    outcome = await hall.ask("bills", own(visit), first=BILLS_A_PAGE, after=after)
    refused = hall.refuse_outcome(visit, outcome, "me", "bills")
    if refused:
        return refused
    return hall.views.render("bills.html", visit, connection=(outcome.data or {})["me"]["bills"], after=after)


async def bill(hall: Hall, visit: Visit) -> Response:
    """One bill by subject, and why it differs from the one before."""
    outcome = await hall.ask("bill", own(visit), id=visit.request.path_params["bill_id"])
    refused = hall.refuse_outcome(visit, outcome, "me", "bill")
    if refused:
        return refused
    me = (outcome.data or {})["me"]
    older = _find_bill_before(me)
    before = await _fetch_bill_before(hall, visit, older) if older else None
    failed = me["bills"] is None or (older is not None and before is None)
    return hall.views.render("bill.html", visit, itemized=me["bill"], before=before, before_failed=failed)


async def usage(hall: Hall, visit: Visit) -> Response:
    """Every allowance: where it came from, what is used of it, how long it lasts."""
    outcome = await hall.ask("usage", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "buckets")
    return refused or hall.views.render("usage.html", visit, outcome=outcome, me=(outcome.data or {})["me"])


async def inbox(hall: Hall, visit: Visit) -> Response:
    """What the house told this line of its own accord, newest first."""
    outcome = await hall.ask("inbox", own(visit), first=MESSAGES_SHOWN)
    refused = hall.refuse_outcome(visit, outcome, "me", "inbox")
    return refused or hall.views.render("inbox.html", visit, messages=(outcome.data or {})["me"]["inbox"])


async def settings(hall: Hall, visit: Visit) -> Response:
    """Language, theme and size, as a plain form."""
    return hall.views.render("settings.html", visit, saved="saved" in visit.request.query_params)


def _find_bill_before(me: Mapping[str, Any]) -> str | None:
    """The id of the bill of the period before, to compare with; None when there is none, or no list of bills."""
    nodes = [edge["node"] for edge in (me["bills"] or {"edges": ()})["edges"]]
    older = [node for node in nodes if node["periodStart"] < me["bill"]["bill"]["periodStart"]]
    return str(max(older, key=lambda node: node["periodStart"])["id"]) if older else None


async def _fetch_bill_before(hall: Hall, visit: Visit, bill_id: str) -> dict[str, Any] | None:
    """That bill by subject; None when it can't be had now."""
    outcome = await hall.ask("bill_before", own(visit), id=bill_id)
    answer = ((outcome.data or {}).get("me") or {}).get("bill")
    return answer if isinstance(answer, dict) else None
