"""What does the SMS hall do for a command that is more than one question?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from channels.sms import change_deeds, money_deeds, points_deeds, promotion_deeds, recharge_deeds
from channels.sms.asking import Asking, Heard, Refused
from channels.sms.memory import Memory
from channels.sms.proof import Proofs
from graphql_schema.client import Caller

Said = tuple[str, Memory]
SmsDeed = Callable[[Asking, Proofs, Caller, tuple[str, ...], Heard], Awaitable[Said]]

HOLDING_SECRETS = frozenset({"change_password", "reset_password", "genuine", "voucher"})
"""Commands whose texts hold what nobody else may read: such a text is blanked when it is answered."""
TELLING_SECRETS = frozenset({"redeem", "redemptions"})
"""Commands whose answers may hold a voucher's code: such an answer is blanked once it is out."""


async def code(asking: Asking, _: Proofs, __: Caller, ___: tuple[str, ...], heard: Heard) -> Said:
    """A code was wished for, and nothing waits for one."""
    return asking.word("no_code_needed", heard), heard.memory


async def change_password(
    asking: Asking, proofs: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard
) -> Said:
    """BGMM#old#new#new: the old password is the proof."""
    if len(arguments) != 3:
        return asking.word("change_password_how", heard), heard.memory
    old, new, again = arguments
    if new != again:
        raise Refused("not_the_same")
    if caller.subscriber is None:
        raise Refused("sign_in_required")
    surer = await proofs.prove_password(caller, old, heard)
    await asking.do("change_password", surer, heard, old=old, new=new)
    return asking.word("change_password", heard), heard.memory


async def reset_password(asking: Asking, proofs: Proofs, _: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """MMCZ asks for a code; MMCZ#code#ID#new#new sets the password (domain page §5: a code and the ID, never less)."""
    if len(arguments) != 4:
        return await proofs.begin_reset(heard)
    digits, identity_number, new, again = arguments
    if new != again:
        raise Refused("not_the_same")
    await proofs.reset(digits, identity_number, new, heard)
    return asking.word("reset_password", heard), heard.memory


async def end_sessions(asking: Asking, _: Proofs, caller: Caller, __: tuple[str, ...], heard: Heard) -> Said:
    """Signs the line out everywhere."""
    ended = await asking.do("end_sessions", caller, heard)
    return asking.word("end_sessions", heard, count=ended["count"]), heard.memory


async def genuine(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """YZ says what we really said lately; YZ#code judges a code that somebody named, YZ#code#number one that was named
    to somebody else: a relative asks from their own line, and whoever is no customer of ours from any."""
    if not arguments:
        me = await asking.ask_me("contacts", caller, "contacts")
        return asking.word("contacts", heard, contacts=me["contacts"]), heard.memory
    if caller.subscriber is None and len(arguments) == 1:
        raise Refused("whose_code")
    about = dict(zip(("code", "number"), arguments, strict=False))
    check = await asking.ask("contact_check", caller, "contact", **about)
    return asking.word("contact_check", heard, check=check), heard.memory


async def permissions(asking: Asking, _: Proofs, caller: Caller, __: tuple[str, ...], heard: Heard) -> Said:
    """Who may act for this line, or asks to."""
    return asking.word("permissions", heard, helpers=await _list_permissions(asking, caller)), heard.memory


async def end_permission(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """QXDB#2 ends the second permission of DB's list; QXDB alone ends the only one."""
    helpers, chosen = await _list_permissions(asking, caller), arguments[0] if arguments else "1"
    if not helpers:
        raise Refused("not_found")
    if (not arguments and len(helpers) > 1) or not (chosen.isdecimal() and 1 <= int(chosen) <= len(helpers)):
        return asking.word("permissions", heard, helpers=helpers), heard.memory
    helper = helpers[int(chosen) - 1]
    await asking.do("end_permission", caller, heard, id=helper["id"])
    return asking.word("end_permission", heard, helper=helper), heard.memory


async def accept(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """Yes to whoever asked to help: to the only one, or with Y#2 to the second of DB's list."""
    return await _answer_help(asking, caller, arguments, heard, accept=True)


async def refuse(asking: Asking, _: Proofs, caller: Caller, arguments: tuple[str, ...], heard: Heard) -> Said:
    """No to whoever asked to help, like a yes."""
    return await _answer_help(asking, caller, arguments, heard, accept=False)


async def _answer_help(
    asking: Asking, caller: Caller, arguments: tuple[str, ...], heard: Heard, *, accept: bool
) -> Said:
    """Where several ask, a bare yes or no answers none of them: the list says how to choose."""
    chosen: Mapping[str, str] = {}
    if arguments:
        helpers = await _list_permissions(asking, caller)
        if not 1 <= int(arguments[0]) <= len(helpers):
            return asking.word("permissions", heard, helpers=helpers), heard.memory
        chosen = {"id": helpers[int(arguments[0]) - 1]["id"]}
    try:
        helper = await asking.do("answer_help", caller, heard, accept=accept, **chosen)
    except Refused as refused:
        if refused.code != "not_found":
            raise
        helpers = await _list_permissions(asking, caller)
        if not any(each["state"] == "ASKED" for each in helpers):
            return await _find_question(asking, caller, heard, accept=accept)
        return asking.word("permissions", heard, helpers=helpers), heard.memory
    return asking.word("help_accepted" if accept else "help_refused", heard, helper=helper), heard.memory


async def _find_question(asking: Asking, caller: Caller, heard: Heard, *, accept: bool) -> Said:
    """Nobody asks to help: a yes may be meant for a change that was begun elsewhere, or for one whose time is over.
    Raises Refused."""
    waiting = await change_deeds.ask_what_waits(asking, caller, heard) if accept else None
    if waiting is not None:
        return waiting
    asked = heard.memory.ordering
    raise Refused("confirmation_expired" if asked and not asked.answered_by else "nothing_asked")


async def _list_permissions(asking: Asking, caller: Caller) -> Sequence[Mapping[str, Any]]:
    """As DB numbers them."""
    found: Sequence[Mapping[str, Any]] = (await asking.ask_me("permissions", caller, "helpers"))["helpers"]
    return found


DEEDS: Mapping[str, SmsDeed] = {
    deed.__name__: deed
    for deed in (
        *money_deeds.DEEDS,
        *change_deeds.DEEDS,
        *recharge_deeds.DEEDS,
        *points_deeds.DEEDS,
        *promotion_deeds.DEEDS,
        code,
        change_password,
        reset_password,
        end_sessions,
        genuine,
        permissions,
        end_permission,
        accept,
        refuse,
    )
}
"""By the name of the command in grammar.toml."""
