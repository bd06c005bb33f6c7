"""How is an answer of the SMS hall written for somebody who asked in another place?"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from channels.rendering import Language
from channels.sms.asking import Asking, Heard, NeedsProof, Refused
from channels.sms.memory import Memory
from channels.sms.money_deeds import tell_bill_detail, tell_bill_difference
from channels.sms.points_deeds import tell_points
from graphql_schema.client import Caller

_TOLD: Mapping[str, Callable[[Asking, Caller, Heard], Awaitable[str]]] = {
    "bill_detail": tell_bill_detail,
    "bill_difference": tell_bill_difference,
    "points": tell_points,
}


async def compose_answer(
    asking: Asking, command: str, caller: Caller, language: Language, *, now: datetime
) -> str | None:
    """What a text with this command would be answered, for a caller who is as sure as they are elsewhere; None where
    the answer is no. Nothing is asked back, so ``asking`` is best made with ``by_digit=False``."""
    heard = Heard(caller.number or "", language, "", Memory(), now)
    try:
        if command in _TOLD:
            return await _TOLD[command](asking, caller, heard)
        return await asking.run(command, caller, heard)
    except (Refused, NeedsProof):
        return None
