"""How are the points of a redemption held, spent and given back in our own ledger?"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.answers import Kind, PointsRefused, Reason
from loyalty.points.holding import capture, release, reserve
from loyalty.points.spending import Spending, return_points
from loyalty.points.statement import fetch_balance
from loyalty.rewards.needs import PointsWish


class LedgerHolds:
    """The ``Holds`` of loyalty/rewards/needs.py over loyalty/points. A hold and its posting are
    ``redeem:<redemption>``, what comes back is ``return:<redemption>``."""

    async def fetch_available(self, connection: AsyncConnection, line_id: str, *, now: datetime) -> int:
        """How many can be spent now; 0 where there never were any."""
        return (await fetch_balance(connection, line_id, now=now)).spendable

    async def reserve(self, connection: AsyncConnection, wish: PointsWish, *, now: datetime) -> int:
        """How many are missing, nothing being held then; 0: they are held."""
        kind = Kind.DONATED if wish.is_donation else Kind.SPENT
        spending = Spending(name_spending(wish.hold), wish.line_id, wish.points, wish.hold, kind)
        held = await reserve(connection, spending, now=now)
        if isinstance(held, PointsRefused) and held.reason is Reason.NOT_ENOUGH:
            return max(1, wish.points - (held.most or 0))
        _expect(held)
        return 0

    async def capture(self, connection: AsyncConnection, hold: str, *, now: datetime) -> None:
        """Raises LookupError where nothing is held."""
        _expect(await capture(connection, name_spending(hold), now=now))

    async def release(self, connection: AsyncConnection, hold: str, *, now: datetime) -> None:
        """Raises LookupError where nothing is held."""
        _expect(await release(connection, name_spending(hold), now=now))

    async def give_back(self, connection: AsyncConnection, hold: str, *, now: datetime) -> None:
        """Raises LookupError where nothing was spent."""
        _expect(await return_points(connection, f"return:{hold}", spent=name_spending(hold), now=now))


def name_spending(redemption_id: str) -> str:
    """The event under which a redemption's points are held, and spent."""
    return f"redeem:{redemption_id}"


def _expect(answer: object) -> None:
    """A redemption is in a state of which the ledger knows nothing: its commit must not be."""
    if isinstance(answer, PointsRefused):
        raise LookupError(f"the points of a redemption can't be moved: {answer.reason}")
