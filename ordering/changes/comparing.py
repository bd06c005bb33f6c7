"""Does a change still do what was shown, and what is it that it changes?"""

from collections.abc import Iterable
from typing import Final

from graphql_schema.order_ports import WantedChange
from graphql_schema.types.change import ChangeAction, ChangeLoss, ChangePreview


def still_holds(shown: ChangePreview, now: ChangePreview) -> bool:
    """Whether a customer who said yes to ``shown`` said yes to ``now``: the same thing from the same day for the same
    money, bound for as long, and nothing lost that was not named.

    What is left of an allowance gets less while it is used, and a loss that is gone harms nobody: less may be lost.
    What else the line pays (``monthly_before``, ``monthly_after``) may have changed for other reasons.
    """
    return now.allowed and _asked(shown) == _asked(now) and _loses_no_more(shown.losses, now.losses)


def name_thing(wanted: WantedChange) -> str:
    """What a change changes: two that wait for an answer are never about the same."""
    return {
        ChangeAction.ADD: f"offering:{wanted.offering_id}",
        ChangeAction.CHANGE_PLAN: "plan",
        ChangeAction.DROP: f"package:{wanted.package_id}",
        ChangeAction.SWITCH_ON: f"service:{wanted.service}",
        ChangeAction.SWITCH_OFF: f"service:{wanted.service}",
        ChangeAction.REPORT_LOSS: "card",
        ChangeAction.RESUME: "card",
        ChangeAction.CLOSE: "life",
        ChangeAction.KEEP_OPEN: "life",
        ChangeAction.OPEN_LINE: f"number:{wanted.number}",
    }[wanted.action]


_ASKED: Final = (
    *("action", "offering_id", "package_id", "service", "number"),
    *("start", "starts_on", "price", "repeats", "charges", "takes_away", "contract_until"),
)


def _asked(preview: ChangePreview) -> list[object]:
    return [getattr(preview, name) for name in _ASKED]


def _loses_no_more(shown: Iterable[ChangeLoss], now: Iterable[ChangeLoss]) -> bool:
    named = list(shown)
    return all(any(_covers(was, loss) for was in named) for loss in now)


def _covers(shown: ChangeLoss, now: ChangeLoss) -> bool:
    """Whether so much was named. Without an amount left, all of it was."""
    same = (shown.kind, shown.name, shown.on) == (now.kind, now.name, now.on)
    left = shown.left is None or (now.left is not None and now.left <= shown.left)
    if shown.amount is None or now.amount is None:
        return same and left and shown.amount == now.amount
    return same and left and shown.amount.currency == now.amount.currency and now.amount.amount <= shown.amount.amount
