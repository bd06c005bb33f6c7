"""How does a call redeem points for what needs no address?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from channels.ivr.asking import ANY_WAY, Asking, find_step
from channels.ivr.call import Call
from channels.ivr.change_deeds import refuse
from channels.ivr.menu import Menu
from channels.ivr.turn import Do
from channels.ivr.way import ask_for_proof
from graphql_schema.client import GraphError

_LEADS: Mapping[str, str] = {
    **dict.fromkeys(("DONE", "SENT"), "reward_done"),
    **dict.fromkeys(("RELEASED", "RETURNED", "RETURNING"), "reward_released"),
}
"""What is said of a redemption in these states; of any other, that it is under way."""


@dataclass(frozen=True, slots=True)
class RewardDeeds:
    """What was picked is said with its price, and redeemed by a key; ``chosen`` then holds its code and the points that
    were said, so that a proof may come between."""

    asking: Asking
    menu: Menu

    async def preview(self, turn: Do, _: str) -> Call:
        """What was picked, as a question at ``redeem``."""
        return await self._preview(turn.call, turn.call.chosen or "")

    async def redeem(self, turn: Do, key: str) -> Call:
        """Redeems what was said, for the points that were said. What costs something else by now is said anew."""
        call = turn.call
        code, _, agreed = (call.chosen or "").rpartition("#")
        answer = await self.asking.do("redeem_reward", call, key=key, code=code, points=int(agreed))
        if not isinstance(answer, GraphError):
            return call.lets_go().goes_to("redemptions", lead=_LEADS.get(answer["state"], "reward_working"))
        if answer.code == "step_up_required":
            waiting = replace(call, deed=turn.deed, wanted="services")
            return ask_for_proof(waiting, find_step((answer,)) or ANY_WAY)
        if answer.code == "redemption_refused":
            obstacles = answer.parameters["obstacles"]
            if any(each["code"] == "ITEM_CHANGED" for each in obstacles):
                return await self._preview(call.lets_go(), code, lead="reward_changed")
            return _keep_from(call, obstacles)
        return refuse(self.menu, call, answer, "services")

    async def leave(self, turn: Do, _: str) -> Call:
        """Nothing is redeemed; nothing was held."""
        return turn.call.lets_go().goes_to("services", lead="reward_left")

    async def _preview(self, call: Call, code: str, *, lead: str | None = None) -> Call:
        outcome = await self.asking.run("redemption_preview", call, code=code)
        preview = ((outcome.data or {}).get("me") or {}).get("redemptionPreview")
        if preview is None:
            error = next(iter(outcome.errors), GraphError("unavailable"))
            return refuse(self.menu, call, error, "services")
        item = preview["item"]
        if item["obstacles"]:
            return _keep_from(call, item["obstacles"])
        chosen = f"{item['code']}#{item['points']}"
        return replace(call, chosen=chosen).goes_to("redeem", lead=lead, facts={"redemption": preview})


def _keep_from(call: Call, obstacles: list[Mapping[str, Any]]) -> Call:
    return call.lets_go().goes_to("services", lead="redemption_refused", facts={"why_not": obstacles})
