"""Which words stand on paper, in spreadsheets and behind links?"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from graphql_schema.types.month import BUSINESS_ZONE

Language = Literal["zh", "en"]
FOLDER = Path(__file__).with_name("words")
FEN = Decimal("0.01")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language, each by its name: ``bill.title``. An unknown name raises KeyError."""

    language: Language
    words: Mapping[str, str]

    def __call__(self, name: str, **facts: object) -> str:
        """The words with the facts put in."""
        return self.words[name].format(**facts) if facts else self.words[name]

    def month(self, day: date) -> str:
        """``2026年10月``, ``Oct 2026``."""
        return f"{day.year}年{day.month}月" if self.language == "zh" else f"{_MONTHS[day.month - 1]} {day.year}"

    def day(self, day: date) -> str:
        """``2026年10月2日``, ``2 Oct 2026``."""
        return f"{self.month(day)}{day.day}日" if self.language == "zh" else f"{day.day} {self.month(day)}"

    def instant(self, moment: datetime) -> str:
        """``2026-10-02 11:59:30``, in Asia/Shanghai."""
        return f"{moment.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M:%S}"


@cache
def load_wording(language: Language) -> Wording:
    """Reads the words of a language, once."""
    kept: dict[str, Any] = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    words = {name: text for name, text in kept.items() if isinstance(text, str)}
    for part, texts in kept.items():
        if isinstance(texts, dict):
            words |= {f"{part}.{name}": text for name, text in texts.items()}
    return Wording(language, words)


def spell_amount(amount: Decimal) -> str:
    """``1234.5`` → ``1,234.50``; 厘 are shown where there are any: ``0.035``."""
    fen = amount.quantize(FEN, ROUND_HALF_UP)
    return f"{fen:,.2f}" if fen == amount else f"{amount.normalize():,f}"
