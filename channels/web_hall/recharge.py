"""How does anybody put money onto a number, and see what became of it?"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from channels.browser.qr_code import draw_qr_code
from channels.web_hall.amounts import read_amount
from channels.web_hall.deed import perform
from channels.web_hall.hall import Hall
from channels.web_hall.recharge_wish import (
    RechargeWish,
    list_ways,
    read_money_refusal,
    read_number,
    read_recharge_wish,
)
from channels.web_hall.visit import Visit
from graphql_schema.client import Outcome
from graphql_schema.door import Turned

MOVING = frozenset({"WAITING", "CHECKING", "PAID", "REFUNDING"})
"""While a recharge is in one of these its page refreshes itself."""


async def recharge(hall: Hall, visit: Visit) -> Response:
    """The form: number, amount, how to pay."""
    return await _ask(hall, visit, visit.request.query_params)


async def start(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Shows what was typed once more, then opens the payment, once."""
    outcome = await hall.ask("recharge_options", visit.payer)
    refused = hall.refuse_outcome(visit, outcome, "rechargeOptions")
    if refused:
        return refused
    options, deed = (outcome.data or {})["rechargeOptions"], form.get("deed")
    if deed == "edit":
        return _show_form(hall, visit, options, form, expected=await _expect(hall, visit, form))
    wish = read_recharge_wish(form, options, has_line=visit.payer.subscriber is not None)
    if isinstance(wish, Turned):
        return _show_form(hall, visit, options, form, wish)
    if deed != "send":
        return _show_form(hall, visit, options, form, wish=wish, expected=await _expect(hall, visit, wish.fields))
    return await _send(hall, visit, options, form, wish)


async def pay(hall: Hall, visit: Visit) -> Response:
    """How to pay it while it waits, and then what became of it: its receipt, for whoever has this address."""
    outcome = await hall.ask("pay_offer", visit.payer, receipt=visit.request.path_params["receipt"])
    refused = hall.refuse_outcome(visit, outcome, "payOffer")
    if refused:
        return _keep_out_of_indexes(refused)
    offer: Mapping[str, Any] = (outcome.data or {})["payOffer"]
    found, way_to_pay = offer["recharge"], offer["pay"]
    response = hall.views.render(
        "pay.html",
        visit,
        recharge=found,
        page=way_to_pay["page"] if way_to_pay else None,
        picture=draw_qr_code(way_to_pay["qr"]) if way_to_pay and way_to_pay["qr"] else None,
        moving=found["state"] in MOVING,
        here=visit.request.url.path,
    )
    return _keep_out_of_indexes(response)


async def cancel(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Closes one that waits for its payment; whatever it then is, its page says."""
    receipt, here = visit.request.path_params["receipt"], visit.request.url.path
    word = await perform(hall, visit, form, "cancel_recharge", back=here, by=visit.payer, receipt=receipt)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "Recharge":
        return hall.refuse(visit, "not_found", status=404)
    return hall.views.lead_to(here, visit)


async def _send(
    hall: Hall, visit: Visit, options: Mapping[str, Any], form: Mapping[str, str], wish: RechargeWish
) -> Response:
    word = await perform(hall, visit, form, "start_recharge", back="/recharge", by=visit.payer, **wish.wanted)
    if isinstance(word, Response):
        return word
    if word["__typename"] != "RechargeStarted":
        return _show_form(hall, visit, options, form, read_money_refusal(word))
    return hall.views.lead_to(f"/recharge/{word['recharge']['receipt']}", visit)


async def _ask(hall: Hall, visit: Visit, typed: Mapping[str, str]) -> Response:
    outcome = await hall.ask("recharge_options", visit.payer)
    refused = hall.refuse_outcome(visit, outcome, "rechargeOptions")
    if refused:
        return refused
    options = (outcome.data or {})["rechargeOptions"]
    amount = read_amount(typed.get("amount", ""), options["least"], options["most"])
    expected = None if isinstance(amount, Turned) else await _expect(hall, visit, {"amount": amount})
    return _show_form(hall, visit, options, typed, expected=expected)


async def _expect(hall: Hall, visit: Visit, wish: Mapping[str, str]) -> Outcome | None:
    """What the amount would earn on the own line; None: it is another's, nobody's or no amount.

    A forecast that can't be had keeps nobody from recharging.
    """
    payer = visit.payer
    number, amount = read_number(wish), wish.get("amount", "")
    if payer.subscriber is None or number not in ("", payer.number) or not amount:
        return None
    return await hall.ask("reward_forecast", payer, amount=amount)


def _show_form(  # noqa: PLR0913, PLR0917  a form has many sides
    hall: Hall,
    visit: Visit,
    options: Mapping[str, Any],
    typed: Mapping[str, str],
    turned: Turned | None = None,
    wish: RechargeWish | None = None,
    expected: Outcome | None = None,
) -> Response:
    posted = visit.request.method == "POST"  # a number stands in no address
    return hall.views.render(
        "recharge.html",
        visit,
        status=422 if turned else 200,
        options=options,
        ways=list_ways(options),
        number=typed.get("number", "")[:32] if posted else "",
        amount=typed.get("amount", "")[:16],
        other_amount=typed.get("other_amount", "")[:16],
        pay=typed.get("pay", ""),
        has_line=visit.payer.subscriber is not None,
        turned=turned,
        wish=wish,
        expected=expected,
    )


def _keep_out_of_indexes(response: Response) -> Response:
    """Whoever has the address sees the receipt: it is kept by nobody (every page of ours is) and found by nobody."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
