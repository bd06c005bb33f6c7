"""Which rewards can be had where nobody can key in an address, and why not where there is none?"""

from collections.abc import Mapping, Sequence
from typing import Any

SENT = "GOODS"
"""Things that are sent ask where to: the web hall and the app do."""
OF_THE_LINE = frozenset({"POINTS_ELSEWHERE", "SUSPENDED", "OWES", "NOT_REAL_NAME", "LINE_TOO_NEW"})
"""Obstacles that keep a line from everything alike."""
_TOO_FEW = "TOO_FEW_POINTS"

Item = Mapping[str, Any]
"""A RewardItem as JSON: at least code, kind, points, name and obstacles."""
Points = Mapping[str, Any]
"""The line's Points as JSON: at least available."""


def find_at_hand(items: Sequence[Item], points: Points | None) -> list[Item]:
    """What this line can have now, in the mall's order; ``points`` None: how many it has is not known."""
    return [
        item for item in items if item["kind"] != SENT and not item["obstacles"] and not _count_missing(item, points)
    ]


def find_line_obstacles(items: Sequence[Item]) -> list[Mapping[str, Any]]:
    """What keeps the line from all of them, each reason once."""
    found = {each["code"]: each for item in items for each in item["obstacles"] if each["code"] in OF_THE_LINE}
    return list(found.values())


def find_nearest(items: Sequence[Item], points: Points | None) -> tuple[Item, int] | None:
    """The one for which the fewest points are missing and nothing else, with how many; None where there is none."""
    short = [
        (item, _count_missing(item, points))
        for item in items
        if item["kind"] != SENT and {each["code"] for each in item["obstacles"]} <= {_TOO_FEW}
    ]
    return min((each for each in short if each[1]), key=lambda each: each[1], default=None)


def _count_missing(item: Item, points: Points | None) -> int:
    """How many points are missing: as the mall says, or by what the line has."""
    said = next((int(each["missing"]) for each in item["obstacles"] if each["code"] == _TOO_FEW), 0)
    return said or (max(0, item["points"] - points["available"]) if points else 0)
