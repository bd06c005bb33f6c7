"""How do facts read in a text: money, volume, time, in two languages?"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
SHOWN_IN = ZoneInfo("Asia/Shanghai")
_GIB, _MIB, _KIB = 1024**3, 1024**2, 1024
_UNIT_BYTES = {"GB": _GIB, "MB": _MIB, "KB": _KIB}
_SYMBOLS = {"CNY": "¥"}


def render_money(money: Mapping[str, Any]) -> str:
    """``{"amount": "86.5", "currency": "CNY"}`` → ``86.50``: two decimals, half-up, grouped by thousands."""
    return f"{Decimal(money['amount']).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,}"


def render_priced(money: Mapping[str, Any]) -> str:
    """The amount with its symbol: ``¥86.50``, ``-¥5.00``; an unknown currency keeps its code: ``EUR 86.50``."""
    sign, amount = ("-", render_money(money)[1:]) if Decimal(money["amount"]) < 0 else ("", render_money(money))
    symbol = _SYMBOLS.get(money["currency"])
    return f"{sign}{symbol}{amount}" if symbol else f"{sign}{money['currency']} {amount}"


class Volume(NamedTuple):
    """A volume as it is shown: its figure and its unit, apart; ``str`` joins them."""

    value: str
    unit: str

    def __str__(self) -> str:
        return self.value + self.unit


class VolumeShares(NamedTuple):
    """A volume's shown parts: ``used`` and ``left`` add up to ``total``."""

    used: Volume
    left: Volume
    total: Volume


def figure_volume(volume_bytes: int | Decimal) -> Volume:
    """Bytes as people say them, cut off: ``("8.00", "GB")``, ``("512", "MB")``, ``("0", "MB")``."""
    if volume_bytes >= _GIB:
        return Volume(f"{Decimal(volume_bytes * 100 // _GIB) / 100:.2f}", "GB")
    if volume_bytes >= _MIB or volume_bytes < _KIB:
        return Volume(str(int(volume_bytes // _MIB)), "MB")
    return Volume(str(int(volume_bytes // _KIB)), "KB")


def render_volume(volume_bytes: int) -> str:
    """Bytes as people say them: ``8.00GB``, ``512MB``, ``0MB``; cut off, never rounded up past what is left."""
    return str(figure_volume(volume_bytes))


def share_volume(left_bytes: int, total_bytes: int) -> VolumeShares:
    """What is left, cut off, and what was used: the shown total less the shown rest, so that the two add up to it.

    20.30 GB left of 66.00 GB are 45.70 GB used, though 45.694 GB were: a customer can add. Where the rest has a
    smaller unit than the total, what was used is cut off, so that nobody reads "all used" with something left.
    """
    left, total = figure_volume(max(0, left_bytes)), figure_volume(total_bytes)
    if left.unit == total.unit:
        used = Volume(str(Decimal(total.value) - Decimal(left.value)), total.unit)
    else:
        used = figure_volume(_weigh(total) - _weigh(left))
    return VolumeShares(figure_volume(0) if left_bytes >= total_bytes else used, left, total)


def mask_number(number: str) -> str:
    """``13812344566`` → ``138****4566``, as the graph's Line.maskedNumber; what is too short to mask shows nothing."""
    if len(number) >= len("13812344566"):
        return f"{number[:-8]}****{number[-4:]}"
    return f"{number[:2]}****{number[-2:]}" if len(number) >= len("123456") else "****"


def render_minutes(duration_seconds: int) -> int:
    """Whole minutes; a started minute counts."""
    return -(-duration_seconds // 60)


def to_local(instant: str | datetime) -> datetime:
    """An aware instant (or its ISO form) on the clock of Asia/Shanghai."""
    moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return moment.astimezone(SHOWN_IN)


def render_instant(instant: str | datetime, language: Language) -> str:
    """``11月21日 08:32`` or ``21 Nov 08:32``, in Asia/Shanghai."""
    local = to_local(instant)
    if language == "zh":
        return f"{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"


def render_day(day: str | date, language: Language) -> str:
    """``11月21日`` or ``21 Nov``; an instant is read on the clock of Asia/Shanghai first."""
    value = _to_day(day)
    return f"{value.month}月{value.day}日" if language == "zh" else f"{value.day} {_MONTHS[value.month - 1]}"


def render_month(day: str | date, language: Language) -> str:
    """``2026年11月`` or ``Nov 2026``."""
    value = _to_day(day)
    return f"{value.year}年{value.month}月" if language == "zh" else f"{_MONTHS[value.month - 1]} {value.year}"


def text_environment(folder: Path, language: Language) -> Environment:
    """A strict environment for plain text templates: an unknown name is an error, never an empty hole.

    Filters: money, priced, volume, shares (a rest of a total), minutes, instant, day, month, named (a LocalizedText
    in this language).
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  plain text: there is nothing to escape
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters.update(fact_filters(language))
    return environment


def fact_filters(language: Language) -> dict[str, Callable[..., Any]]:
    """The filters that every medium's templates share."""
    return {
        "money": render_money,
        "priced": render_priced,
        "volume": render_volume,
        "shares": share_volume,
        "minutes": render_minutes,
        "instant": lambda instant: render_instant(instant, language),
        "day": lambda day: render_day(day, language),
        "month": lambda day: render_month(day, language),
        "named": lambda text: text[language],
    }


def subtract(money: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, str]:
    """What is left of an amount, in its currency; exact."""
    return {"amount": str(Decimal(money["amount"]) - Decimal(other["amount"])), "currency": money["currency"]}


def negate(money: Mapping[str, Any]) -> dict[str, str]:
    """What is given back, as a positive amount."""
    return {"amount": str(-Decimal(money["amount"])), "currency": money["currency"]}


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _weigh(volume: Volume) -> Decimal:
    return Decimal(volume.value) * _UNIT_BYTES[volume.unit]


def _to_day(day: str | date) -> date:
    if isinstance(day, str):
        return date.fromisoformat(day) if len(day) == len("2026-11-21") else to_local(day).date()
    return to_local(day).date() if isinstance(day, datetime) else day
