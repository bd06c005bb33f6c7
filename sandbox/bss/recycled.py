"""Who gets a number that somebody else gave back?"""

from random import Random
from typing import Final

from sandbox.bss.draft import LineDraft, PortfolioDraft, account_id, build_portfolio
from sandbox.bss.money import yuan
from sandbox.bss.portfolio import Account, Habit, Line, LineKind, Portfolio

FIRST_OFFERING: Final[dict[LineKind, str]] = {"mobile": "plan-59", "fixed": "fixed-20"}
"""What a new holder takes; a service account (broadband, IPTV) is never passed on."""


def recycled_portfolio(index: int, former: Line, *, at_ms: int, seed: int) -> Portfolio:
    """A new customer with an account and one line, which begins when the number is passed on and is unused so far."""
    account = Account(account_id(index), "postpaid", 0, yuan(100), pays_days_after_due=-14)
    line = LineDraft(former.kind, former.number, Habit(), (FIRST_OFFERING[former.kind],), at_ms)
    draft = PortfolioDraft(account=account, lines=(line,), city=former.city, quiet=True)
    return build_portfolio(index, draft, Random(f"{seed}/recycled/{index}"))
