"""What can be taken, switched or dropped by text, and which of it does somebody mean?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channels.sms.asking import Asking
from channels.sms.grammar import fold
from graphql_schema.client import Caller, Channel

LISTED_MOST = 20
"""Of one list: as many as three or four parts hold, and menu digits reach."""

PICKED = "="
"""Before the code that a digit of a menu stands for."""

ADD, CHANGE_PLAN, DROP, SWITCH_ON, SWITCH_OFF = "ADD", "CHANGE_PLAN", "DROP", "SWITCH_ON", "SWITCH_OFF"
"""ChangeAction, as far as a text names what it is about."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a digit, a code or a name would do. ``of`` is its own fact, for the words; ``listed`` says whether a list
    offers it: what the line has already can be named all the same, and is then refused with the reason.
    ``sold_here`` whether a text may order it at all."""

    action: str
    code: str
    of: Mapping[str, Any]
    listed: bool = True
    sold_here: bool = True

    @property
    def wanted(self) -> dict[str, str]:
        """ChangeWanted of the graph, without a start."""
        about = {DROP: "packageId", SWITCH_ON: "service", SWITCH_OFF: "service"}
        return {"action": self.action, about.get(self.action, "offeringId"): self.code}

    def is_meant_by(self, said: str) -> bool:
        """Whether somebody wrote its code or one of its names, however they wrote it."""
        names = (self.code, self.of.get("offeringId") or "", self.of["name"]["zh"], self.of["name"]["en"])
        return bool(said) and said in {plain(name) for name in names}


async def list_plans(asking: Asking, caller: Caller) -> list[Choice]:
    """Plans on sale by text; listed are those of the same shelf as the line's own. Raises Refused."""
    offerings = (await asking.ask("offers", caller, "catalogue"))["offerings"]
    sold = [offering for offering in offerings if offering["kind"] == "PLAN" and _is_sold_here(offering)]
    held = await _find_held(asking, caller)
    shelves = {each["categoryId"] for each in offerings if each["id"] in held and each["kind"] == "PLAN"}
    return [
        Choice(CHANGE_PLAN, each["id"], each, each["id"] not in held and (not shelves or each["categoryId"] in shelves))
        for each in sold
    ]


async def list_extras(asking: Asking, caller: Caller) -> list[Choice]:
    """What can be taken beside a plan: what is sold for a price, and services that are off. Raises Refused."""
    offerings = (await asking.ask("offers", caller, "catalogue"))["offerings"]
    sold = [each for each in offerings if each["kind"] == "ADD_ON" and _is_sold_here(each) and _has_price(each)]
    held = await _find_held(asking, caller)
    packs = [Choice(ADD, each["id"], each, each["id"] not in held) for each in sold]
    return [*packs, *[each for each in await list_services(asking, caller) if each.action == SWITCH_ON]]


async def find_elsewhere(asking: Asking, caller: Caller, said: str) -> Choice | None:
    """What has that code or name and is sold on web or app, but not by text. Raises Refused."""
    offerings = (await asking.ask("offers", caller, "catalogue"))["offerings"]
    sold = (each for each in offerings if each["kind"] in ("PLAN", "ADD_ON") and {"WEB", "APP"} & {*each["onlyIn"]})
    others = (each for each in sold if not _is_sold_here(each))
    choices = (Choice(ADD, each["id"], each, listed=False, sold_here=False) for each in others)
    return next((choice for choice in choices if choice.is_meant_by(said)), None)


async def list_subscribed(asking: Asking, caller: Caller) -> list[Choice]:
    """Everything that the line has, by its own numbers (``0000``). Raises Refused, NeedsProof."""
    me = await asking.ask_me("subscribed", caller, "subscribed")
    return [Choice(DROP, each["packageId"], each) for each in me["subscribed"]]


async def list_services(asking: Asking, caller: Caller) -> list[Choice]:
    """Each service of the line with what it can be switched to; nothing for who has no line. Raises Refused."""
    if caller.subscriber is None:
        return []
    services = (await asking.ask_me("service_switches", caller, "serviceSwitches"))["serviceSwitches"]
    return [Choice(SWITCH_OFF if each["on"] else SWITCH_ON, each["id"], each) for each in services]


def find_meant(choices: Sequence[Choice], said: str, *, numbered: Sequence[Choice] = ()) -> Choice | None:
    """By its number in the list that shows it, by its code, by its name, or a plan by its fee; exactly the one that a
    menu's digit stood for."""
    if said.startswith(PICKED):
        return next((choice for choice in choices if choice.code == said.removeprefix(PICKED)), None)
    if said.isdecimal() and 1 <= int(said) <= len(numbered):
        return numbered[int(said) - 1]
    named = next((choice for choice in choices if choice.is_meant_by(said)), None)
    return named or _find_by_fee(choices, said)


def _find_by_fee(choices: Sequence[Choice], said: str) -> Choice | None:
    """People call a plan by what it costs (``BG#79``): the one listed plan of so many yuan a month, if there is one."""
    if not (said.isascii() and said.isdecimal()):
        return None
    plans = [choice for choice in choices if choice.action == CHANGE_PLAN and choice.listed]
    fees = [(each, each.of["monthlyFee"]) for each in plans]
    meant = [each for each, fee in fees if fee is not None and Decimal(fee["amount"]) == Decimal(said)]
    return meant[0] if len(meant) == 1 else None


def plain(name: str) -> str:
    """A code or a name as it is compared: without case, width, spaces and hyphens."""
    return fold(name).replace("-", "").replace("_", "")


async def _find_held(asking: Asking, caller: Caller) -> frozenset[str]:
    """The offerings that the line has; none for who has no line."""
    if caller.subscriber is None:
        return frozenset()
    held = (await asking.ask_me("subscribed", caller, "subscribed"))["subscribed"]
    return frozenset(each["offeringId"] for each in held if each["state"] in ("ACTIVE", "PENDING"))


def _is_sold_here(offering: Mapping[str, Any]) -> bool:
    return not offering["onlyIn"] or Channel.SMS.name in offering["onlyIn"]


def _has_price(offering: Mapping[str, Any]) -> bool:
    fees = (offering["monthlyFee"], offering["onceFee"])
    return any(fee is not None and Decimal(fee["amount"]) > 0 for fee in fees)
