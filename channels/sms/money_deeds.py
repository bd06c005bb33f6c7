"""What does the SMS hall do about bills and charges that is more than one question?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from channels.largest_causes import choose_causes
from channels.last_bill import find_last_bill
from channels.sms.asking import Asking, Heard, Refused
from channels.sms.memory import WAITING_LASTS, Confirming, Memory
from channels.sms.proof import Proofs
from channels.sms.segments import count_parts
from channels.sms.turn import CONFIRMED
from graphql_schema.client import Caller

Said = tuple[str, Memory]

PAUSABLE = frozenset({"OUT_OF_BUCKET", "THIRD_PARTY", "ROAMING"})
CAUSES_MOST = 3
PARTS_MOST = 2
"""Of an explanation: fewer causes are told where three would cost more."""


async def bill_detail(asking: Asking, _: Proofs, caller: Caller, __: tuple[str, ...], heard: Heard) -> Said:
    """The last bill by subject (level 2)."""
    return await tell_bill_detail(asking, caller, heard), heard.memory


async def bill_difference(asking: Asking, _: Proofs, caller: Caller, __: tuple[str, ...], heard: Heard) -> Said:
    """Why the last bill is not as high as the one before (level 2)."""
    return await tell_bill_difference(asking, caller, heard), heard.memory


async def call_records(asking: Asking, _: Proofs, __: Caller, ___: tuple[str, ...], heard: Heard) -> Said:
    """Where the records can be seen, and how it is proved there. None is ever told by text."""
    return asking.word("call_records", heard), heard.memory


async def invoice(asking: Asking, _: Proofs, caller: Caller, __: tuple[str, ...], heard: Heard) -> Said:
    """Where an e-invoice of the last bill can be asked for."""
    return asking.word("invoice", heard, bill=await _find_last(asking, caller)), heard.memory


async def dispute(asking: Asking, _: Proofs, caller: Caller, __: tuple[str, ...], heard: Heard) -> Said:
    """Where a charge of the last bill can be disputed."""
    return asking.word("dispute", heard, bill=await _find_last(asking, caller)), heard.memory


async def pause_charges(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """TYKF says what would stop and asks; a yes after it pauses all that can be paused."""
    if arguments == (CONFIRMED,):
        brake = await asking.do("pause_charges", caller, heard)
        return asking.word("pause_charges", heard, brake=brake), heard.memory
    brake = (await asking.ask_me("charge_brake", caller, "chargeBrake"))["chargeBrake"]
    if set(brake["paused"]) >= PAUSABLE:
        return asking.word("charges_paused", heard, brake=brake), heard.memory
    asked = Confirming("pause_charges", heard.now + WAITING_LASTS)
    return asking.word("pause_charges_ask", heard, brake=brake), replace(heard.memory, confirming=asked)


async def resume_charges(asking: Asking, _: Proofs, caller: Caller, __: tuple[str, ...], heard: Heard) -> Said:
    """HFKF lets everything that is paused be charged again (level 2)."""
    brake = (await asking.ask_me("charge_brake", caller, "chargeBrake"))["chargeBrake"]
    if not brake["paused"]:
        return asking.word("nothing_paused", heard, brake=brake), heard.memory
    await asking.do("resume_charges", caller, heard)
    return asking.word("resume_charges", heard), heard.memory


async def tell_bill_detail(asking: Asking, caller: Caller, heard: Heard) -> str:
    """The last bill by subject. Raises Refused, NeedsProof."""
    last = await _find_last(asking, caller)
    me = await asking.ask_me("bill_detail", caller, "bill", id=last["id"])
    return asking.word("bill_detail", heard, itemized=me["bill"])


async def tell_bill_difference(asking: Asking, caller: Caller, heard: Heard) -> str:
    """Why the last bill differs: as many of the three largest causes as two parts hold. Raises Refused, NeedsProof."""
    last = await _find_last(asking, caller)
    difference = (await asking.ask_me("bill_difference", caller, "billDifference", id=last["id"]))["billDifference"]
    for most in range(CAUSES_MOST, -1, -1):
        told = choose_causes(difference, most)
        said = asking.word("bill_difference", heard, bill=last, difference=difference, told=told)
        if count_parts(said) <= PARTS_MOST:
            break
    return said


async def _find_last(asking: Asking, caller: Caller) -> Mapping[str, Any]:
    """The last month's own bill: its id and period. Raises Refused, NeedsProof."""
    last = find_last_bill((await asking.ask_me("latest_bill", caller, "bills"))["bills"])
    if last is None:
        raise Refused("none_yet")
    return last


DEEDS: tuple[Callable[[Asking, Proofs, Caller, tuple[str, ...], Heard], Awaitable[Said]], ...] = (
    bill_detail,
    bill_difference,
    call_records,
    invoice,
    dispute,
    pause_charges,
    resume_charges,
)
