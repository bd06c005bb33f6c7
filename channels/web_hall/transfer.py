"""How does a customer give own money to another line?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.web_hall.amounts import read_amount
from channels.web_hall.deed import drop_draft, perform, take_draft
from channels.web_hall.hall import Hall
from channels.web_hall.recharge_wish import read_money_refusal, read_number
from channels.web_hall.visit import Visit, own
from graphql_schema.door import Turned

DONE = frozenset({"done", "pending"})
_TYPED = ("number", "amount")


async def transfer(hall: Hall, visit: Visit) -> Response:
    """How much can be given now, the form, and what was given."""
    draft = take_draft(hall, visit)
    response = await _show(hall, visit, draft)
    return drop_draft(hall, response) if draft else response


async def give(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Shows number and amount once more, then gives, once: it can't be taken back."""
    if form.get("deed") == "edit":
        return await _show(hall, visit, form)
    outcome = await hall.ask("transfer", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "transferTerms")
    if refused:
        return refused
    wish = _read(form, (outcome.data or {})["me"]["transferTerms"])
    if isinstance(wish, Turned):
        return await _show(hall, visit, form, wish)
    if form.get("deed") != "send":
        return await _show(hall, visit, form, wish=wish)
    return await _send(hall, visit, form, wish)


async def _send(hall: Hall, visit: Visit, form: Mapping[str, str], wish: Mapping[str, str]) -> Response:
    word = await perform(
        hall, visit, form, "transfer_balance", back="/transfer", draft=_TYPED, number=wish["number"],
        amount=wish["amount"],
    )  # fmt: skip
    if isinstance(word, Response):
        return word
    if word["__typename"] != "BalanceTransfer":
        return await _show(hall, visit, form, read_money_refusal(word))
    return hall.views.lead_to("/transfer?done=" + ("done" if word["state"] == "DONE" else "pending"), visit)


async def _show(
    hall: Hall,
    visit: Visit,
    typed: Mapping[str, str],
    turned: Turned | None = None,
    *,
    wish: Mapping[str, str] | None = None,
) -> Response:
    outcome = await hall.ask("transfer", own(visit))
    refused = hall.refuse_outcome(visit, outcome, "me", "transferTerms")
    if refused:
        return refused
    me = (outcome.data or {})["me"]
    done = visit.request.query_params.get("done")
    return hall.views.render(
        "transfer.html",
        visit,
        status=422 if turned else 200,
        terms=me["transferTerms"],
        transfers=me["transfers"],
        fault=outcome.error_at("me", "transfers"),
        typed={name: typed.get(name, "")[:32] for name in _TYPED},
        wish=wish,
        turned=turned,
        done=done if done in DONE else None,
    )


def _read(typed: Mapping[str, str], terms: Mapping[str, Any]) -> dict[str, str] | Turned:
    number = read_number(typed)
    if not number:
        return Turned("number_missing")
    amount = read_amount(typed.get("amount", ""), terms["least"], terms["most"])
    return amount if isinstance(amount, Turned) else {"number": number, "amount": amount}
