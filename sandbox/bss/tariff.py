"""What does a use cost when no bucket covers it?

The numbers of the domain page §3 (calls) and of this sandbox (messages, data, late fee). They are published on the
wire as
productOfferingPrice, so that anyone can recompute a bill.
"""

from dataclasses import dataclass
from typing import Final

from sandbox.bss.money import yuan

MEGABYTE: Final = 1024**2
GIGABYTE: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Rate:
    """So much for each started unit."""

    id: str
    zh: str
    en: str
    unit_amount: int
    units: str
    price_li: int

    def fee_li(self, amount: int) -> int:
        """The price of an amount: a started unit counts whole."""
        return -(-amount // self.unit_amount) * self.price_li


LOCAL_CALL = Rate("tariff-local-call", "本地通话费", "Local calls", 60, "second", yuan(0.40))
LONG_DISTANCE = Rate("tariff-long-distance", "国内长途通话费", "Domestic long-distance calls", 6, "second", yuan(0.07))
NIGHT_LONG_DISTANCE = Rate(
    "tariff-long-distance-night", "国内长途夜间通话费", "Night long-distance calls", 6, "second", yuan(0.04)
)
MESSAGE = Rate("tariff-sms", "短信费", "Text messages", 1, "message", yuan(0.10))
DATA = Rate("tariff-data", "套餐外流量费", "Data outside the package", MEGABYTE, "byte", yuan(0.005))

RATES = (LOCAL_CALL, LONG_DISTANCE, NIGHT_LONG_DISTANCE, MESSAGE, DATA)

NIGHT_ENDS_HOUR: Final = 7
"""The night rate holds for calls that start from 00:00 to 07:00."""

LATE_FEE_PER_MILLE: Final = 3
"""违约金: for each day that begins (00:00 in China) while a bill is past due, of what is then unpaid."""
