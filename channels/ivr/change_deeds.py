"""How does a call change what a line has, and put a voucher card's money onto one?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from channels.ivr.asking import ANY_WAY, Asking, find_step
from channels.ivr.call import Call
from channels.ivr.menu import Menu
from channels.ivr.turn import Do
from channels.ivr.way import ask_for_proof
from channels.rests import find_rests
from graphql_schema.client import GraphError

_ACTION = {"report_loss": "REPORT_LOSS", "resume_line": "RESUME"}
_NAMED = ("action", "offeringId", "packageId", "service", "number", "start")
_LEADS: Mapping[str, str] = {
    "COMPLETED": "order_completed",
    "PLACING": "order_placing",
    "PARTIAL": "order_partial",
    **dict.fromkeys(("FAILED", "REJECTED"), "order_failed"),
}
"""What is said of an order in these states; of any other, that it was accepted."""
_MONEY_LEADS: Mapping[str, str] = {
    "CREDITED": "voucher_credited",
    **dict.fromkeys(("REFUSED", "CLOSED", "REFUNDING", "REFUNDED"), "voucher_returned"),
}


@dataclass(frozen=True, slots=True)
class ChangeDeeds:
    """A change is prepared, said, and ordered by a key; ``chosen`` holds its id, so that a proof may come between."""

    asking: Asking
    menu: Menu

    async def prepare(self, turn: Do, key: str) -> Call:
        """What the call's place is about, as a question at ``change``."""
        call = turn.call
        wanted = {"action": _ACTION[call.place]} if call.place in _ACTION else _drop(call)
        return await self._prepare(call, wanted, key)

    async def confirm(self, turn: Do, key: str) -> Call:
        """Orders what was said. What would be another thing by now is said anew, and nothing is ordered."""
        call = turn.call
        answer = await self.asking.do("confirm_change", call, key=key, id=call.chosen)
        if not isinstance(answer, GraphError):
            lead = _LEADS.get(answer["state"], "order_accepted_from" if answer["startsOn"] else "order_accepted")
            return call.lets_go().goes_to("services", lead=lead, facts={"order": answer})
        if answer.code == "preview_changed":
            preview = answer.parameters["preview"]
            wanted = {name: preview[name] for name in _NAMED if preview[name] is not None}
            return await self._prepare(call, wanted, key, lead="preview_changed")
        if answer.code == "step_up_required":
            waiting = replace(call, deed=turn.deed, wanted="services")
            return ask_for_proof(waiting, find_step((answer,)) or ANY_WAY)
        return refuse(self.menu, call, answer, "services")

    async def withdraw(self, turn: Do, key: str) -> Call:
        """Nothing is ordered, whatever is answered: silence would withdraw it too."""
        await self.asking.do("withdraw_change", turn.call, key=key, id=turn.call.chosen)
        return turn.call.lets_go().goes_to("services", lead="change_withdrawn")

    async def redeem(self, turn: Do, key: str) -> Call:
        """Puts a card's money onto the proven line, or the number that was keyed in; of the card no word is said."""
        call, (card,) = turn.call, turn.secrets
        number = None if call.caller else call.number
        answer = await self.asking.do("redeem_voucher", call, key=key, card=card, number=number)
        if not isinstance(answer, GraphError):
            lead = _MONEY_LEADS.get(answer["state"], "voucher_pending")
            return call.lets_go().goes_to("services", lead=lead, facts={"amount": answer["amount"]})
        if answer.code == "voucher_refused":
            told = answer.parameters
            lead, facts = f"voucher_{told['reason']}", {"tries_left": told["triesLeft"]}
            return call.goes_to("card", lead=lead, facts=facts)
        if answer.code == "not_rechargeable":
            return call.lets_go().goes_to("services", lead=f"not_rechargeable_{answer.parameters['reason']}")
        if answer.code == "locked":
            return call.lets_go().goes_to("services", lead="voucher_locked")
        return refuse(self.menu, call, answer, "services")

    async def tell_what_rests(self, call: Call, now: datetime) -> Call:
        """The call, in which it is said first what rests now or will within a day, of what a call or a text can do. A
        graph that does not answer holds nobody up."""
        found = ((await self.asking.run("service_notices", call)).data or {}).get("serviceNotices") or ()
        rests = find_rests(found, now)
        return call.goes_to(call.place, lead="resting", facts={**call.facts, "rests": rests}) if rests else call

    async def _prepare(self, call: Call, wanted: Mapping[str, Any], key: str, *, lead: str | None = None) -> Call:
        answer = await self.asking.do("prepare_change", call, key=key, wanted=wanted)
        if not isinstance(answer, GraphError):
            return replace(call, chosen=answer["id"]).goes_to("change", lead=lead, facts={"change": answer["preview"]})
        if answer.code == "step_up_required":
            return ask_for_proof(replace(call.lets_go(), wanted=call.place), find_step((answer,)) or ANY_WAY)
        return refuse(self.menu, call, answer, "services")


def refuse(menu: Menu, call: Call, error: GraphError, place: str) -> Call:
    """The call at a place, with the reason in words; nothing was done."""
    told, gone = error.parameters, call.lets_go()
    if error.code == "change_refused":
        return gone.goes_to(place, lead=error.code, facts={"obstacles": told["obstacles"]})
    if error.code == "deed_off":
        rest = {"areas": ["some"], "reason": told["offReason"], "begins": None, "until": told["offUntil"]}
        return gone.goes_to(place, lead="resting", facts={"rests": [rest]})
    return gone.goes_to(place, lead=error.code if error.code in menu.leads["zh"] else "deed_failed")


def _drop(call: Call) -> dict[str, Any]:
    return {"action": "DROP", "packageId": call.chosen}
