"""How is the operator asked for something, once, whatever became of the answer?"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from graphql_schema.loyalty_ports import Fulfilled, FulfilmentState
from graphql_schema.ports import BssFault
from loyalty.campaigns.needs import Bureau

REASON_CHARACTERS: Final = 32


async def find_or_ask(
    bureau: Bureau,
    account_id: str,
    reference: str,
    ask: Callable[[], Awaitable[Fulfilled]],
    *,
    asked_at: datetime | None,
) -> Fulfilled:
    """What the operator says. ``asked_at`` None: nobody asked before; otherwise what became of it is asked first, and
    the deed again, under the same reference, where it was never heard of. Raises BssFault: nobody knows.

    What the operator never heard of and turns down for certain (not for the moment), and that for so long that no
    earlier request can be on its way, is refused.
    """
    if asked_at is None:
        return await ask()
    found = await bureau.fulfilment.find(account_id, reference)
    if found.state is not FulfilmentState.UNKNOWN:
        return found
    try:
        return await ask()
    except BssFault as fault:
        certain = not (fault.retryable or fault.outcome_unknown)
        if not certain or bureau.now() - asked_at < bureau.rules.given_up_after:
            raise
        return Fulfilled(reference, FulfilmentState.REFUSED, reason=fault.code)


def read_reason(answer: Fulfilled) -> str:
    """Why it was refused, as far as a row has room for it."""
    return answer.reason[:REASON_CHARACTERS] or "refused"
