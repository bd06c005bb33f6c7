"""What can be bought, what does it cost, and how do offerings differ?"""

from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import Response

from channels.web_hall.hall import Hall
from channels.web_hall.visit import Visit, own

KINDS = ("PLAN", "ADD_ON")
FEES = ("10", "30", "60", "100", "200")
"""Monthly fees, at most so dear, that can be chosen."""
TEXT_CHARACTERS_MOST = 60
ID_CHARACTERS_MOST = 128
COMPARED = range(2, 5)


async def catalogue(hall: Hall, visit: Visit) -> Response:
    """What is on sale, by shelf, kind, fee and name: for everybody. The address holds the choice."""
    chosen = _read_choice(visit.request.query_params)
    outcome = await hall.ask("catalogue", visit.asker, **chosen)
    refused = hall.refuse_outcome(visit, outcome, "catalogue")
    return refused or hall.views.render(
        "catalogue.html", visit, catalogue=(outcome.data or {})["catalogue"], chosen=chosen, kinds=KINDS, fees=FEES
    )


async def offering(hall: Hall, visit: Visit) -> Response:
    """One offering with its terms, what it requires and what it excludes."""
    outcome = await hall.ask("offering", visit.asker, id=visit.request.path_params["offering_id"])
    refused = hall.refuse_outcome(visit, outcome, "catalogue", "offering")
    return refused or hall.views.render("offering.html", visit, offering=(outcome.data or {})["catalogue"]["offering"])


async def compare(hall: Hall, visit: Visit) -> Response:
    """Two to four offerings side by side."""
    ids = _read_ids(visit.request.query_params)
    if len(ids) not in COMPARED:
        return hall.views.render("compare.html", visit, status=422, offerings=None, chosen=len(ids))
    outcome = await hall.ask("compare_offerings", visit.asker, ids=ids)
    refused = hall.refuse_outcome(visit, outcome, "catalogue", "compare")
    return refused or hall.views.render(
        "compare.html", visit, offerings=(outcome.data or {})["catalogue"]["compare"], chosen=len(ids)
    )


async def advice(hall: Hall, visit: Visit) -> Response:
    """What the last bills would have been with other plans, the own one first."""
    outcome = await hall.ask("recommendations", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "recommendations")
    return refused or hall.views.render("advice.html", visit, plans=(outcome.data or {})["me"]["recommendations"])


def _read_choice(given: QueryParams) -> dict[str, Any]:
    """The arguments of the graph's field; what no form of ours sends is passed over."""
    kind, most = given.get("kind"), given.get("most")
    return {
        "kind": kind if kind in KINDS else None,
        "categoryId": given.get("shelf", "")[:ID_CHARACTERS_MOST] or None,
        "text": given.get("text", "").strip()[:TEXT_CHARACTERS_MOST] or None,
        "monthlyFeeMost": most if most in FEES else None,
    }


def _read_ids(given: QueryParams) -> list[str]:
    """``?ids=a,b`` and the ticked boxes ``?ids[]=a&ids[]=b`` alike, each once."""
    ids = [part for name in ("ids", "ids[]") for value in given.getlist(name) for part in value.split(",")]
    return list(dict.fromkeys(part[:ID_CHARACTERS_MOST] for part in ids if part))[: COMPARED.stop]
