"""Is the SIM card that a line's texts go to old enough to trust?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from graphql_schema.ports import BssFault, SimCards

log = structlog.get_logger(__name__)
SETTLED_AFTER = timedelta(hours=72)
"""Whoever talked the operator out of a new card has the number's texts at once; its owner notices within days."""


@dataclass(frozen=True, slots=True)
class NewCard:
    """The card is too new for a code alone, or nobody can say how old it is (``until`` is None then)."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class SimCardCheck:
    """Asks the BSS. ``now`` is the BSS's time, since it is its instant that is judged."""

    cards: SimCards
    now: Callable[[], datetime]
    settled_after: timedelta = SETTLED_AFTER

    async def find_new_card(self, line_id: str) -> NewCard | None:
        """None where the card was in use for long enough. Fails closed: a BSS that can't say makes it a new one."""
        try:
            changed_at = await self.cards.fetch_changed_at(line_id)
        except BssFault as fault:
            log.warning("sim_card_unknown", fault=fault.code)
            return NewCard(until=None)
        if changed_at is None or self.now() - changed_at >= self.settled_after:
            return None
        return NewCard(until=changed_at + self.settled_after)
