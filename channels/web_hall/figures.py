"""How do shares, allowances and days left read on a page?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from channels.browser.wording import Wording
from channels.rendering import (
    Language,
    fact_filters,
    figure_volume,
    mask_number,
    render_minutes,
    render_month,
    render_priced,
    share_volume,
    to_local,
)
from channels.web_hall.difference import compare_subjects
from channels.web_hall.periods import spell_months
from channels.web_hall.trail import describe_note, name_deed


class Figure(NamedTuple):
    """A number and its unit, apart, so that a page can set them in two sizes."""

    value: str
    unit: str


class Shares(NamedTuple):
    """An allowance as it is shown: what is used and what is left add up to the total."""

    used: Figure
    left: Figure
    total: Figure


def hall_filters(wording: Wording) -> dict[str, Callable[..., Any]]:
    """The filters that all media share, and the hall's own, which a page alone needs."""
    language: Language = wording.language
    return fact_filters(language) | {
        "percent": render_percent,
        "figure": lambda amount, usage_type: render_figure(amount, usage_type, wording),
        "days_to": count_days,
        "clock": lambda instant: f"{to_local(instant):%H:%M:%S}",
        "seconds_to": count_seconds,
        "heights": draw_heights,
        "changes": compare_subjects,
        "exact": render_exact,
        "masked": lambda number: name_number(number, wording),
        "named": lambda text: spell_months(text[language], language),
        "share_out": lambda left, total, usage_type: share_out(left, total, usage_type, wording),
        "used_of": lambda used, total: render_used_of(used, total, wording),
        "tempo": compare_pace,
        "overdue": is_overdue,
        "signed": render_signed,
        "total": lambda amounts: str(sum(map(Decimal, amounts), Decimal(0))),
        "deed_name": lambda deed: name_deed(deed, wording),
        "note_words": lambda record: describe_note(record, wording),
        "outcome_name": lambda code: wording.name("outcome", code),
        "factor_name": lambda factor: wording.name("factor", factor),
        "scope_name": lambda scope: wording.name("scope", scope),
        "record_name": lambda record: wording.name("record", record),
        "why_name": lambda why: wording.name("why", why),
        "short_month": lambda day: render_month(day, language).replace(day[:4], "").strip(" 年"),
    }


def render_percent(share: str | float | Decimal) -> str:
    """``"0.629"`` → ``62%``: cut off, so that 100% means gone."""
    return f"{int(Decimal(str(share)) * 100)}%"


def render_figure(amount: int, usage_type: str, wording: Wording) -> Figure:
    """Bytes, seconds or messages in the customer's units."""
    if usage_type == "DATA":
        return Figure(*figure_volume(amount))
    if usage_type == "VOICE":
        return Figure(f"{render_minutes(amount):,}", wording("unit.minutes"))
    return Figure(f"{amount:,}", wording("unit.messages"))


def share_out(left: int, total: int, usage_type: str, wording: Wording) -> Shares:
    """What is left of a total and what was used, so that a customer can add the two."""
    if usage_type == "DATA":
        return Shares(*(Figure(*part) for part in share_volume(left, total)))
    shown_left, shown_total = (render_minutes(part) if usage_type == "VOICE" else part for part in (left, total))
    unit = wording("unit.minutes" if usage_type == "VOICE" else "unit.messages")
    return Shares(*(Figure(f"{part:,}", unit) for part in (shown_total - shown_left, shown_left, shown_total)))


def render_used_of(used: Figure, total: Figure, wording: Wording) -> str:
    """``142 of 300 min used``: a unit that both share is said once."""
    short = used.value if used.unit == total.unit else f"{used.value} {used.unit}"
    return wording("bucket.used_of", used=short, total=f"{total.value} {total.unit}")


def compare_pace(pace: Mapping[str, Any]) -> str:
    """GONE, AHEAD, LEVEL or BELOW: the graph's state, where ON_TRACK is BELOW only when its shown share is smaller.

    The graph calls up to ten points before the cycle still on track; that is not slower, and it need not last.
    """
    if pace["state"] != "ON_TRACK":
        return str(pace["state"])
    used, elapsed = (int(Decimal(pace[share]) * 100) for share in ("shareUsed", "shareElapsed"))
    return "BELOW" if used < elapsed else "LEVEL"


def is_overdue(bill: Mapping[str, Any], as_of: str) -> bool:
    """Whether something of the bill is open and its due day has passed in Asia/Shanghai; the day itself is in time."""
    if not bill["dueOn"] or Decimal(bill["remaining"]["amount"]) <= 0:
        return False
    return date.fromisoformat(bill["dueOn"]) < to_local(as_of).date()


def name_number(number: str, wording: Wording) -> str:
    """A masked number after the kind of line that it must be of: ``Mobile 138****8001``, ``Account gz****09``."""
    kind = "account" if not number.isdigit() else "fixed" if number.startswith("0") else "mobile"
    return wording(f"number.{kind}", number=mask_number(number))


def render_exact(money: Mapping[str, str]) -> str:
    """An amount to the 厘 where it has one: ``¥0.035``, else to the fen: ``¥86.50``."""
    thousandths = Decimal(money["amount"]).normalize().as_tuple().exponent
    if not isinstance(thousandths, int) or thousandths > -3:
        return render_priced(money)
    return render_priced({**money, "amount": "0"}).replace("0.00", f"{Decimal(money['amount']):,.3f}")


def render_signed(money: Mapping[str, str]) -> str:
    """A difference with its sign: ``+¥5.00``, ``-¥5.00``."""
    return ("+" if Decimal(money["amount"]) > 0 else "") + render_priced(money)


def count_days(start: str | datetime, end: str | datetime) -> int:
    """Midnights between two instants on the clock of Asia/Shanghai, 0 when the end is past."""
    return max(0, (to_local(end).date() - to_local(start).date()).days)


def count_seconds(start: datetime, end: str | datetime) -> int:
    """Whole seconds from now to then, a started one counted, 0 when it is past."""
    return max(0, -int(-(to_local(end) - to_local(start)).total_seconds() // 1))


def draw_heights(bills: Sequence[Mapping[str, Any]]) -> Iterable[tuple[Mapping[str, Any], str]]:
    """Bills, oldest first, each with its bar's height: 0-100 against the largest total."""
    totals = [Decimal(bill["total"]["amount"]) for bill in bills]
    largest = max([*totals, Decimal(0)]) or Decimal(1)
    heights = [f"{max(Decimal(0), total) * 100 / largest:.1f}" for total in totals]
    return list(zip(bills, heights, strict=True))[::-1]
