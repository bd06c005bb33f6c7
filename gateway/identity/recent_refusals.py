"""Which budgets were used up a moment ago, so that a flood of guesses does not become a flood of transactions?"""

from collections import OrderedDict
from datetime import datetime, timedelta

from gateway.identity.budget import Attempts, Exhausted

BELIEVED = timedelta(seconds=5)
"""Another process may have given the tries back meanwhile: after a password reset, say."""
MOST = 20_000


class RecentRefusals:
    """A small memory of this process. It only ever refuses: what it does not know is counted in SQL as ever."""

    def __init__(self, believed: timedelta = BELIEVED, most: int = MOST) -> None:
        self._believed, self._most = believed, most
        self._known: OrderedDict[tuple[str, str], tuple[Exhausted, datetime]] = OrderedDict()

    def find(self, attempts: Attempts, now: datetime) -> Exhausted | None:
        """What refused one of these a moment ago, None where nothing did."""
        for budget, subject in attempts:
            refused, noted_at = self._known.get((budget.kind, subject), (None, now))
            if refused is not None and noted_at <= now < min(refused.until, noted_at + self._believed):
                return refused
        return None

    def note(self, refused: Exhausted, now: datetime) -> None:
        """Keeps a refusal in mind; the oldest is forgotten where there are too many."""
        key = (refused.kind, refused.subject)
        self._known[key] = (refused, now)
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def forget(self, attempts: Attempts) -> None:
        """The tries were given back."""
        for budget, subject in attempts:
            self._known.pop((budget.kind, subject), None)
