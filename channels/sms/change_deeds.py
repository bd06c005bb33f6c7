"""How does a text change what a line has: named, asked about, confirmed (二次确认)?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels.rests import NEVER_REST
from channels.sms.asking import Asking, Heard, Refused
from channels.sms.memory import Memory, Ordering, offer_menu
from channels.sms.offers import (
    LISTED_MOST,
    PICKED,
    Choice,
    find_elsewhere,
    find_meant,
    list_extras,
    list_plans,
    list_services,
    list_subscribed,
    plain,
)
from channels.sms.proof import Proofs
from channels.sms.segments import count_parts
from channels.sms.turn import CONFIRMED, DECLINED
from graphql_schema.client import Caller

Said = tuple[str, Memory]

STARTS: Mapping[str, str] = {
    **dict.fromkeys(("立即", "立即生效", "马上", "now", "today"), "AT_ONCE"),
    **dict.fromkeys(("次月", "下月", "次月生效", "next", "nextmonth"), "NEXT_CYCLE"),
}
"""A last word that says from when; without one it is the usual start."""
LIST_PARTS_MOST = 4
ANSWERS = (CONFIRMED, DECLINED)
OVER = frozenset({"confirmation_expired", "change_refused", "not_found"})
"""Refusals after which a question can't be answered any more; after any other a yes may come again."""
COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(("ADD", "SWITCH_ON", "OPEN_LINE"), "open_extra"),
    **dict.fromkeys(("DROP", "SWITCH_OFF", "CLOSE"), "drop"),
    "CHANGE_PLAN": "change",
    "REPORT_LOSS": "report_loss",
    **dict.fromkeys(("RESUME", "KEEP_OPEN"), "resume_line"),
}
"""Which command answers for a change that was prepared in another place."""


