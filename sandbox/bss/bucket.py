"""Which allowances does a line have in a month, and in which order are they drawn?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.bss.catalogue import OFFERING
from sandbox.bss.month import Month
from sandbox.bss.offering import Allowance, Offering, UsageKind
from sandbox.bss.portfolio import Line, Package, Portfolio

Origin = Literal["plan", "addOn", "gift", "rolledOver"]
END_OF_TIME_MS: Final = 4_102_444_800_000
"""2100 begins."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One allowance of one month. ``shared`` serves every line of the portfolio that hangs on ``line_id``."""

    id: str
    kind: UsageKind
    total: int | None
    zh: str
    en: str
    line_id: str
    package_id: str
    origin: Origin
    app: str | None
    shared: bool
    throttle_after: int | None
    rolls_over: bool
    month: Month
    from_ms: int = 0
    until_ms: int = END_OF_TIME_MS

    def is_open(self, at_ms: int) -> bool:
        """Whether the package that it comes from was held at an instant of the month."""
        return self.from_ms <= at_ms < self.until_ms

    def serves(self, line: Line) -> bool:
        """Whether the line may draw from it."""
        return line.id == self.line_id or (self.shared and line.main_line_id == self.line_id)


@dataclass(frozen=True, slots=True)
class BucketState:
    """A bucket and what each line took from it so far."""

    bucket: Bucket
    used_by: Mapping[str, int]

    @property
    def used(self) -> int:
        """By all lines together."""
        return sum(self.used_by.values())

    @property
    def remaining(self) -> int | None:
        """None where there is no total."""
        return None if self.bucket.total is None else self.bucket.total - self.used

    @property
    def is_throttled(self) -> bool:
        """达量降速."""
        return self.bucket.throttle_after is not None and self.used >= self.bucket.throttle_after


def open_buckets(portfolio: Portfolio, month: Month, before: Iterable[BucketState]) -> list[Bucket]:
    """The month's buckets, in the order in which they are drawn; ``before`` is how the previous month ended."""
    buckets = [_rolled_over(state, package, month) for state, package in _rolling_on(before, portfolio, month)]
    for line in portfolio.lines:
        for package in packages_in(line, month):
            offering = OFFERING[package.offering_id]
            buckets += [
                _opened(line, package, allowance, _origin(offering), month) for allowance in offering.allowances
            ]
    return sorted(buckets, key=_drawn_in_order)


def may_roll_over(portfolio: Portfolio, month: Month) -> bool:
    """Whether any allowance of the month can be used in the next one: if not, that one needs not know this one."""
    held = (OFFERING[package.offering_id] for line in portfolio.lines for package in packages_in(line, month))
    return any(allowance.rolls_over for offering in held for allowance in offering.allowances)


def packages_in(line: Line, month: Month) -> list[Package]:
    """The packages that the line holds in any part of the month."""
    return [
        package
        for package in line.packages
        if package.since_ms < month.end_ms and (package.until_ms is None or package.until_ms > month.start_ms)
    ]


def _drawn_in_order(bucket: Bucket) -> tuple[bool, bool, bool, bool, str]:
    """Rolled over, dedicated, general (domain page §3); then own before shared, and what cannot roll over first."""
    return (bucket.origin != "rolledOver", bucket.app is None, bucket.shared, bucket.rolls_over, bucket.id)


def _origin(offering: Offering) -> Origin:
    if offering.category == "benefit":
        return "gift"
    return "plan" if offering.kind == "plan" else "addOn"


def _opened(line: Line, package: Package, allowance: Allowance, origin: Origin, month: Month) -> Bucket:
    scope = "dedicated" if allowance.app else "general"
    return Bucket(
        id=f"K{package.id[1:]}-{allowance.kind}-{scope}-{month.label}",
        kind=allowance.kind,
        total=allowance.total,
        zh=allowance.zh,
        en=allowance.en,
        line_id=line.id,
        package_id=package.id,
        origin=origin,
        app=allowance.app,
        shared=allowance.shared,
        throttle_after=allowance.throttle_after,
        rolls_over=allowance.rolls_over,
        month=month,
        from_ms=package.since_ms,
        until_ms=package.until_ms or END_OF_TIME_MS,
    )


def _rolling_on(
    before: Iterable[BucketState], portfolio: Portfolio, month: Month
) -> Iterator[tuple[BucketState, Package]]:
    """Unused data of a plan that is still held; what was rolled over already is lost."""
    for state in before:
        bucket, line = state.bucket, portfolio.line(state.bucket.line_id)
        held = packages_in(line, month) if line else []
        package = next((package for package in held if package.id == bucket.package_id), None)
        if package and bucket.rolls_over and bucket.origin == "plan" and state.remaining:
            yield state, package


def _rolled_over(state: BucketState, package: Package, month: Month) -> Bucket:
    bucket = state.bucket
    return Bucket(
        id=f"{bucket.id.removesuffix(bucket.month.label)}{month.label}-rolled",
        kind=bucket.kind,
        total=state.remaining,
        zh=f"上月结转{bucket.zh}",
        en=f"{bucket.en}, rolled over",
        line_id=bucket.line_id,
        package_id=bucket.package_id,
        origin="rolledOver",
        app=bucket.app,
        shared=bucket.shared,
        throttle_after=None,
        rolls_over=False,
        month=month,
        until_ms=package.until_ms or END_OF_TIME_MS,
    )
