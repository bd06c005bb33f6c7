"""What can be had for points, and how is it redeemed?"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from channels.web_hall.deed import perform, read_refusal
from channels.web_hall.delivery import find_fault, keep_typed, read_delivery
from channels.web_hall.hall import Hall
from channels.web_hall.points_transfer import read_points
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

REDEMPTIONS_SHOWN = 50


async def mall(hall: Hall, visit: Visit) -> Response:
    """Everything that is offered, with what keeps this line from it."""
    outcome = await hall.ask("rewards", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "rewardItems")
    return refused or hall.views.render("rewards.html", visit, me=(outcome.data or {})["me"])


async def reward(hall: Hall, visit: Visit) -> Response:
    """One of them: what it is, what it costs, its terms, and for goods where it goes."""
    return await _show(hall, visit, {})


async def redeem(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Shows price, rest and address once more, then redeems, once, for the points that were shown."""
    preview = await _preview(hall, visit)
    if isinstance(preview, Response):
        return preview
    deed = form.get("deed")
    delivery = read_delivery(form) if preview["needsDelivery"] and deed != "edit" else None
    if isinstance(delivery, Turned):
        return _render(hall, visit, preview, form, delivery)
    if deed != "send":
        return _render(hall, visit, preview, form, checking=deed == "check" and not preview["item"]["obstacles"])
    return await _send(hall, visit, form, preview, delivery)


async def redemptions(hall: Hall, visit: Visit) -> Response:
    """What was redeemed, newest first."""
    outcome = await hall.ask("redemptions", own(visit), first=REDEMPTIONS_SHOWN)
    refused = hall.refuse_outcome(visit, outcome, "me", "redemptions")
    return refused or hall.views.render(
        "redemptions.html", visit, redemptions=(outcome.data or {})["me"]["redemptions"], most=REDEMPTIONS_SHOWN
    )


async def redemption(hall: Hall, visit: Visit) -> Response:
    """One of them, step by step: its receipt, with a voucher's code and where goods are."""
    outcome = await hall.ask("redemption", own(visit), id=visit.request.path_params["redemption_id"])
    refused = hall.refuse_outcome(visit, outcome, "me", "redemption")
    if refused:
        return refused
    found = (outcome.data or {})["me"]["redemption"]
    return hall.views.render(
        "redemption.html", visit, redemption=found, moving=found["state"] == "WORKING", here=visit.request.url.path
    )


async def _send(
    hall: Hall,
    visit: Visit,
    form: Mapping[str, str],
    preview: Mapping[str, Any],
    delivery: Mapping[str, str] | None,
) -> Response:
    item = preview["item"]
    agreed = read_points(form.get("points", "")) or 0
    word = await perform(
        hall, visit, form, "redeem_reward", back=f"/rewards/{quote(item['code'])}",
        secret={"delivery": delivery} if delivery else None, code=item["code"], points=agreed,
    )  # fmt: skip
    if isinstance(word, Response):
        return word
    if word["__typename"] == "NotFound":
        return hall.refuse(visit, "not_found", status=404)
    if word["__typename"] != "Redemption":
        refusal = read_refusal(word)
        return _render(hall, visit, preview, form, find_fault(refusal.parameters.get("name", "")) or refusal)
    return hall.views.lead_to(f"/redemptions/{word['id']}", visit)


async def _preview(hall: Hall, visit: Visit) -> Mapping[str, Any] | Response:
    outcome = await hall.ask("reward", own(visit), code=visit.request.path_params["code"])
    refused = hall.refuse_outcome(visit, outcome, "me", "redemptionPreview")
    if refused:
        return refused
    found: Mapping[str, Any] = (outcome.data or {})["me"]["redemptionPreview"]
    return found


async def _show(hall: Hall, visit: Visit, typed: Mapping[str, str]) -> Response:
    preview = await _preview(hall, visit)
    return preview if isinstance(preview, Response) else _render(hall, visit, preview, typed)


def _render(  # noqa: PLR0913  a form has many sides
    hall: Hall,
    visit: Visit,
    preview: Mapping[str, Any],
    typed: Mapping[str, str],
    turned: Turned | None = None,
    *,
    checking: bool = False,
) -> Response:
    return hall.views.render(
        "reward.html",
        visit,
        status=422 if turned else 200,
        preview=preview,
        item=preview["item"],
        typed=keep_typed(typed),
        checking=checking,
        turned=turned,
    )
