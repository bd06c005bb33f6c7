"""How do the causes of a bill's difference read?"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from channels.browser.wording import Wording
from channels.rendering import render_day

DAYS_NAMED_MOST = 6
"""More stretches of days than these are told by their number and span."""


def name_cause(cause: Mapping[str, Any], name: str, wording: Wording) -> str:
    """``新增订购：视频定向 20GB``; a cause without a name says its kind alone."""
    kind = wording(f"cause.{cause['kind']}")
    return wording("cause.named", kind=kind, name=name) if name else kind


def tell_days(cause: Mapping[str, Any], wording: Wording) -> str:
    """The days on which it was charged: ``11月3日、6日至8日``, or how many and from when to when; empty if none."""
    language = wording.language
    days = sorted(date.fromisoformat(day) for day in cause["days"])
    if not days and cause["firstDay"]:
        days = [date.fromisoformat(cause["firstDay"])]
        return _span(days[0], date.fromisoformat(cause["lastDay"] or cause["firstDay"]), wording)
    stretches = _join_days(days)
    if len(stretches) > DAYS_NAMED_MOST:
        first, last = (render_day(day, language) for day in (days[0], days[-1]))
        return wording("cause.days_many", n=len(days), first=first, last=last)
    return wording("sentence.list").join(_span(first, last, wording) for first, last in stretches)


def _span(first: date, last: date, wording: Wording) -> str:
    start, end = (render_day(day, wording.language) for day in (first, last))
    return start if first == last else wording("cause.days", first=start, last=end)


def _join_days(days: Sequence[date]) -> list[tuple[date, date]]:
    """Days that follow one another as one stretch."""
    if not days:
        return []
    breaks = [index for index, (one, other) in enumerate(pairwise(days), 1) if other - one > timedelta(days=1)]
    edges = [0, *breaks, len(days)]
    return [(days[start], days[end - 1]) for start, end in pairwise(edges)]
