"""How does a period read that a charge is named by?"""

import re

from channels.rendering import Language, render_month

_PERIOD = re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(?!\d)")


def spell_months(name: str, language: Language) -> str:
    """``202608账单违约金`` → ``2026年8月账单违约金``: a period that a charge is named by, as people say it."""

    def spell(period: re.Match[str]) -> str:
        return render_month(f"{period[1]}-{period[2]}-01", language)

    return _PERIOD.sub(spell, name)
