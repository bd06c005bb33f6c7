"""What happens when a line is used now?"""

from dataclasses import replace
from random import Random
from typing import Final, NamedTuple

from sandbox.bss.bucket import Bucket, BucketState
from sandbox.bss.hub import Hub
from sandbox.bss.month import render_instant
from sandbox.bss.names import CITIES, other_number
from sandbox.bss.offering import UsageKind
from sandbox.bss.portfolio import Line, Portfolio
from sandbox.bss.rating import Rated, rate_uses
from sandbox.bss.tmf.usage import render_usage
from sandbox.bss.usage import Use
from sandbox.bss.world import World

_CITIES_AT_HOME: Final = frozenset(city.zh for city in CITIES)


class UseRefusedError(Exception):
    """The network does not let this use through; ``code`` says why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Wish(NamedTuple):
    """What someone is about to do: ``amount`` is seconds, messages, bytes or events.

    ``app`` is what data serves, or the value-added service; ``place`` is where, if not at home: a city in China, or
    somewhere abroad.
    """

    kind: UsageKind
    amount: int
    app: str = "浏览器"
    place: str = ""


def use_now(world: World, hub: Hub, line: Line, wish: Wish) -> Rated:
    """A use happens now: it is rated, draws its buckets and is announced.

    Raises UseRefusedError for a suspended or ended line, an outgoing-barred one (calls and messages), one abroad whose
    roaming was switched off, a prepaid account that could not pay for all of it out of bucket, and a charge that is
    paused. Data ends where its buckets end if what is beyond them is paused.
    """
    portfolio = world.portfolio_of(line.id)
    now_ms = world.clock.stamp_ms()
    use = _as_wished(wish, line, now_ms)
    _check_standing(world, line, use)
    use = _braked(world, portfolio, line, use)
    if portfolio.account.kind == "prepaid" and not _can_pay(world, portfolio, line, use):
        raise UseRefusedError("balanceTooLow", f"The balance of {line.number} does not cover this.")
    rated = world.record_use(portfolio, use)
    usage = render_usage(rated, line, now_ms)
    hub.announce("usageManagement", "UsageCreateEvent", render_instant(now_ms), {"usage": usage})
    return rated


def _as_wished(wish: Wish, line: Line, now_ms: int) -> Use:
    dials = wish.kind in {"voice", "sms"}
    return Use(
        id="",
        line_id=line.id,
        at_ms=now_ms,
        kind=wish.kind,
        amount=wish.amount,
        outgoing=True,
        other_number=other_number(Random(now_ms), line.city) if dials else "",
        place=wish.place or line.city.zh,
        roaming=bool(wish.place),
        long_distance=False,
        app="" if dials else wish.app,
        abroad=bool(wish.place) and wish.place not in _CITIES_AT_HOME,
    )


def _check_standing(world: World, line: Line, use: Use) -> None:
    standing = world.standing(line, use.at_ms)
    if standing == "suspended":
        raise UseRefusedError("lineSuspended", f"{line.number} is suspended.")
    if standing in ("terminated", "pendingActive"):
        raise UseRefusedError("lineNotActive", f"{line.number} is not in service.")
    if use.abroad and world.orders.is_switched_off(line.id, "roaming", use.at_ms):
        raise UseRefusedError("roamingOff", f"International roaming of {line.number} is switched off.")
    if standing == "outgoingBarred" and use.kind != "data":
        raise UseRefusedError("outgoingBarred", f"{line.number} is barred for outgoing calls and messages.")


def _braked(world: World, portfolio: Portfolio, line: Line, use: Use) -> Use:
    """The use as far as paused charges let it go."""
    brake = world.lines.brake(line.id, use.at_ms)
    if not brake.paused:
        return use
    (rated,), _ = rate_uses([use], _left_over(world.buckets(portfolio, line, use.at_ms)), [line])
    charge = "thirdParty" if use.kind == "valueAdded" else "roaming" if use.abroad else "outOfBucket"
    if rated.rate is None or not brake.stops(charge):
        return use
    covered = sum(amount for _, amount in rated.taken)
    if use.kind == "data" and covered:
        return use._replace(amount=covered)
    raise UseRefusedError("chargePaused", f"Charges of the kind {charge} are paused on {line.number}.")


def _can_pay(world: World, portfolio: Portfolio, line: Line, use: Use) -> bool:
    """Whether what the buckets leave uncovered costs no more than the account has."""
    taken, _ = rate_uses([use], _left_over(world.buckets(portfolio, line, use.at_ms)), [line])
    rate, books = taken[0].rate, world.books(portfolio, use.at_ms)
    return taken[0].fee_li <= books.own_li + (books.granted_li(rate.subject) if rate else 0)


def _left_over(states: list[BucketState]) -> list[Bucket]:
    """The buckets as they are now, as if that were all they ever had."""
    return [replace(state.bucket, total=state.remaining) for state in states]
