"""What do invitations need from others?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from graphql_schema.loyalty_ports import LoyaltyCustomers
from graphql_schema.types.promotion import PromisedReward
from loyalty.needs import Cross, Transaction, View, pass_by


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties a line to others, as keyed digests, each empty where nothing is known: the devices that signed in, who
    paid for recharges, the addresses that goods of the mall and of campaigns were sent to."""

    devices: frozenset[str] = frozenset()
    payers: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()


class TiesOfLines(Protocol):
    """What lines are tied to. Raises BssFault."""

    async def fetch_ties(self, line_id: str) -> Ties:
        """As it is now."""
        ...


class RewardsOfInvitations(Protocol):
    """What campaigns promise for an invitation."""

    async def fetch_rewards(self) -> Sequence[PromisedReward]:
        """Those that run now."""
        ...


MaskNumber = Callable[[str], str]
"""A number as somebody else may see it."""


@dataclass(frozen=True, slots=True)
class ReferralRules:
    """``accept_within_days`` of a new line's first day it can say who invited it; an inviter is rewarded for at most
    ``most_a_month`` lines that come in a month. ``shown`` invitations are listed. ``lease`` is longer than one step may
    take."""

    accept_within_days: int = 30
    most_a_month: int = 10
    shown: int = 50
    rest_at_most: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Hospitality:
    """Everything that a step of an invitation may touch. ``link`` makes the address that a code is sent as; ``now`` is
    business time."""

    transaction: Transaction
    reading: View
    customers: LoyaltyCustomers
    ties: TiesOfLines
    rewards: RewardsOfInvitations
    mask: MaskNumber
    link: Callable[[str], str]
    now: Callable[[], datetime]
    secret: bytes = field(repr=False)
    rules: ReferralRules = field(default_factory=ReferralRules)
    cross: Cross = pass_by
