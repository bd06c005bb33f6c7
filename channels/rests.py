"""What rests now or will within a day, of what can be done where there is no screen?"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

SOON = timedelta(hours=24)
"""A rest that begins later is no matter for who texts or calls now; web and app show the whole week."""
EVERY_DEED = "*"
AREAS: Mapping[str, str] = {
    **dict.fromkeys(("prepareChange", "confirmChange"), "change"),
    "cancelOrder": "cancel",
    "redeemVoucher": "voucher",
    "resumeCharges": "resume",
    "redeemReward": "redeem",
    "acceptInvitation": "invitation",
}
"""What people call a deed that can be done by text or in a call and that an operator may let rest."""
ALL_AREAS = frozenset(AREAS.values())
NEVER_REST = frozenset({"REPORT_LOSS", "RESUME", "KEEP_OPEN", "SWITCH_OFF", "DROP"})
"""Changes that protect somebody or let one pay less go on while all others rest: so the graph has it."""


def find_rests(
    notices: Iterable[Mapping[str, Any]], now: datetime, areas: Collection[str] = ALL_AREAS
) -> list[dict[str, Any]]:
    """Of the graph's ``serviceNotices`` those that concern these areas, now or within a day, as JSON values.

    ``areas`` of each are names, or ``all``; ``begins`` is null for what rests already, ``until`` until further notice;
    ``reason`` is in both languages.
    """
    told = []
    for notice in notices:
        named = _name_areas(notice["deeds"], areas)
        if named and (notice["resting"] or datetime.fromisoformat(notice["beginsAt"]) <= now + SOON):
            begins = None if notice["resting"] else notice["beginsAt"]
            told.append({"areas": named, "reason": notice["reason"], "begins": begins, "until": notice["endsAt"]})
    return told


def _name_areas(deeds: Collection[str], areas: Collection[str]) -> list[str]:
    if EVERY_DEED in deeds:
        return ["all"]
    named = dict.fromkeys(area for deed, area in AREAS.items() if deed in deeds)
    return [area for area in named if area in areas]
