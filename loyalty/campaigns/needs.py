"""What do campaigns need from others?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from graphql_schema.loyalty_ports import Fulfilment, LoyaltyCustomers
from graphql_schema.types.money import Money
from loyalty.needs import Announce, Cross, Seal, Transaction, View, pass_by
from loyalty.notices import LineTeller
from loyalty.points.policies import LotPolicy
from loyalty.rules.campaign import Campaign

ReadCampaign = Callable[[str], Campaign]
"""The campaign that a document describes, which was checked before it was kept."""


class Stars(Protocol):
    """The star level of a line (0-5). Raises BssFault where it lives elsewhere."""

    async def fetch_stars(self, line_id: str) -> int:
        """What it is now."""
        ...


class Spend(Protocol):
    """What an account spent in a month. Raises BssFault."""

    async def fetch_spend(self, account_id: str, month: date) -> Money | None:
        """Of a month that is over (its first day); None: it is not billed yet."""
        ...


@dataclass(frozen=True, slots=True)
class GrantRules:
    """How long what may take.

    ``choose_for`` counts from when there was something to choose. ``lease`` is longer than one step may take.
    ``given_up_after`` is how long a reward that the operator never heard of and turns down for certain is asked for;
    ``ask_goods_after`` the pause between questions about goods on their way, ``ask_spend_after`` that between questions
    about a month that is not billed yet. Where less is left of a limit than one of ``scarce_parts``, or less
    than ``scarce_count`` times, a promise is uncertain.
    """

    choose_for: timedelta = timedelta(days=30)
    late_after: timedelta = timedelta(minutes=5)
    given_up_after: timedelta = timedelta(days=1)
    ask_goods_after: timedelta = timedelta(hours=1)
    ask_spend_after: timedelta = timedelta(hours=6)
    rest_at_most: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(seconds=30)
    scarce_parts: int = 10
    scarce_count: int = 10
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Bureau:
    """Everything that a step of a campaign may touch.

    ``now`` is business time: campaigns, parts and choices live by it, and leases too. ``policies`` say when points that
    are given end; None: points live on the operator's own platform, and no campaign can give any. ``teller`` None:
    nobody is told anything by text.
    """

    transaction: Transaction
    reading: View
    customers: LoyaltyCustomers
    stars: Stars
    spend: Spend
    fulfilment: Fulfilment
    policies: Sequence[LotPolicy] | None
    read_campaign: ReadCampaign
    seal: Seal
    now: Callable[[], datetime]
    announce: Announce | None = None
    teller: LineTeller | None = None
    rules: GrantRules = field(default_factory=GrantRules)
    cross: Cross = pass_by
