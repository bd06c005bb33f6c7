"""How does a fact of the graph sound in the language of the call?

Words, not figures with ``say-as``: voice browsers differ in what they make of a number, and none misreads a word.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from types import ModuleType
from typing import Any

from channels.ivr import speech_en, speech_zh
from channels.rendering import Language, render_minutes, to_local

_VOICES: Mapping[Language, ModuleType] = {"zh": speech_zh, "en": speech_en}
_MESSAGE: Mapping[Language, str] = {"zh": "条", "en": "message"}
_MINUTE: Mapping[Language, str] = {"zh": "分钟", "en": "minute"}
_GIB, _MIB, _KIB = 1024**3, 1024**2, 1024


def speak_money(money: Mapping[str, Any], language: Language) -> str:
    """``{"amount": "128.5", "currency": "CNY"}`` → ``一百二十八元五角``; rounded half-up to the fen as on a screen."""
    amount = Decimal(money["amount"]).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if money["currency"] != "CNY":
        return str(_VOICES[language].say_currency(amount, money["currency"]))
    return str(_VOICES[language].say_yuan(int(amount * 100)))


def speak_volume(volume_bytes: int, language: Language) -> str:
    """Bytes with the figures of ``render_volume``: cut off at 0.01 GB, whole MB below one GB, KB below one MB."""
    voice = _VOICES[language]
    if volume_bytes >= _GIB:
        return str(voice.say_gigabytes(Decimal(volume_bytes * 100 // _GIB) / 100))
    if volume_bytes >= _MIB or volume_bytes < _KIB:
        return str(voice.say_megabytes(volume_bytes // _MIB))
    return str(voice.say_kilobytes(volume_bytes // _KIB))


def speak_minutes(duration_seconds: int, language: Language) -> str:
    """Whole minutes, a started one counted: ``两分钟``, ``two minutes``."""
    return speak_count(render_minutes(duration_seconds), _MINUTE[language], language)


def speak_messages(messages: int, language: Language) -> str:
    """``两条``, ``two messages``."""
    return speak_count(messages, _MESSAGE[language], language)


def speak_count(number: int, measure: str, language: Language) -> str:
    """A number of something; the English measure comes in the singular."""
    return str(_VOICES[language].say_count(number, measure))


def speak_position(position: int, language: Language) -> str:
    """The number of an item in a list that is read out: ``第十二``, ``number twelve``."""
    said = str(_VOICES[language].say_integer(position))
    return f"第{said}" if language == "zh" else f"number {said}"


def speak_digits(digits: str, language: Language) -> str:
    """A number to dial, digit by digit."""
    return str(_VOICES[language].say_digits(digits))


def speak_masked(masked: str, language: Language) -> str:
    """A masked number, its two ends digit by digit: ``138****8001`` → ``一三八,尾号八零零一``."""
    head, stars, tail = masked.partition("*")
    ends = [speak_digits(end, language) for end in (head, tail.lstrip("*"))]
    between: Mapping[Language, str] = {"zh": ",尾号", "en": ", ending in "}
    return between[language].join(ends) if stars else ends[0]


def speak_day(day: str | date, language: Language) -> str:
    """``十一月二十一日``, ``November twenty-first``; an instant is read on the clock of Asia/Shanghai first."""
    return str(_VOICES[language].say_day(_to_day(day)))


def speak_month(day: str | date, language: Language) -> str:
    """``二零二六年十一月``, ``November twenty twenty-six``."""
    return str(_VOICES[language].say_month(_to_day(day)))


def speak_instant(instant: str | datetime, language: Language) -> str:
    """``十一月二十一日八点三十二分``, on the clock of Asia/Shanghai."""
    return str(_VOICES[language].say_instant(to_local(instant)))


def speech_filters(language: Language) -> dict[str, Callable[..., str]]:
    """The filters of the call's templates, each named after the fact that it says."""
    voices: dict[str, Callable[..., str]] = {
        "money": speak_money,
        "volume": speak_volume,
        "minutes": speak_minutes,
        "messages": speak_messages,
        "counted": speak_count,
        "ordinal": speak_position,
        "digits": speak_digits,
        "masked": speak_masked,
        "day": speak_day,
        "month": speak_month,
        "instant": speak_instant,
    }
    return {name: partial(voice, language=language) for name, voice in voices.items()}


def _to_day(day: str | date) -> date:
    if isinstance(day, str):
        return date.fromisoformat(day) if len(day) == len("2026-11-21") else to_local(day).date()
    return to_local(day).date() if isinstance(day, datetime) else day
