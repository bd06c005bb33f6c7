"""Which voucher cards (UVC) are on sale, and what is a card worth to whom?"""

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final, Literal

from sandbox.bss.money import yuan
from sandbox.bss.month import DAY_MS

CardState = Literal["unused", "used", "expired"]
_VALUES: Final = (10, 20, 30, 50, 100, 200, 300, 500)
_CARDS_A_VALUE: Final = 6
_LIVE_DAYS: Final = 3 * 365
_BOUND_TO: Final = ("13800138002", "13800138003")
"""A card that came with a campaign is good for one number alone."""


@dataclass(frozen=True, slots=True)
class Voucher:
    """A card of 18 digits. ``is_spent``: before the world was made; ``number``: the only one that it is good for."""

    card: str
    amount_li: int
    valid_until_ms: int
    is_spent: bool = False
    number: str | None = None

    def state(self, now_ms: int, *, is_used: bool) -> CardState:
        """What is left of it."""
        if self.is_spent or is_used:
            return "used"
        return "expired" if self.valid_until_ms <= now_ms else "unused"


@lru_cache(maxsize=8)
def vouchers(seed: int, born_ms: int) -> dict[str, Voucher]:
    """The book of cards by their digits: six of each value, one that was used, one that expired, two of a number."""
    chance = Random(f"{seed}/voucher")
    lives_ms = born_ms + _LIVE_DAYS * DAY_MS
    drafts = [Voucher("", yuan(value), lives_ms) for value in _VALUES for _ in range(_CARDS_A_VALUE)]
    drafts += [
        Voucher("", yuan(50), lives_ms, is_spent=True),
        Voucher("", yuan(50), born_ms - 30 * DAY_MS),
        *(Voucher("", yuan(30), lives_ms, number=number) for number in _BOUND_TO),
    ]
    cards = [f"{chance.randrange(10**17, 10**18)}" for _ in drafts]
    return {
        card: Voucher(card, draft.amount_li, draft.valid_until_ms, draft.is_spent, draft.number)
        for card, draft in zip(cards, drafts, strict=True)
    }
