"""How long does what, before somebody else takes over, or it is given up?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from graphql_schema.client import Channel

WINDOWS: Final[Mapping[Channel, timedelta]] = MappingProxyType(
    {
        Channel.WEB: timedelta(minutes=15),
        Channel.APP: timedelta(minutes=15),
        Channel.SMS: timedelta(minutes=30),
        Channel.IVR: timedelta(minutes=5),
    }
)
"""How long an answer counts, by the channel of the question."""


@dataclass(frozen=True, slots=True)
class Patience:
    """``windows``: see WINDOWS; another channel has the shortest. ``lease``: longer than any call takes. ``settle``:
    after so long a call whose answer was lost does nothing any more at a BSS. ``place_within``: so long an order that
    never arrived is placed again. ``tell_within``: an older text helps nobody. ``follow_for``: then an order that does
    not end is looked at no more."""

    windows: Mapping[Channel, timedelta] = field(default_factory=lambda: WINDOWS)
    lease: timedelta = timedelta(seconds=30)
    settle: timedelta = timedelta(seconds=60)
    place_within: timedelta = timedelta(hours=1)
    tell_within: timedelta = timedelta(hours=24)
    follow_for: timedelta = timedelta(days=180)

    def window(self, channel: Channel) -> timedelta:
        """How long an answer counts."""
        return self.windows.get(channel) or min(self.windows.values())


def pause_after(attempts: int) -> timedelta:
    """How long what failed rests: longer each time, five minutes at most."""
    return min(timedelta(minutes=5), timedelta(seconds=2 ** min(attempts, 12)))


def look_again_after(age: timedelta) -> timedelta:
    """When an open order is looked at again: after a quarter of its age, from 5 s to 6 h. Its events are faster."""
    return min(timedelta(hours=6), max(timedelta(seconds=5), age / 4))
