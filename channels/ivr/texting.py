"""Which answers of a call can be had by SMS as well, and who sends them?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from channels.ivr.call import Call
from channels.rendering import Language
from graphql_schema.client import Caller

TEXTED: Mapping[str, str] = {
    "balance": "balance",
    "charges": "currentCharges",
    "data_left": "buckets",
    "last_bill": "bills",
    "bill_subjects": "bill",
    "bill_difference": "billDifference",
    "points": "points",
    "redemptions": "redemptions",
}
"""Answers that can be texted, each with the field of ``me`` without which there is nothing to text."""


class Texts(Protocol):
    """Sends what a call was told to the line that calls."""

    async def text(self, answer: str, caller: Caller, *, language: Language, key: str) -> bool:
        """Queues the answer as a text to the caller's own number, as the SMS hall words it; once for a ``key``.

        ``answer`` is one of ``TEXTED``. False where it can't be had or stored now.
        """
        ...


def note_heard(call: Call, me: Mapping[str, Any]) -> Call:
    """The call, in which the answer at its place was told."""
    told = call.place in TEXTED and me.get(TEXTED[call.place]) is not None
    return replace(call, heard=(*call.heard, call.place)) if told and call.place not in call.heard else call


def not_texted(call: Call) -> tuple[str, ...]:
    """What was told and not texted yet, in the order in which it was told."""
    return tuple(answer for answer in call.heard if answer not in call.texted)
