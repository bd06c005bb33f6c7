"""How does a voucher card's money come onto a number?"""

from collections.abc import Mapping

from starlette.responses import Response

from channels.web_hall.deed import perform
from channels.web_hall.evidence import read_plain
from channels.web_hall.hall import Hall
from channels.web_hall.recharge_wish import read_money_refusal, read_number
from channels.web_hall.visit import Visit
from graphql_schema.door import Turned

CARD_DIGITS = 18


async def voucher(hall: Hall, visit: Visit) -> Response:
    """First the number, if it is not the own one; the card is asked for when that stands."""
    return _show(hall, visit, "", ask_card=_has_line(visit))


async def redeem(hall: Hall, visit: Visit, form: Mapping[str, str]) -> Response:
    """Takes the number, then the card. A card is in no page, address, draft or key."""
    number, deed = read_number(form), form.get("deed")
    if deed == "edit" or (not number and not _has_line(visit)):
        turned = Turned("number_missing") if deed != "edit" else None
        return _show(hall, visit, number, turned, ask_card=False)
    if deed != "send":
        return _show(hall, visit, number, ask_card=True)
    card = read_plain(form.get("card", ""))
    if len(card) != CARD_DIGITS or not (card.isascii() and card.isdigit()):
        return _show(hall, visit, number, Turned("card_missing"), ask_card=True)
    word = await perform(
        hall, visit, form, "redeem_voucher", back="/recharge/voucher", secret={"card": card}, by=visit.payer,
        number=number or None,
    )  # fmt: skip
    if isinstance(word, Response):
        return word
    if word["__typename"] == "Recharge":
        return hall.views.lead_to(f"/recharge/{word['receipt']}", visit)
    refusal = read_money_refusal(word)
    about_the_number = refusal.code in {"not_rechargeable", "bad_input"}
    return _show(hall, visit, number, refusal, ask_card=not about_the_number)


def _has_line(visit: Visit) -> bool:
    return visit.payer.subscriber is not None


def _show(hall: Hall, visit: Visit, number: str, turned: Turned | None = None, *, ask_card: bool) -> Response:
    return hall.views.render(
        "voucher.html",
        visit,
        status={"locked": 429}.get(turned.code, 422) if turned else 200,
        number=number,
        ask_card=ask_card,
        has_line=_has_line(visit),
        turned=turned,
    )
