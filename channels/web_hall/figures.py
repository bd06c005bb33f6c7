"""How do shares, allowances and days left read on a page?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from channels.browser.span import render_full_day
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
from channels.web_hall import charts
from channels.web_hall.difference import name_cause, tell_days
from channels.web_hall.months import first_day
from channels.web_hall.noticeboard import name_area
from channels.web_hall.periods import spell_months
from channels.web_hall.reward_figures import reward_filters
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
    return (
        fact_filters(language)
        | reward_filters(wording)
        | {
            "percent": render_percent,
            "figure": lambda amount, usage_type: render_figure(amount, usage_type, wording),
            "days_to": count_days,
            "clock": lambda instant: f"{to_local(instant):%H:%M:%S}",
            "seconds_to": count_seconds,
            "heights": draw_heights,
            "draw_days": charts.draw_days,
            "draw_months": charts.draw_months,
            "highest": charts.find_highest,
            "cause_name": lambda cause: name_cause(
                cause, spell_months(cause["name"][language], language) if cause["name"] else "", wording
            ),
            "cause_days": lambda cause: tell_days(cause, wording),
            "by_line": add_up_lines,
            "by_charge": lambda disputes: {
                each["ratedLineId"]: each for each in reversed(disputes) if each["ratedLineId"]
            },
            "day_before": lambda day: (date.fromisoformat(day) - timedelta(days=1)).isoformat(),
            "full_day": lambda day: render_full_day(day, language),
            "fee_sum": charts.add_up_fees,
            "traffic": render_traffic,
            "spread": lambda forecast: render_spread(forecast, wording),
            "used_by_record": lambda record: render_record_use(record, wording),
            "month_of": lambda month: render_month(first_day(month), language),
            "short_month_of": lambda month: _shorten(render_month(first_day(month), language), month),
            "is_web_address": is_web_address,
            "exact": render_exact,
            "masked": lambda number: name_number(number, wording),
            "bare": mask_number,
            "named": lambda text: spell_months(text[language], language),
            "share_out": lambda left, total, usage_type: share_out(left, total, usage_type, wording),
            "used_of": lambda used, total: render_used_of(used, total, wording),
            "tempo": compare_pace,
            "overdue": is_overdue,
            "signed": render_signed,
            "is_after": lambda instant, other: to_local(instant) > to_local(other),
            "unsigned": lambda money: render_priced({**money, "amount": str(abs(Decimal(money["amount"])))}),
            "exact_signed": lambda money: ("+" if Decimal(money["amount"]) > 0 else "") + render_exact(money),
            "deed_name": lambda deed: name_deed(deed, wording),
            "note_words": lambda record: describe_note(record, wording),
            "outcome_name": lambda code: wording.name("outcome", code),
            "factor_name": lambda factor: wording.name("factor", factor),
            "scope_name": lambda scope: wording.name("scope", scope),
            "record_name": lambda record: wording.name("record", record),
            "channel_name": lambda channel: wording.name("channel", channel),
            "subject_name": lambda subject: wording.name("subject", subject),
            "rest_area": name_area,
            "why_name": lambda why: wording.name("why", why),
            "short_month": lambda day: _shorten(render_month(day, language), day),
        }
    )


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
    amount = Decimal(money["amount"])
    thousandths = amount.normalize().as_tuple().exponent
    if not isinstance(thousandths, int) or thousandths > -3:
        return render_priced(money)
    shown = render_priced({**money, "amount": "0"}).replace("0.00", f"{abs(amount):,.3f}")
    return f"-{shown}" if amount < 0 else shown


def render_signed(money: Mapping[str, str]) -> str:
    """A difference with its sign: ``+¥5.00``, ``-¥5.00``."""
    return ("+" if Decimal(money["amount"]) > 0 else "") + render_priced(money)


def add_up_lines(subjects: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each line of an account is charged, exact to the 厘, the dearest first; what is no line's comes last."""
    lines = [line for subject in subjects for line in subject["ratedLines"]]
    numbers = dict.fromkeys(line["number"] for line in lines)
    sums = []
    for number in numbers:
        own = [line for line in lines if line["number"] == number]
        total = sum((Decimal(line["amount"]["amount"]) for line in own), Decimal(0))
        kind = next((line["lineKind"] for line in own if line["lineKind"]), None)
        money = {"amount": str(total), "currency": own[0]["amount"]["currency"]}
        sums.append({"number": number, "kind": kind, "amount": money})
    return sorted(sums, key=lambda each: (each["number"] is None, -Decimal(each["amount"]["amount"])))


def render_spread(forecast: Mapping[str, Any], wording: Wording) -> str:
    """``¥86-¥97``: whole yuan outwards, though never below what is charged already; one exact sum where all are one."""
    least, most, so_far = (Decimal(forecast[part]["amount"]) for part in ("least", "most", "soFar"))
    if least == most:
        return render_priced(forecast["most"])
    start, end = (
        int(part.to_integral_value(rounding)) for part, rounding in ((least, ROUND_FLOOR), (most, ROUND_CEILING))
    )
    low = render_priced(forecast["soFar"]) if start < so_far else _whole(start, forecast["least"])
    return wording("forecast.between", least=low, most=_whole(end, forecast["most"]))


def render_record_use(record: Mapping[str, Any], wording: Wording) -> str:
    """What one record, or the sum of several of a kind, used: ``3 分 20 秒``, ``12.40 MB``, ``1 条``, ``2 次``."""
    used = int(record["used"])
    if record["kind"] == "DATA":
        return render_traffic(used)
    if record["kind"] == "VOICE":
        minutes, seconds = divmod(used, 60)
        return wording("record.used.VOICE" if minutes else "record.used.seconds", minutes=minutes, seconds=seconds)
    return wording(f"record.used.{record['kind']}", n=used)


def render_traffic(volume_bytes: int) -> str:
    """Bytes of one connection: ``12.40 MB``, ``640 KB``, ``64 B``; cut off."""
    for unit, size in (("GB", 1024**3), ("MB", 1024**2)):
        if volume_bytes >= size:
            return f"{Decimal(volume_bytes * 100 // size) / 100:.2f} {unit}"
    return f"{volume_bytes // 1024} KB" if volume_bytes >= 1024 else f"{volume_bytes} B"


def is_web_address(address: str | None) -> bool:
    """Whether an address that the BSS gave may stand in a link."""
    try:
        return bool(address) and urlsplit(address or "").scheme in ("http", "https")
    except ValueError:  # half an IPv6 address
        return False


def _whole(amount: int, like: Mapping[str, str]) -> str:
    return render_priced({**like, "amount": str(amount)}).removesuffix(".00")


def _shorten(month: str, day: str) -> str:
    """``2026年11月`` → ``11月``."""
    return month.replace(day[:4], "").strip(" 年")


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
