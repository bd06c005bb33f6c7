"""How does a text put a voucher card's money onto a line?"""

from channels.sms.asking import Asking, Heard, NeedsProof, Refused
from channels.sms.memory import Memory
from channels.sms.proof import Proofs
from graphql_schema.client import Caller

CARD_DIGITS = 18


async def voucher(
    asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard
) -> tuple[str, Memory]:
    """CZ#card puts its money onto the line that texts, CZ#card#number onto another. The card is answered and forgotten:
    the text is blanked, and no word of ours repeats it."""
    if not arguments:
        return asking.word("voucher_how", heard), heard.memory
    card, number = split_card(arguments)
    if not card:
        raise Refused("bad_card")
    if not number and caller.subscriber is None:
        raise Refused("whose_card")
    try:
        recharge = await asking.do("redeem_voucher", caller, heard, card=card, number=number or None)
    except NeedsProof:  # a card must not wait in the dialogue for a proof
        raise Refused("step_up_required") from None
    except Refused as refused:
        if refused.code == "locked":
            raise Refused("voucher_locked") from None
        raise
    rests = await asking.find_rests(heard, ("voucher",))
    return asking.word("voucher", heard, recharge=recharge, rests=rests), heard.memory


def split_card(values: tuple[str, ...]) -> tuple[str, str]:
    """The card's 18 digits, which people write in groups, and the number after them; two empty texts where the values
    are no such thing."""
    for taken in range(1, len(values) + 1):
        card, number = "".join(values[:taken]), "".join(values[taken:])
        if len(card) >= CARD_DIGITS:
            whole = len(card) == CARD_DIGITS and (card + number).isascii() and (card + number).isdecimal()
            return (card, number) if whole else ("", "")
    return "", ""


DEEDS = (voucher,)
