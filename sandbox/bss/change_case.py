"""What must be known of a line to judge a change of it?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.bss.catalogue import OFFERING
from sandbox.bss.change import Named, Start, Wanted
from sandbox.bss.month import Month, midnight_after
from sandbox.bss.offering import Offering
from sandbox.bss.order_life import takes_effect_ms
from sandbox.bss.portfolio import Line, Package, Portfolio
from sandbox.bss.service import SERVICE, Service
from sandbox.bss.world import World

CLOSES_AFTER_DAYS: Final = 7
_NOW_ENOUGH_MS: Final = 3_600_000
"""A wanted start that is no further off than an hour means at once."""


class UnknownThingError(Exception):
    """A line, offering, package or service that does not exist or is another line's; ``code`` says which."""

    def __init__(self, code: str, id_: str | None) -> None:
        super().__init__(f"There is no such thing as {id_} on this line.")
        self.code = code


@dataclass(frozen=True, slots=True)
class Held:
    """A package and the line that holds it."""

    line: Line
    package: Package

    @property
    def offering(self) -> Offering:
        """What it is."""
        return OFFERING[self.package.offering_id]

    @property
    def named(self) -> Named:
        """Its offering's id and name."""
        return named(self.offering)


@dataclass(frozen=True, slots=True)
class Case:
    """A wish with everything that it is about. ``offering`` is what would be taken; ``going`` are the packages that the
    wish itself ends; ``possible`` says whether the wanted start is one of ``starts``."""

    world: World
    wanted: Wanted
    portfolio: Portfolio
    line: Line
    now_ms: int
    offering: Offering | None
    going: tuple[Held, ...]
    service: Service | None
    starts: tuple[Start, ...]
    start: Start
    possible: bool

    @property
    def effect_ms(self) -> int:
        """When it takes effect if it is ordered now; a closing when it is final."""
        if self.wanted.action == "close":
            return midnight_after(self.now_ms, CLOSES_AFTER_DAYS)
        visit = self.offering is not None and self.offering.visit
        return takes_effect_ms(self.wanted.action, self.start, self.now_ms, visit=visit)

    def held(self, at_ms: int | None = None) -> list[Held]:
        """What the lines of the portfolio hold at an instant, by default when the change takes effect."""
        at_ms = self.effect_ms if at_ms is None else at_ms
        return [Held(line, package) for line in self.portfolio.lines for package in held_at(line, at_ms)]

    def lasting(self) -> list[Held]:
        """What they hold then or are going to hold later."""
        return [
            Held(line, package)
            for line in self.portfolio.lines
            for package in line.packages
            if package.until_ms is None or package.until_ms > self.effect_ms
        ]


def case_of(world: World, wanted: Wanted) -> Case:
    """Looks up what a wish is about. Raises UnknownThingError."""
    try:
        line = world.line(wanted.line_id)
    except LookupError:
        raise UnknownThingError("unknownLine", wanted.line_id) from None
    now_ms = world.clock.now_ms()
    service, offering = _service(wanted, line), _offering(wanted)
    if wanted.action == "switchOn" and service and service.offering_id:
        offering = OFFERING[service.offering_id]
    starts = _starts(wanted, offering, service)
    asked = start_asked(wanted.start_ms, now_ms)
    start = asked if asked in starts else starts[0]
    return Case(
        world=world,
        wanted=wanted,
        portfolio=world.portfolio_of(line.id),
        line=line,
        now_ms=now_ms,
        offering=offering,
        going=tuple(_going(wanted, line, service, now_ms)),
        service=service,
        starts=starts,
        start=start,
        possible=wanted.start_ms is None or asked in starts,
    )


def start_asked(start_ms: int | None, now_ms: int) -> Start | None:
    """Which start an instant means; None: none that there is."""
    if start_ms == Month.of(now_ms).end_ms:
        return "nextCycle"
    return "atOnce" if start_ms is not None and abs(start_ms - now_ms) <= _NOW_ENOUGH_MS else None


def held_at(line: Line, at_ms: int) -> list[Package]:
    """The packages that a line holds at an instant."""
    return [package for package in line.packages if package.is_held(at_ms)]


def named(offering: Offering) -> Named:
    """An offering's id and name."""
    return Named(offering.id, offering.zh, offering.en)


def _offering(wanted: Wanted) -> Offering | None:
    if wanted.action not in ("add", "changePlan", "openLine"):
        return None
    if wanted.offering_id not in OFFERING:
        raise UnknownThingError("unknownOffering", wanted.offering_id)
    return OFFERING[wanted.offering_id]


def _service(wanted: Wanted, line: Line) -> Service | None:
    if wanted.action not in ("switchOn", "switchOff"):
        return None
    service = SERVICE.get(wanted.service or "")
    if service is None or line.kind not in service.lines:
        raise UnknownThingError("unknownService", wanted.service)
    return service


def _starts(wanted: Wanted, offering: Offering | None, service: Service | None) -> tuple[Start, ...]:
    """New lines and services that go on begin at once; what is charged ends with the month that is paid for."""
    if wanted.action in ("add", "changePlan") and offering is not None:
        return offering.starts
    paid_for = wanted.action == "drop" or (wanted.action == "switchOff" and service and service.offering_id)
    return ("nextCycle",) if paid_for else ("atOnce",)


def _going(wanted: Wanted, line: Line, service: Service | None, now_ms: int) -> Iterator[Held]:
    """A dropped package whether it is held or not: the rules say so."""
    if wanted.action == "drop":
        package = next((package for package in line.packages if package.id == wanted.package_id), None)
        if package is None:
            raise UnknownThingError("unknownProduct", wanted.package_id)
        yield Held(line, package)
    elif wanted.action == "changePlan":
        yield from _plans(line, now_ms)
    elif wanted.action == "switchOff" and service and service.offering_id:
        held: Sequence[Package] = held_at(line, now_ms)
        yield from (Held(line, package) for package in held if package.offering_id == service.offering_id)
    elif wanted.action == "close":
        yield from (Held(line, package) for package in line.packages if not _has_ended(package, now_ms))


def _plans(line: Line, now_ms: int) -> Iterator[Held]:
    for package in held_at(line, now_ms):
        if OFFERING[package.offering_id].kind == "plan":
            yield Held(line, package)


def _has_ended(package: Package, now_ms: int) -> bool:
    return package.until_ms is not None and package.until_ms <= now_ms
