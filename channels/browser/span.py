"""From which day until which does something run, said with its year?"""

from datetime import date, timedelta

from channels.rendering import Language, render_day, to_local


def render_full_day(day: str | date, language: Language) -> str:
    """``2026年11月3日`` or ``3 Nov 2026``."""
    value = date.fromisoformat(day) if isinstance(day, str) else day
    return (
        f"{value.year}年{render_day(value, language)}"
        if language == "zh"
        else f"{render_day(value, language)} {value.year}"
    )


def render_beginning(instant: str, language: Language) -> str:
    """Its day on the clock of Asia/Shanghai, and its minute where that is not midnight."""
    local = to_local(instant)
    day = render_full_day(local.date(), language)
    return day if (local.hour, local.minute) == (0, 0) else f"{day} {local:%H:%M}"


def render_end(instant: str, language: Language) -> str:
    """The last day of what ends as another one begins, as people name it; else the day and its minute."""
    local = to_local(instant)
    if (local.hour, local.minute) == (0, 0):
        return render_full_day(local.date() - timedelta(days=1), language)
    return render_beginning(instant, language)
