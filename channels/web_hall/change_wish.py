"""Which change does somebody want, as an address or a form says it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

NEEDED: Mapping[str, tuple[str, ...]] = {
    "ADD": ("offering",),
    "CHANGE_PLAN": ("offering",),
    "DROP": ("package",),
    "SWITCH_ON": ("service",),
    "SWITCH_OFF": ("service",),
    "REPORT_LOSS": (),
    "RESUME": (),
    "CLOSE": (),
    "KEEP_OPEN": (),
    "OPEN_LINE": ("offering", "number"),
}
"""What each change is about."""
STARTS = ("NEXT_CYCLE", "AT_ONCE")
ID_CHARACTERS_MOST = 128
_IN_GRAPH = {"offering": "offeringId", "package": "packageId", "service": "service", "number": "number"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A change: its ``action``, what it is ``about`` (offering, package, service, number), and from when, if that was
    chosen."""

    action: str
    about: Mapping[str, str]
    start: str | None = None

    @property
    def wanted(self) -> dict[str, Any]:
        """The graph's ChangeWanted."""
        start = {"start": self.start} if self.start else {}
        return {"action": self.action} | {_IN_GRAPH[name]: value for name, value in self.about.items()} | start

    @property
    def fields(self) -> dict[str, str]:
        """The same as a form's hidden fields, the start left to choose."""
        return {"action": self.action, **self.about}

    @property
    def address(self) -> str:
        """Where its preview is seen again; a number that is to be reserved stands in no address."""
        if "number" in self.about:
            return "/services/new-line"
        start = {"start": self.start} if self.start else {}
        return "/change?" + urlencode(self.fields | start)

    @property
    def any_start(self) -> "Wish":
        """The same, from its usual start."""
        return Wish(self.action, self.about)


def read_wish(given: Mapping[str, str]) -> Wish | None:
    """What an address or a form says; None for what no page of ours asks for."""
    action = given.get("action", "")
    if action not in NEEDED:
        return None
    about = {name: given.get(name, "") for name in NEEDED[action]}
    if not all(0 < len(value) <= ID_CHARACTERS_MOST for value in about.values()):
        return None
    start = given.get("start")
    return Wish(action, about, start if start in STARTS else None)


def wish_of(preview: Mapping[str, Any]) -> Wish:
    """The change that a preview is about, from the same start."""
    about = {name: preview[_IN_GRAPH[name]] for name in NEEDED[preview["action"]]}
    return Wish(preview["action"], about, preview["start"])
