"""How often may someone try, and how often have they?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from zoneinfo import ZoneInfo

from sqlalchemy import case, delete, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import insert_into
from gateway.identity.tables import attempt_budget, to_us

BUSINESS_DAY = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PREFIX_DIGITS = 7
"""A segment of mobile numbers (号段): ten thousand of them."""


@dataclass(frozen=True, slots=True)
class Budget:
    """``limit`` attempts in each window: a day of Asia/Shanghai, or any shorter time counted from the epoch."""

    kind: str
    limit: int
    window: timedelta


Attempts = tuple[tuple["Budget", str], ...]
"""What one attempt is counted in: budgets, and the subject in each."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """Every budget of the doorkeeper. Sources are generous: many customers share one address of their operator.

    A right password gives the tries back, so often in a day as ``pardons`` says: guesses in between are bounded too.
    ``own_prefixes`` are the beginnings of the operator's own numbers (号段); codes for any other beginning are held to
    the narrow budgets, so that nobody can make the house text the world.
    """

    password_tries: Budget = Budget("password_tries", 3, DAY)
    device_tries: Budget = Budget("device_tries", 3, DAY)
    identity_tries: Budget = Budget("identity_tries", 3, DAY)
    pardons: Budget = Budget("pardons", 30, DAY)
    number_codes: Budget = Budget("number_codes", 5, DAY)
    source_guesses_minute: Budget = Budget("source_guesses_minute", 30, MINUTE)
    source_guesses_day: Budget = Budget("source_guesses_day", 1000, DAY)
    source_codes_minute: Budget = Budget("source_codes_minute", 10, MINUTE)
    source_codes_day: Budget = Budget("source_codes_day", 300, DAY)
    device_codes_day: Budget = Budget("device_codes_day", 20, DAY)
    prefix_codes_minute: Budget = Budget("prefix_codes_minute", 120, MINUTE)
    prefix_codes_hour: Budget = Budget("prefix_codes_hour", 2000, HOUR)
    narrow_codes_minute: Budget = Budget("narrow_codes_minute", 20, MINUTE)
    narrow_codes_hour: Budget = Budget("narrow_codes_hour", 100, HOUR)
    house_codes_minute: Budget = Budget("house_codes_minute", 600, MINUTE)
    noted_locks: Budget = Budget("noted_locks", 1, DAY)
    own_prefixes: tuple[str, ...] = ()

    def by_source(self, source: str) -> Attempts:
        """What a guess at any secret is counted in."""
        who = name_source(source)
        return (self.source_guesses_minute, who), (self.source_guesses_day, who)

    def password(self, number: str) -> Attempts:
        """The tries that all channels and devices share."""
        return ((self.password_tries, number),)

    def password_on(self, device: str, number: str) -> Attempts:
        """The tries of a device that was proved for the number: nobody else can use them up."""
        return ((self.device_tries, f"{device}:{number}"),)

    def wish(self, source: str, device: str | None) -> Attempts:
        """What a wish for a code is counted in, whether or not it is granted. ``device`` is a known device's id."""
        who = name_source(source)
        counted = (self.source_codes_minute, who), (self.source_codes_day, who)
        return (*counted, (self.device_codes_day, device)) if device else counted

    def sending(self, number: str) -> Attempts:
        """What a code that really goes out is counted in; what the last one has left is told."""
        prefix, narrow = number[:PREFIX_DIGITS], not number.startswith(self.own_prefixes)
        return (
            (self.narrow_codes_minute if narrow else self.prefix_codes_minute, prefix),
            (self.narrow_codes_hour if narrow else self.prefix_codes_hour, prefix),
            (self.house_codes_minute, "house"),
            (self.number_codes, number),
        )


@dataclass(frozen=True, slots=True)
class Spent:
    """An attempt was counted; ``left`` more remain in this window."""

    left: int


@dataclass(frozen=True, slots=True)
class Exhausted:
    """No attempt is left before ``until`` (aware UTC), of this kind and subject."""

    until: datetime
    kind: str = field(default="", compare=False)
    subject: str = field(default="", compare=False)


async def spend(connection: AsyncConnection, budget: Budget, subject: str, *, now: datetime) -> Spent | Exhausted:
    """Counts one attempt, in one statement: of any number at once, never more than the limit are let through."""
    begins, ends = find_window(budget.window, now)
    table, begins_us = attempt_budget, to_us(begins)
    fresh = insert_into(table, connection).values(kind=budget.kind, subject=subject, window_at_us=begins_us, spent=1)
    another = table.c.window_at_us != begins_us
    statement = fresh.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={"spent": case((another, 1), else_=table.c.spent + 1), "window_at_us": begins_us},
        where=or_(another, table.c.spent < budget.limit),
    ).returning(table.c.spent)
    spent: int | None = (await connection.execute(statement)).scalar_one_or_none()
    return Exhausted(ends, budget.kind, subject) if spent is None else Spent(left=budget.limit - spent)


async def spend_all(
    connection: AsyncConnection, attempts: Sequence[tuple[Budget, str]], *, now: datetime
) -> Spent | Exhausted:
    """Counts the attempt in each budget, up to the one that refuses it; what the last one says is the answer."""
    counted: Spent | Exhausted = Spent(left=0)
    for budget, subject in attempts:
        counted = await spend(connection, budget, subject, now=now)
        if isinstance(counted, Exhausted):
            break
    return counted


async def forgive(connection: AsyncConnection, budget: Budget, subject: str) -> None:
    """Gives all attempts of the window back."""
    table = attempt_budget
    mine = (table.c.kind == budget.kind) & (table.c.subject == subject)
    await connection.execute(update(table).where(mine).values(spent=0))


async def give_back(connection: AsyncConnection, budget: Budget, subject: str, *, now: datetime) -> None:
    """Gives one attempt of the running window back."""
    table, (begins, _) = attempt_budget, find_window(budget.window, now)
    mine = (table.c.kind == budget.kind, table.c.subject == subject, table.c.window_at_us == to_us(begins))
    await connection.execute(update(table).where(*mine, table.c.spent > 0).values(spent=table.c.spent - 1))


async def purge_budgets(connection: AsyncConnection, *, now: datetime) -> None:
    """Forgets windows that are over for certain."""
    await connection.execute(delete(attempt_budget).where(attempt_budget.c.window_at_us < to_us(now - 2 * DAY)))


def find_window(window: timedelta, now: datetime) -> tuple[datetime, datetime]:
    """The running window's begin and end (aware UTC)."""
    if window == DAY:
        today = now.astimezone(BUSINESS_DAY).date()
        begins, ends = (datetime.combine(day, time(), BUSINESS_DAY) for day in (today, today + DAY))
        return begins.astimezone(UTC), ends.astimezone(UTC)
    begins = now - (now - datetime(1970, 1, 1, tzinfo=UTC)) % window
    return begins, begins + window


def name_source(source: str) -> str:
    """Who tries, as budgets count them: an IPv6 address counts as its /64, since one household owns all of that."""
    try:
        address = IPv6Address(source)
    except AddressValueError:
        return source.encode("ascii", "backslashreplace").decode().replace("\0", "")[:128]
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
