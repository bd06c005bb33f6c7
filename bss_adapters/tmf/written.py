"""What is known of a change where the answer to it can't be read?"""

from collections.abc import Callable
from typing import Any, TypeVar

import orjson

from bss_adapters.tmf.call import Answer, Call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind, bss_fault, leaves_outcome_open
from graphql_schema.ports import BssFault
from graphql_schema.types.money import Money

T = TypeVar("T")


async def send_once(client: TmfClient, call: Call, parse: Callable[[Answer], T]) -> T:
    """Sends what changes something, never twice, and reads the answer. Raises BssFault, with ``outcome_unknown`` where
    it may have been done: also where an answer came that says something else than was asked."""
    answer = await client.fetch(call)
    try:
        return parse(answer)
    except BssFault as fault:
        fault.outcome_unknown = leaves_outcome_open(fault)
        raise


def unknown_word(system: str, answer: Answer) -> BssFault:
    """The fault for a refusal in a word that the contract does not have. It was not done if it was not understood; else
    something of this reference may stand already, and nobody knows what."""
    kind = FaultKind.REFUSED if answer.misunderstood else FaultKind.GARBLED
    return bss_fault(system, kind, "a refusal in an unknown word")


def write_money(money: Money) -> dict[str, Any]:
    """TMF Money, exact."""
    return {"unit": money.currency, "value": orjson.Fragment(format(money.amount, "f"))}


def write_amount(money: Money) -> dict[str, Any]:
    """TMF Quantity of the currency, exact."""
    return {"units": money.currency, "amount": orjson.Fragment(format(money.amount, "f"))}
