"""What should each use have taken from which allowance, and what should it have cost (domain page §3)?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tests.oracle.account import Account, Line, Package, Use
from tests.oracle.catalogue import Allowance, Catalogue, UnitPrice
from tests.oracle.month import CHINA, BillingMonth, month_of

NIGHT_ENDS_HOUR = 7
MINUTE_SECONDS = 60


@dataclass(frozen=True)
class PotKey:
    """Which allowance of which month: there is at most one of a kind, scope and origin to a package."""

    month: BillingMonth
    package_id: str
    kind: str
    app: str | None
    rolled_over: bool


@dataclass
class Pot:
    """An allowance while a month goes by, as long as its package is held. ``drawn`` counts by line."""

    key: PotKey
    line_id: str
    from_plan: bool
    is_gift: bool
    allowance: Allowance
    total: int | None
    package: Package
    drawn: dict[str, int] = field(default_factory=dict)

    @property
    def used(self) -> int:
        """By everybody."""
        return sum(self.drawn.values())

    @property
    def left(self) -> int | None:
        """None: without limit."""
        return None if self.total is None else self.total - self.used

    @property
    def rank(self) -> tuple[int, int, int]:
        """Order of consumption: rolled-over, dedicated, general; own before shared; what would be lost first."""
        stage = 0 if self.key.rolled_over else 1 if self.allowance.app else 2
        lasting = self.allowance.rolls_over and not self.key.rolled_over
        return stage, int(self.allowance.shared), int(lasting)

    def serves(self, line: Line) -> bool:
        """Its own line, and if it is shared the secondary lines of that."""
        return line.id == self.line_id or (self.allowance.shared and line.main_line_id == self.line_id)


@dataclass(frozen=True)
class Verdict:
    """What a use should have taken from which pot and cost in yuan, at which price (None: it was free or covered)."""

    use: Use
    taken: tuple[tuple[PotKey, int], ...]
    fee: Decimal
    price: UnitPrice | None


@dataclass(frozen=True)
class RatedMonth:
    """A month, recomputed."""

    month: BillingMonth
    verdicts: tuple[Verdict, ...]
    pots: tuple[Pot, ...]


def rate_account(account: Account, catalogue: Catalogue) -> dict[BillingMonth, RatedMonth]:
    """Every month from the first that was billed to the running one; nothing was rolled over into the first."""
    by_month: dict[BillingMonth, list[Use]] = {}
    for use in account.uses:
        by_month.setdefault(month_of(use.at), []).append(use)
    months: dict[BillingMonth, RatedMonth] = {}
    month, before = account.first_month, tuple[Pot, ...]()
    while month.start <= account.now:
        months[month] = rate_month(account.lines, by_month.get(month, ()), month, before, catalogue)
        month, before = month.next, months[month].pots
    return months


def rate_month(
    lines: Sequence[Line], uses: Iterable[Use], month: BillingMonth, before: Sequence[Pot], catalogue: Catalogue
) -> RatedMonth:
    """One month, of which these are all the uses; ``before`` is how the allowances of the month before ended."""
    pots = tuple(open_pots(lines, month, before, catalogue))
    in_order = sorted(uses, key=lambda use: (use.at, use.id))
    return RatedMonth(month, tuple(_rate(use, pots, lines, catalogue) for use in in_order), pots)


def open_pots(lines: Sequence[Line], month: BillingMonth, before: Sequence[Pot], catalogue: Catalogue) -> Iterator[Pot]:
    """The month's allowances: fresh ones of every package held, and last month's unused data of plans still held."""
    for line in lines:
        for package in line.packages:
            if not package.held_in(month):
                continue
            offering = catalogue.offerings[package.offering_id]
            for allowance in offering.allowances:
                key = PotKey(month, package.id, allowance.kind, allowance.app, rolled_over=False)
                yield Pot(key, line.id, offering.is_plan, offering.is_gift, allowance, allowance.total, package)
            for pot in before:
                if pot.key.package_id == package.id and pot.from_plan and _rolls_over(pot):
                    key = PotKey(month, package.id, pot.key.kind, pot.key.app, rolled_over=True)
                    yield Pot(key, line.id, pot.from_plan, pot.is_gift, pot.allowance, pot.left, package)


def _rolls_over(pot: Pot) -> bool:
    return pot.allowance.rolls_over and not pot.key.rolled_over and bool(pot.left)


def _rate(use: Use, pots: Sequence[Pot], lines: Sequence[Line], catalogue: Catalogue) -> Verdict:
    if use.kind == "valueAdded":
        return _charge(use, use.amount, catalogue.services.get(use.service or ""))
    if use.abroad:
        pays = use.outgoing or use.kind == "voice"
        return _charge(use, use.amount, catalogue.abroad[use.kind] if pays else None)
    if not use.outgoing:
        return _charge(use, 0, None)
    line = next(line for line in lines if line.id == use.line_id)
    needed = _started(use.amount, MINUTE_SECONDS) * MINUTE_SECONDS if use.kind == "voice" else use.amount
    taken = []
    fitting = (pot for pot in pots if pot.key.kind == use.kind and pot.key.app in (None, use.app) and pot.serves(line))
    for pot in sorted((pot for pot in fitting if pot.package.held_at(use.at)), key=lambda pot: pot.rank):
        part = needed if pot.left is None else min(needed, pot.left)
        if part:
            taken.append((pot.key, part))
            pot.drawn[line.id] = pot.drawn.get(line.id, 0) + part
            needed -= part
    outside = use.amount - sum(part for _, part in taken)
    if outside <= 0:
        return Verdict(use, tuple(taken), Decimal(0), None)
    return replace(_charge(use, outside, _price_of(use, catalogue)), taken=tuple(taken))


def _charge(use: Use, amount: int, price: UnitPrice | None) -> Verdict:
    """So much at a price (None: for free), from no allowance."""
    return Verdict(use, (), _started(amount, price.unit) * price.yuan if price else Decimal(0), price)


def _price_of(use: Use, catalogue: Catalogue) -> UnitPrice:
    if use.kind != "voice":
        return catalogue.data if use.kind == "data" else catalogue.message
    if not use.long_distance:
        return catalogue.local_call
    at_night = use.at.astimezone(CHINA).hour < NIGHT_ENDS_HOUR
    return catalogue.long_distance_at_night if at_night else catalogue.long_distance


def _started(amount: int, unit: int) -> int:
    whole, rest = divmod(amount, unit)
    return whole + bool(rest)
