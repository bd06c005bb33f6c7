"""What does the mall need from others?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.loyalty_ports import Fulfilment, LoyaltyCustomers
from loyalty.needs import Announce, Cross, Seal, Transaction, View, pass_by
from loyalty.notices import LineTeller


@dataclass(frozen=True, slots=True)
class PointsWish:
    """Points of a line to be held under a name; ``is_donation``: they go to the good cause once they are captured."""

    hold: str
    line_id: str
    points: int
    is_donation: bool


class Holds(Protocol):
    """A line's points as far as a redemption moves them: each in the caller's transaction, once by the name of its hold
    (the redemption's id), so that whoever asks again changes nothing."""

    async def fetch_available(self, connection: AsyncConnection, line_id: str, *, now: datetime) -> int:
        """How many can be spent now."""
        ...

    async def reserve(self, connection: AsyncConnection, wish: PointsWish, *, now: datetime) -> int:
        """Takes them, what ends first goes first; how many are missing, nothing being taken then. 0: they are held."""
        ...

    async def capture(self, connection: AsyncConnection, hold: str, *, now: datetime) -> None:
        """They are spent, or given to the good cause. Raises LookupError where nothing is held."""
        ...

    async def release(self, connection: AsyncConnection, hold: str, *, now: datetime) -> None:
        """They are back in the lots that they came from. Raises LookupError where nothing is held."""
        ...

    async def give_back(self, connection: AsyncConnection, hold: str, *, now: datetime) -> None:
        """What was spent is back in the lots that it came from. Raises LookupError where nothing was spent."""
        ...


@dataclass(frozen=True, slots=True)
class RewardRules:
    """How new a line may be, and how long what may take.

    ``least_age_days`` is how old a line must be to redeem (0: any). ``returnable_for`` counts from when goods arrived.
    ``lease`` is longer than one step may take. ``given_up_after`` is how long a reward that the operator never heard of
    and turns down for certain is asked for; ``ask_goods_after`` the pause between questions about goods on their way.
    """

    least_age_days: int = 90
    returnable_for: timedelta = timedelta(days=7)
    late_after: timedelta = timedelta(minutes=5)
    goods_late_after: timedelta = timedelta(days=7)
    given_up_after: timedelta = timedelta(days=1)
    ask_goods_after: timedelta = timedelta(hours=1)
    rest_at_most: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(seconds=30)
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Mall:
    """Everything that a step of a redemption may touch.

    ``points`` None: they live on the operator's own platform, and are redeemed there. ``secret`` makes the
    digests of codes. ``teller`` None: nobody is told anything by text.
    """

    transaction: Transaction
    reading: View
    customers: LoyaltyCustomers
    fulfilment: Fulfilment
    points: Holds | None
    seal: Seal
    now: Callable[[], datetime]
    secret: bytes = field(repr=False)
    announce: Announce | None = None
    teller: LineTeller | None = None
    rules: RewardRules = field(default_factory=RewardRules)
    cross: Cross = pass_by
