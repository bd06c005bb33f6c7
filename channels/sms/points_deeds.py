"""What does a text do with points: tell of them, say what they buy, redeem after a yes?"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from channels.rewards_at_hand import SENT, Item, find_at_hand, find_line_obstacles, find_nearest
from channels.sms.asking import Asking, Heard, Refused
from channels.sms.change_deeds import let_go
from channels.sms.memory import Memory, Ordering, offer_menu
from channels.sms.offers import LISTED_MOST, PICKED, plain
from channels.sms.proof import Proofs
from channels.sms.segments import count_parts
from channels.sms.turn import CONFIRMED, DECLINED
from graphql_schema.client import Caller

Said = tuple[str, Memory]

ASKED_LASTS = timedelta(minutes=30)
"""How long a question waits for its yes: as long as one about a change. Nothing is held meanwhile."""
LIST_PARTS_MOST = 4
PART_CHARACTERS_LEAST = 2
COMMAND = "redeem"
CODE_CHARACTERS_MOST = 32
_MARKS = re.compile("[,;:、。]")
"""What people write between a code and an address; wide ones are read as narrow."""


async def points(asking: Asking, _: Proofs, caller: Caller, __: tuple[str, ...], heard: Heard) -> Said:
    """JF tells how many there are, what ends soon, and what can be had for them now; a digit chooses."""
    return await _tell(asking, caller, heard)


async def redeem(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """DH lists what can be had, DH#code asks about one of them, and a yes redeems it (level 2). What is sent has to be
    told where to, and no text asks for an address."""
    if arguments[:1] and arguments[0] in (CONFIRMED, DECLINED):
        return await _answer(asking, caller, heard, arguments)
    me = await asking.ask_me("points", caller, "rewardItems")
    chosen = find_item(me["rewardItems"], arguments, find_at_hand(me["rewardItems"], me["points"]))
    if chosen is None:
        return _list("rewards", me, heard, asking, unknown=bool(arguments))
    if chosen["kind"] == SENT and chosen["obstacles"]:
        return _refuse(asking, heard, chosen["obstacles"]), heard.memory
    if chosen["kind"] == SENT:
        return asking.word("reward_elsewhere", heard, item=chosen), heard.memory
    return await _ask(asking, caller, heard, chosen["code"])


async def tell_points(asking: Asking, caller: Caller, heard: Heard) -> str:
    """What JF tells. Raises Refused."""
    return (await _tell(asking, caller, heard))[0]


def find_item(items: Sequence[Item], arguments: Sequence[str], listed: Sequence[Item] = ()) -> Item | None:
    """The one that was named: by a menu's digit (exactly), by its code, by its name, by its number among those that are
    listed, or by a part of the one name that has it. Words after a code (an address, say) do not count."""
    if not arguments:
        return None
    if arguments[0].startswith(PICKED):
        return next((item for item in items if item["code"] == arguments[0].removeprefix(PICKED)), None)
    whole, first = plain("".join(arguments)), plain(_MARKS.split(arguments[0])[0])
    named = (item for said in (whole, first) for item in items if said in {plain(item["code"]), *_names(item)})
    return next(named, None) or _find_by_number(listed, first) or _find_by_part(items, whole)


def may_hold_address(arguments: Sequence[str]) -> bool:
    """Whether more than a code or a name followed DH: nobody asked where to send it, and some tell all the same."""
    said = "".join(arguments)
    return len(arguments) > 1 or len(said) > CODE_CHARACTERS_MOST or _MARKS.search(said) is not None


def _find_by_number(listed: Sequence[Item], said: str) -> Item | None:
    in_list = said.isascii() and said.isdecimal() and 1 <= int(said) <= len(listed)
    return listed[int(said) - 1] if in_list else None


def _find_by_part(items: Sequence[Item], said: str) -> Item | None:
    """``DH话费`` where one reward alone is called something with 话费; figures alone name nothing so."""
    holding = [item for item in items if any(said in name for name in _names(item))]
    return holding[0] if len(holding) == 1 and len(said) >= PART_CHARACTERS_LEAST and not said.isdecimal() else None


def _names(item: Item) -> set[str]:
    return {plain(name) for name in item["name"].values()}


async def _tell(asking: Asking, caller: Caller, heard: Heard) -> Said:
    return _list("points", await asking.ask_me("points", caller, "points"), heard, asking)


async def _ask(asking: Asking, caller: Caller, heard: Heard, code: str, *, changed: bool = False) -> Said:
    """Says what it costs and gives, and asks; an earlier question of this dialogue is withdrawn, so that a yes has one
    meaning. Raises Refused."""
    me = await asking.ask_me("redemption_preview", caller, "redemptionPreview", code=code)
    preview = me["redemptionPreview"]
    if preview["item"]["obstacles"]:
        return _refuse(asking, heard, preview["item"]["obstacles"]), heard.memory
    if heard.memory.ordering and heard.memory.ordering.waits(heard.now):
        await let_go(asking, caller, heard, heard.memory.ordering)
    until = heard.now + ASKED_LASTS
    rests = await asking.find_rests(heard, ("redeem",))
    facts = {"preview": preview, "item": preview["item"], "until": until, "changed": changed, "rests": rests}
    said = asking.word("redeem_ask", heard, **facts)
    about = f"{preview['item']['code']}#{preview['item']['points']}"
    return said, replace(heard.memory, ordering=Ordering(COMMAND, about, until, last=True, asked_by=heard.key))


async def _answer(asking: Asking, caller: Caller, heard: Heard, arguments: Sequence[str]) -> Said:
    """The sender's yes or no to what was asked. The question is the deed's key: whichever text answers it, with or
    without a proof between, it is redeemed once. Raises Refused, NeedsProof."""
    answer, about = arguments
    asked = heard.memory.ordering
    if asked is None or (asked.command, asked.prepared_id) != (COMMAND, about):
        raise Refused("nothing_asked")
    done = replace(heard.memory, ordering=replace(asked, answered_by=heard.key))
    if answer == DECLINED:
        return asking.word("left_alone", heard), done
    code, _, agreed = about.rpartition("#")
    key = f"{asked.asked_by}-{COMMAND}"
    try:
        redemption = await asking.do("redeem_reward", caller, heard, key=key, code=code, points=int(agreed))
    except Refused as refused:
        if refused.code != "redemption_refused":
            raise
        obstacles: list[Mapping[str, Any]] = refused.parameters["obstacles"]
        if any(each["code"] == "ITEM_CHANGED" for each in obstacles):
            return await _ask(asking, caller, replace(heard, memory=done), code, changed=True)
        return _refuse(asking, heard, obstacles), done
    return asking.word("redeem_done", heard, redemption=redemption), done


def _refuse(asking: Asking, heard: Heard, obstacles: Sequence[Mapping[str, Any]]) -> str:
    return asking.wording.render_error("redemption_refused", heard.language, {"obstacles": obstacles})


def _list(sentence: str, me: Mapping[str, Any], heard: Heard, asking: Asking, *, unknown: bool = False) -> Said:
    """A list that digits answer, as long as its parts hold it; or why nothing can be had."""
    items = me["rewardItems"] or ()
    listed, nearest = find_at_hand(items, me["points"]), find_nearest(items, me["points"])
    why = {"obstacles": find_line_obstacles(items), "nearest": nearest, "known": me["rewardItems"] is not None}
    for most in range(min(LISTED_MOST, len(listed)), -1, -1):
        shown, more = listed[:most], most < len(items)
        said = asking.word(sentence, heard, me=me, items=shown, unknown=unknown, more=more, **why)
        if count_parts(said) <= LIST_PARTS_MOST:
            break
    picks = tuple(f"{COMMAND}#{PICKED}{item['code']}" for item in shown)
    return said, offer_menu(heard.memory, picks, asking.grammar, now=heard.now) if picks else heard.memory


DEEDS: tuple[Callable[[Asking, Proofs, Caller, tuple[str, ...], Heard], Awaitable[Said]], ...] = (points, redeem)
