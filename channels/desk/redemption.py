"""How do colleagues look up what was redeemed, and take goods back?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.desk.desk import Desk, Form, Refused
from channels.desk.visit import Visit

STEPS = {"begin": "begin_return", "finish": "finish_return", "drop": "drop_return"}
ID_CHARACTERS = 64


async def find(desk: Desk, visit: Visit) -> Response:
    """The form to find a redemption by its id."""
    return _render(desk, visit, "", None, None)


async def found(desk: Desk, visit: Visit, form: Form) -> Response:
    """What became of it; the id stands in no address."""
    return await _look(desk, visit, _id_in(form))


async def take_back(desk: Desk, visit: Visit, form: Form) -> Response:
    """A step of a return, and how the redemption stands now."""
    step, redemption_id = form.get("step", ""), _id_in(form)
    if step not in STEPS:
        return await _look(desk, visit, redemption_id)
    answer = await desk.do(visit, form, STEPS[step], redemptionId=redemption_id)
    if isinstance(answer, Refused):
        return await _look(desk, visit, redemption_id, refused=answer)
    return await _look(desk, visit, redemption_id, done=step)


async def _look(
    desk: Desk, visit: Visit, redemption_id: str, *, refused: Refused | None = None, done: str = ""
) -> Response:
    if not redemption_id:
        return _render(desk, visit, "", None, Refused("not_found", {}))
    redemption: Any = await desk.ask(visit, "served_redemption", "servedRedemption", id=redemption_id)
    if isinstance(redemption, Refused):
        if redemption.code != "not_found":
            return desk.refuse(visit, redemption)
        return _render(desk, visit, redemption_id, None, redemption)
    if refused and refused.code not in {"not_returnable", "not_found"}:
        return desk.refuse(visit, refused)
    return _render(desk, visit, redemption_id, redemption, refused, done=done)


def _render(  # noqa: PLR0913, PLR0917  the faces of one page
    desk: Desk,
    visit: Visit,
    typed: str,
    redemption: Mapping[str, Any] | None,
    refused: Refused | None,
    done: str = "",
) -> Response:
    facts = {"typed": typed, "redemption": redemption, "refused": refused, "done": done}
    return desk.views.render("redemption.html", visit, status=refused.status if refused else 200, **facts)


def _id_in(form: Form) -> str:
    return form.get("id", "").strip()[:ID_CHARACTERS]
