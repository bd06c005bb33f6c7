"""What is a campaign?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from loyalty.rules.condition import Condition
from loyalty.rules.effects import Clawback, Reward, Tier
from loyalty.rules.facts import Facts, HappeningKind


class Relation(StrEnum):
    """How criteria of a group, or groups of a campaign, belong together (TMF671 v4 criteriaLogicalRelationship)."""

    ALL = "AND"
    ANY = "OR"


@dataclass(frozen=True, slots=True)
class CriteriaGroup:
    """Conditions that belong together; there is at least one."""

    conditions: tuple[Condition, ...]
    relation: Relation = Relation.ALL
    name: str = ""

    def holds(self, facts: Facts) -> bool:
        """Whether all of them, or any of them, hold."""
        if self.relation is Relation.ALL:
            return all(condition.holds(facts) for condition in self.conditions)
        return any(condition.holds(facts) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a campaign is given: to one customer, and to all together (None: no end)."""

    of_customer: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelException:
    """Where one channel has another start or other prices than the rest, and what the campaign says of it on its face.

    ``begins_at`` None and ``tiers`` empty: as everywhere.
    """

    channel: str
    face_zh: str
    face_en: str
    begins_at: datetime | None = None
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class Campaign:
    """One version of a campaign, with one start and one price in every channel but ``exceptions``.

    It runs from ``begins_at`` until before ``ends_at`` (aware), for happenings of ``kinds`` for which ``groups`` hold
    (all of them or any; none asks nothing). ``tiers`` ascend; the highest that the amount reaches is given.
    ``budget_fen`` is the most that its rewards may cost together (None: no end).

    How campaigns stand beside each other, ``loyalty/rules/stacking.py`` says. ``priority``: the smaller number is the
    higher (TMF671 v4 PromotionPattern.priority).
    """

    id: str
    version: int
    name_zh: str
    name_en: str
    kinds: frozenset[HappeningKind]
    begins_at: datetime
    ends_at: datetime
    rewards: tuple[Reward, ...]
    tiers: tuple[Tier, ...]
    groups: tuple[CriteriaGroup, ...] = ()
    relation: Relation = Relation.ALL
    exclusion_group: str | None = None
    priority: int = 100
    is_stackable: bool = True
    limits: Limits = Limits()
    budget_fen: int | None = None
    clawback: Clawback = field(default=Clawback())
    exceptions: tuple[ChannelException, ...] = ()
    is_on: bool = True

    def find_reward(self, key: str) -> Reward:
        """The reward of this key. LookupError: the campaign was never checked."""
        for reward in self.rewards:
            if reward.key == key:
                return reward
        raise LookupError(key)

    def find_exception(self, channel: str) -> ChannelException | None:
        """What is otherwise in a channel."""
        for exception in self.exceptions:
            if exception.channel == channel:
                return exception
        return None

    def find_tiers(self) -> Iterator[Tier]:
        """All tiers of all channels."""
        yield from self.tiers
        for exception in self.exceptions:
            yield from exception.tiers
