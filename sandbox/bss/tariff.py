"""What does a use cost when no bucket covers it?

The numbers of the domain page §3 (calls) and of this sandbox (all others). They are published on the wire as
productOfferingPrice, so that anyone can recompute a bill.
"""

from dataclasses import dataclass
from typing import Final

from sandbox.bss.money import yuan
from sandbox.bss.offering import Subject

MEGABYTE: Final = 1024**2
GIGABYTE: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Rate:
    """So much for each started unit. ``subject`` is where it stands on a bill, ``service`` the value-added service that
    it is for, ``roaming`` whether it is for use abroad.
    """

    id: str
    zh: str
    en: str
    unit_amount: int
    units: str
    price_li: int
    subject: Subject
    service: str = ""
    roaming: bool = False

    def fee_li(self, amount: int) -> int:
        """The price of an amount: a started unit counts whole."""
        return -(-amount // self.unit_amount) * self.price_li


LOCAL_CALL = Rate("tariff-local-call", "本地通话费", "Local calls", 60, "second", yuan(0.40), "voice")
LONG_DISTANCE = Rate(
    "tariff-long-distance", "国内长途通话费", "Domestic long-distance calls", 6, "second", yuan(0.07), "voice"
)
NIGHT_LONG_DISTANCE = Rate(
    "tariff-long-distance-night", "国内长途夜间通话费", "Night long-distance calls", 6, "second", yuan(0.04), "voice"
)
MESSAGE = Rate("tariff-sms", "短信费", "Text messages", 1, "message", yuan(0.10), "sms")
DATA = Rate("tariff-data", "套餐外流量费", "Data outside the package", MEGABYTE, "byte", yuan(0.005), "data")

ROAMING_CALL = Rate(
    "tariff-roaming-call", "国际漫游通话费", "Calls abroad", 60, "second", yuan(0.99), "voice", roaming=True
)
ROAMING_MESSAGE = Rate(
    "tariff-roaming-sms", "国际漫游短信费", "Text messages abroad", 1, "message", yuan(0.39), "sms", roaming=True
)
ROAMING_DATA = Rate(
    "tariff-roaming-data", "国际漫游流量费", "Data abroad", MEGABYTE, "byte", yuan(0.30), "data", roaming=True
)

GAME_ITEM = Rate(
    "tariff-game-item", "游戏道具(代收)", "Game items (collected for a third party)", 1, "event", yuan(2),
    "other_party", service="游戏道具",
)  # fmt: skip
PAID_CHAPTER = Rate(
    "tariff-paid-chapter", "付费阅读章节(代收)", "Paid chapters (collected for a third party)", 1, "event", yuan(0.12),
    "other_party", service="付费阅读",
)  # fmt: skip
RING_TONE = Rate(
    "tariff-ring-tone", "彩铃下载费", "Ring-tone downloads", 1, "event", yuan(1), "value_added", service="彩铃下载"
)

RATES = (
    LOCAL_CALL, LONG_DISTANCE, NIGHT_LONG_DISTANCE, MESSAGE, DATA, ROAMING_CALL, ROAMING_MESSAGE, ROAMING_DATA,
    GAME_ITEM, PAID_CHAPTER, RING_TONE,
)  # fmt: skip
RATE_OF_SERVICE: Final = {rate.service: rate for rate in RATES if rate.service}
"""What an event of a value-added service costs; one that is not named here is free."""

NIGHT_ENDS_HOUR: Final = 7
"""The night rate holds for calls that start from 00:00 to 07:00."""

LATE_FEE_PER_MILLE: Final = 3
"""违约金: for each day that begins (00:00 in China) while a bill is past due, of what is then unpaid."""