async def change(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """BG lists the plans; BG#code or BG#number asks about one of them, or about whatever else has that code."""
    if arguments[:1] and arguments[0] in ANSWERS:
        return await _answer(asking, caller, heard, arguments)
    said, start = _read(arguments)
    plans = await list_plans(asking, caller)
    listed = [plan for plan in plans if plan.listed]
    chosen = find_meant(plans, said, numbered=listed)
    if chosen is None and said:
        chosen = find_meant(await list_extras(asking, caller), said) or await find_elsewhere(asking, caller, said)
    if chosen is None:
        return _list("plans", "change", listed, heard, asking, unknown=bool(said))
    if not chosen.sold_here:
        return asking.word("only_elsewhere", heard, offering=chosen.of), heard.memory
    return await _ask(asking, caller, heard, "change", chosen.wanted | start)


async def open_extra(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """KT lists packs and services; KT and a code or a number asks about one."""
    if arguments[:1] and arguments[0] in ANSWERS:
        return await _answer(asking, caller, heard, arguments)
    said, start = _read(arguments)
    extras = await list_extras(asking, caller)
    listed = [extra for extra in extras if extra.listed]
    chosen = find_meant(extras, said, numbered=listed)
    if chosen is None and said:
        chosen = find_meant(await list_plans(asking, caller), said) or await find_elsewhere(asking, caller, said)
    if chosen is None:
        return _list("extras", "open_extra", listed, heard, asking, unknown=bool(said))
    if not chosen.sold_here:
        return asking.word("only_elsewhere", heard, offering=chosen.of), heard.memory
    return await _ask(asking, caller, heard, "open_extra", chosen.wanted | start)


async def subscribed(asking: Asking, proofs: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """0000 lists what the line has, 0000#2 goes on with it; with a code it drops, as QX does."""
    if arguments and not (len(arguments) == 1 and arguments[0].isdecimal()):
        return await drop(asking, proofs, caller, arguments, heard)
    page = int(arguments[0]) if arguments else 1
    return _list_held(await list_subscribed(asking, caller), heard, asking, page=page)


async def drop(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """QX and a number or a code asks about dropping that, or about switching it off; QX alone lists what there is."""
    if arguments[:1] and arguments[0] in ANSWERS:
        return await _answer(asking, caller, heard, arguments)
    said, start = _read(arguments)
    held = await list_subscribed(asking, caller)
    chosen = find_meant(held, said, numbered=held)
    if chosen is None and said:
        on = [each for each in await list_services(asking, caller) if each.action == "SWITCH_OFF"]
        chosen = find_meant(on, said)
    if chosen is None:
        return _list_held(held, heard, asking, unknown=bool(said))
    if chosen.action == "DROP" and chosen.of["kind"] == "PLAN":
        return asking.word("plan_stays", heard, item=chosen.of), heard.memory
    return await _ask(asking, caller, heard, "drop", chosen.wanted | start)


async def report_loss(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """GS asks about suspending the line, because phone or card are lost."""
    if arguments[:1] and arguments[0] in ANSWERS:
        return await _answer(asking, caller, heard, arguments)
    return await _ask(asking, caller, heard, "report_loss", {"action": "REPORT_LOSS"})


async def resume_line(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """JG asks about taking a line up again that was reported lost."""
    if arguments[:1] and arguments[0] in ANSWERS:
        return await _answer(asking, caller, heard, arguments)
    return await _ask(asking, caller, heard, "resume_line", {"action": "RESUME"})


async def cancel_order(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """QXDD#2 calls the second order of DD's list off; QXDD alone calls off the only one that can be (level 2)."""
    me = await asking.ask_me("orders", caller, "orders")
    numbered = list(enumerate(me["orders"], start=1))
    open_ones = [order for _, order in numbered if order["cancellable"]]
    chosen = open_ones[0] if not arguments and len(open_ones) == 1 else None
    if arguments and arguments[0].isdecimal():
        chosen = dict(numbered).get(int(arguments[0]))
    if chosen is None:
        return asking.word("orders", heard, me=me), heard.memory
    order = await asking.do("cancel_order", caller, heard, id=chosen["id"])
    return asking.word("order_cancelled", heard, order=order), heard.memory


async def ask_what_waits(asking: Asking, caller: Caller, heard: Heard) -> Said | None:
    """The newest change that waits to be confirmed, begun in whichever channel, as a question here; None: none waits.

    A yes counts only after what it is about was shown here.
    """
    me = await asking.ask_me("prepared_changes", caller, "preparedChanges")
    if not me["preparedChanges"]:
        return None
    waiting = me["preparedChanges"][0]
    return await _question(asking, heard, COMMANDS[waiting["preview"]["action"]], waiting)


async def _ask(  # noqa: PLR0913  who asks for what, and whether it is asked anew
    asking: Asking, caller: Caller, heard: Heard, command: str, wanted: Mapping[str, Any], *, changed: bool = False
) -> Said:
    """Prepares the change and asks; an earlier question of this dialogue is withdrawn, so that a yes has one meaning.
    Raises Refused."""
    prepared = await asking.do("prepare_change", caller, heard, wanted=wanted)
    earlier = heard.memory.ordering
    if earlier and earlier.waits(heard.now) and earlier.prepared_id != prepared["id"]:
        await let_go(asking, caller, heard, earlier)
    return await _question(asking, heard, command, prepared, changed=changed)


async def _question(
    asking: Asking, heard: Heard, command: str, prepared: Mapping[str, Any], *, changed: bool = False
) -> Said:
    may_rest = prepared["preview"]["action"] not in NEVER_REST
    rests = await asking.find_rests(heard, ("change",)) if may_rest else []
    facts = {"prepared": prepared, "preview": prepared["preview"], "changed": changed, "rests": rests}
    said = asking.word("change_ask", heard, **facts)
    until = datetime.fromisoformat(prepared["expiresAt"])
    asked = Ordering(command, prepared["id"], until, last=True, asked_by=heard.key)
    return said, replace(heard.memory, ordering=asked)


async def _answer(asking: Asking, caller: Caller, heard: Heard, arguments: Sequence[str]) -> Said:
    """The sender's yes or no to what was asked. Raises Refused, NeedsProof."""
    answer, prepared_id = arguments
    asked = heard.memory.ordering
    done = replace(heard.memory, ordering=replace(asked, answered_by=heard.key) if asked else None)
    try:
        if answer == DECLINED:
            await asking.do("withdraw_change", caller, heard, id=prepared_id)
            return asking.word("left_alone", heard), done
        order = await asking.do("confirm_change", caller, heard, id=prepared_id)
    except Refused as refused:
        if refused.code == "preview_changed":
            return await _ask_anew(asking, caller, heard, refused.parameters["preview"])
        if refused.code in OVER:
            return asking.wording.render_error(refused.code, heard.language, refused.parameters), done
        raise
    return asking.word("change_done", heard, order=order), done


async def _ask_anew(asking: Asking, caller: Caller, heard: Heard, preview: Mapping[str, Any]) -> Said:
    """The change would do something else than was shown: nothing was ordered, and what holds now is asked about."""
    named = ("action", "offeringId", "packageId", "service", "number", "start")
    wanted = {name: preview[name] for name in named if preview[name] is not None}
    return await _ask(asking, caller, heard, COMMANDS[preview["action"]], wanted, changed=True)


async def let_go(asking: Asking, caller: Caller, heard: Heard, earlier: Ordering) -> None:
    """Withdraws what an earlier question is about, if anything was prepared for it."""
    if earlier.command not in COMMANDS.values():
        return
    try:
        await asking.do("withdraw_change", caller, heard, id=earlier.prepared_id)
    except Refused:
        return  # it is over already, or silence will withdraw it


def _list(  # noqa: PLR0913  the list, its words, and what its digits do
    sentence: str, command: str, choices: Sequence[Choice], heard: Heard, asking: Asking, *, unknown: bool
) -> Said:
    """A list that digits answer, as long as its parts hold it: each digit stands for what it names now, whatever the
    list says later."""
    for most in range(min(LISTED_MOST, len(choices)), -1, -1):
        shown = choices[:most]
        items, more = [choice.of for choice in shown], most < len(choices)
        said = asking.word(sentence, heard, items=items, unknown=unknown, more=more)
        if count_parts(said) <= LIST_PARTS_MOST:
            break
    picks = tuple(f"{command}#{PICKED}{choice.code}" for choice in shown)
    return said, offer_menu(heard.memory, picks, asking.grammar, now=heard.now)


def _list_held(held: Sequence[Choice], heard: Heard, asking: Asking, *, page: int = 1, unknown: bool = False) -> Said:
    """One page of all that the line has, each item by its own number; beyond the last page, the last. A digit stands
    for any of them, on whichever page it is. Pages are the same whether or not something unknown was asked for."""

    def write(most: int, *, unknown: bool = True) -> str:  # pages are fitted with the longer words
        items, more = [choice.of for choice in held[begins : begins + most]], begins + most < len(held)
        return asking.word("subscribed", heard, items=items, unknown=unknown, more=more, page=at)

    begins, at = 0, 1
    while begins + (shown := _fit_page(held, begins, write)) < len(held) and at < page:
        begins, at = begins + shown, at + 1
    picks = tuple(f"drop#{PICKED}{choice.code}" for choice in held)
    return write(shown, unknown=unknown), offer_menu(heard.memory, picks, asking.grammar, now=heard.now)


def _fit_page(held: Sequence[Choice], begins: int, write: Callable[[int], str]) -> int:
    """As many items from there on as the parts hold, at least one."""
    most = min(LISTED_MOST, len(held) - begins)
    while most > 1 and count_parts(write(most)) > LIST_PARTS_MOST:
        most -= 1
    return most


def _read(arguments: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """What is meant, as it is compared, and the start that was asked for."""
    if arguments and arguments[0].startswith(PICKED):
        return arguments[0], {}
    *words, last = arguments or ("",)
    if words and last in STARTS:
        return plain("".join(words)), {"start": STARTS[last]}
    return plain("".join(arguments)), {}


DEEDS = (change, open_extra, subscribed, drop, report_loss, resume_line, cancel_order)
