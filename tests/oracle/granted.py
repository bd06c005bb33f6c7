"""What should granted money pay of a bill, and what should be left of it (domain page §7)?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal

import httpx

from tests.oracle.month import CHINA, BillingMonth, month_of, parse_instant
from tests.oracle.wire import Wire, fetch_all

BUCKETS = "/prepayBalanceManagement/v4/bucket"


@dataclass(frozen=True)
class Grant:
    """Granted money that can be spent: until when, on which subjects (none: all), and how much is left."""

    id: str
    until: datetime
    usable_for: frozenset[str]
    left: Decimal


@dataclass(frozen=True)
class Frozen:
    """Granted money that is not set free yet: how much comes on which day, for which subjects."""

    id: str
    usable_for: frozenset[str]
    releases: tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True)
class Purse:
    """The money of an account as the wire tells it, each kind in the order in which it was listed."""

    listed: tuple[str, ...]
    own: Decimal
    grants: tuple[Grant, ...]
    frozen: tuple[Frozen, ...]


async def fetch_purse(client: httpx.AsyncClient, account_id: str) -> Purse:
    """Every pot that has not ended."""
    found = await fetch_all(client, BUCKETS, partyAccount__id=account_id, usageType="monetary")
    pots = [pot for pot in found if pot["status"] == "active"]
    [own] = [pot for pot in pots if pot["name"] == "own"]
    return Purse(
        listed=tuple(pot["id"] for pot in pots),
        own=_amount(own["remainingValue"]),
        grants=tuple(_grant(pot) for pot in pots if pot["name"] == "granted"),
        frozen=tuple(_frozen(pot) for pot in pots if pot["name"] == "frozen"),
    )


def pay_bill(
    grants: Sequence[Grant], subjects: Mapping[str, Decimal], month: BillingMonth
) -> tuple[list[Decimal], list[Grant]]:
    """What granted money pays of the bill of a month as it is issued, payment by payment, and what is then left of it:
    what is good for few subjects goes first, then what ends soonest; nothing pays more than the bill asks for, and what
    ends with the month pays its bill for the last time."""
    still, most, paid, left = dict(subjects), max(Decimal(0), sum(subjects.values())), [], []
    for grant in sorted(grants, key=lambda each: (not each.usable_for, each.until, each.id)):
        parts = Decimal(0)
        for subject in still if grant.until >= month.end else ():
            if not grant.usable_for or subject in grant.usable_for:
                part = max(Decimal(0), min(still[subject], grant.left - parts, most - parts))
                still[subject] -= part
                parts += part
        most -= parts
        paid += [parts] if parts else []
        left.append(replace(grant, left=grant.left - parts))
    return paid, [grant for grant in left if grant.until > month.end]


def set_free(frozen: Frozen, month: BillingMonth) -> Grant | None:
    """What a frozen pot sets free as a month begins: for that month alone."""
    for day, amount in frozen.releases:
        if month_of(datetime.combine(day, time(), CHINA)) == month:
            return Grant(frozen.id, month.end, frozen.usable_for, amount)
    return None


def _grant(pot: Wire) -> Grant:
    until = parse_instant(pot["validFor"]["endDateTime"])
    return Grant(pot["id"], until, frozenset(pot.get("usableFor", ())), _amount(pot["remainingValue"]))


def _frozen(pot: Wire) -> Frozen:
    releases = tuple((date.fromisoformat(each["date"]), _amount(each["amount"])) for each in pot["release"])
    return Frozen(pot["id"], frozenset(pot.get("usableFor", ())), releases)


def _amount(quantity: Wire) -> Decimal:
    return Decimal(quantity["amount"])
