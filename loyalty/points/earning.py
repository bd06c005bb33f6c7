"""How do points come to a line?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.accounts import ISSUED, change_many, find_line, take_or_open_lines
from loyalty.points.answers import EventReused, Kind, Posted, check_wish
from loyalty.points.lots import add_lots
from loyalty.points.policies import LotPolicy, decide_expiry, decide_policy, find_business_day
from loyalty.points.postings import Posting, check_same, find_posting, find_postings, post_many
from loyalty.points.settling import Debt, settle
from loyalty.tables import to_us

MOST_AT_ONCE: Final = 5000
EARNED: Final = (Kind.BILL, Kind.ON_TIME, Kind.TENURE, Kind.REWARD)


@dataclass(frozen=True, slots=True)
class Earning:
    """``event`` names it (``earn:bill:<id>``), ``reference`` what it belongs to."""

    event: str
    line_id: str
    points: int
    kind: Kind
    reference: str

    def __post_init__(self) -> None:
        """Raises ValueError for what is no earning."""
        check_wish(self.event, self.points)
        if self.kind not in EARNED:
            raise ValueError(f"points are not earned as {self.kind}")


async def earn(
    connection: AsyncConnection, earning: Earning, policies: Sequence[LotPolicy], *, now: datetime
) -> Posted:
    """A new lot by the policy of the day; what the account owes is paid first. The same event earns once. Raises
    EventReused."""
    return (await earn_many(connection, [earning], policies, now=now))[0]


async def earn_many(
    connection: AsyncConnection, earnings: Sequence[Earning], policies: Sequence[LotPolicy], *, now: datetime
) -> tuple[Posted, ...]:
    """The same for up to MOST_AT_ONCE, a statement a table: the monthly run. What was earned before stays as it is.
    Raises EventReused, ValueError."""
    if len(earnings) > MOST_AT_ONCE or len({each.event for each in earnings}) < len(earnings):
        raise ValueError(f"at most {MOST_AT_ONCE} earnings at once, each event one time")
    known = await find_postings(connection, [each.event for each in earnings])
    for each in earnings:
        if each.event in known:
            _check_replay(known[each.event], each)
    await _earn_new(connection, [each for each in earnings if each.event not in known], policies, now)
    return tuple(Posted(each.event, each.points) for each in earnings)


async def _earn_new(
    connection: AsyncConnection, earnings: Sequence[Earning], policies: Sequence[LotPolicy], now: datetime
) -> None:
    """Those that nobody had earned a moment ago."""
    if not earnings:
        return
    accounts = await take_or_open_lines(connection, [each.line_id for each in earnings])
    postings = [_write(each, accounts[each.line_id].id) for each in earnings]
    new = await post_many(connection, postings, now=now)
    for each in earnings:
        if each.event not in new and (there := await find_posting(connection, each.event)):  # another was faster
            _check_replay(there, each)
    await _book_many(connection, [each for each in postings if each.id in new], policies, now)
    await _settle_many(connection, list(accounts.values()), earnings, now)


async def _book_many(
    connection: AsyncConnection, postings: Sequence[Posting], policies: Sequence[LotPolicy], now: datetime
) -> None:
    """Lots and balances of what was posted just now."""
    if not postings:
        return
    came = dict[str, int]()
    for each in postings:
        came[each.taker] = came.get(each.taker, 0) + each.points
    await add_lots(connection, [_make_lot(each, policies, now) for each in postings])
    await change_many(connection, came)


async def _settle_many(
    connection: AsyncConnection, accounts: Sequence[Row[Any]], earnings: Sequence[Earning], now: datetime
) -> None:
    """The few that owe pay, under the first of their events that was not used for that."""
    for account in accounts:
        if account.owed:
            mine = [each.event for each in earnings if each.line_id == account.line_id]
            owed = account.owed
            for event in mine:
                owed -= await settle(connection, account, Debt(event, owed), now=now)


def _check_replay(there: Row[Any], earning: Earning) -> None:
    """What is there must be this earning; its line may have got another account since. Raises EventReused."""
    if find_line(there.to_account) != earning.line_id:
        raise EventReused(earning.event)
    check_same(there, _write(earning, there.to_account))


def _write(earning: Earning, account_id: str) -> Posting:
    return Posting(earning.event, ISSUED, account_id, earning.points, earning.kind, earning.reference)


def _make_lot(posting: Posting, policies: Sequence[LotPolicy], now: datetime) -> dict[str, Any]:
    day = find_business_day(now)
    policy = decide_policy(policies, day)
    return {
        "id": posting.id,
        "account": posting.taker,
        "original": posting.points,
        "expires_on": decide_expiry(policy, day).isoformat(),
        "policy": policy.key,
        "at_us": to_us(now),
    }
