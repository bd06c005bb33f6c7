"""How do operations give a recharge back, or a part of it?"""

import re
from typing import Any

from starlette.responses import Response

from channels.desk.desk import Desk, Form, Refused
from channels.desk.visit import Visit

FIELDS = {"recharge": 64, "amount": 12}
_AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
_SAID_HERE = ("not_found", "bad_argument", "amount_refused", "provider_refused")


async def begin(desk: Desk, visit: Visit) -> Response:
    """The form."""
    return _show(desk, visit, dict.fromkeys(FIELDS, ""))


async def refund(desk: Desk, visit: Visit, form: Form) -> Response:
    """First what was typed, to check; then the receipt."""
    typed = {name: form.get(name, "")[:most].strip() for name, most in FIELDS.items()}
    if not typed["recharge"] or not _AMOUNT.fullmatch(typed["amount"]):
        wrong = "amount" if typed["recharge"] else "recharge"
        return _show(desk, visit, typed, refused=Refused("bad_argument", {"name": wrong}))
    if form.get("step") != "refund":
        return _show(desk, visit, typed, checking=form.get("step") == "check")
    answer = await desk.do(visit, form, "refund_recharge", rechargeId=typed["recharge"], amount=typed["amount"])
    if not isinstance(answer, Refused):
        return _show(desk, visit, typed, begun=answer["recharge"])
    return _show(desk, visit, typed, refused=answer) if answer.code in _SAID_HERE else desk.refuse(visit, answer)


def _show(  # noqa: PLR0913  the four faces of one page
    desk: Desk,
    visit: Visit,
    typed: dict[str, str],
    *,
    checking: bool = False,
    refused: Refused | None = None,
    begun: Any = None,  # noqa: ANN401  an answer
) -> Response:
    facts = {"typed": typed, "checking": checking, "refused": refused, "begun": begun}
    return desk.views.render("refund.html", visit, status=refused.status if refused else 200, **facts)
