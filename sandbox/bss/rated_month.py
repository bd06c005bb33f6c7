"""What did a portfolio use in a month, rated?"""

from bisect import bisect_right
from dataclasses import dataclass

from sandbox.bss.bucket import BucketState, may_roll_over, open_buckets
from sandbox.bss.lru import Lru
from sandbox.bss.month import Month
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.rating import Rated, rate_uses
from sandbox.bss.store import Store
from sandbox.bss.usage import Use, derive_uses


@dataclass(frozen=True, slots=True)
class MonthlyUsage:
    """The outcome of a month: its buckets, what uses cost in li by line and rate, and when the last use was."""

    buckets: list[BucketState]
    fees: dict[tuple[str, str], int]
    last_ms: int


class RatedMonths:
    """Rates months when they are asked for. A month's buckets depend on the month before (roll-over), back to
    ``first``."""

    def __init__(self, store: Store, *, seed: int, born_ms: int, first: Month) -> None:
        self._store = store
        self._seed = seed
        self._born_ms = born_ms
        self._first = first
        self._latest = first
        self._outcomes: Lru[tuple[int, Month], MonthlyUsage] = Lru(4096)
        self._details: Lru[tuple[int, Month], list[Rated]] = Lru(48)

    def usage(self, portfolio: Portfolio, month: Month, *, as_of_ms: int) -> MonthlyUsage:
        """The month's outcome as it stood at an instant."""
        whole = self._outcomes.get((portfolio.index, month), lambda: self._rate_whole(portfolio, month))
        return whole if whole.last_ms <= as_of_ms else self._rate(portfolio, month, as_of_ms=as_of_ms)[1]

    def rated(self, portfolio: Portfolio, month: Month, *, as_of_ms: int) -> list[Rated]:
        """The month's rated uses up to an instant, in order of time, equal ones by id. Nobody may change the list."""
        rated = self._details.get((portfolio.index, month), lambda: self._rate(portfolio, month)[0])
        if not rated or rated[-1].use.at_ms <= as_of_ms:
            return rated
        return rated[: bisect_right(rated, as_of_ms, key=lambda one: one.use.at_ms)]

    def forget_from(self, portfolio: Portfolio, month: Month) -> None:
        """A use was added in ``month``: it and what follows from it must be rated again."""
        while month <= self._latest:
            self._outcomes.forget((portfolio.index, month))
            self._details.forget((portfolio.index, month))
            month = month.plus(1)

    def _rate_whole(self, portfolio: Portfolio, month: Month) -> MonthlyUsage:
        """Rates a month, and keeps its records at hand as well: who asks for a bill asks for them next."""
        rated, outcome = self._rate(portfolio, month)
        self._details.forget((portfolio.index, month))
        self._details.get((portfolio.index, month), lambda: rated)
        return outcome

    def _rate(
        self, portfolio: Portfolio, month: Month, *, as_of_ms: int | None = None
    ) -> tuple[list[Rated], MonthlyUsage]:
        self._latest = max(self._latest, month)
        before = [] if month <= self._first else self._before(portfolio, month)
        uses = [use for use in self._uses(portfolio, month) if as_of_ms is None or use.at_ms <= as_of_ms]
        rated, buckets = rate_uses(uses, open_buckets(portfolio, month, before), portfolio.lines)
        fees: dict[tuple[str, str], int] = {}
        for one in rated:
            if one.rate is not None:
                key = (one.use.line_id, one.rate.id)
                fees[key] = fees.get(key, 0) + one.fee_li
        return rated, MonthlyUsage(buckets, fees, uses[-1].at_ms if uses else 0)

    def _before(self, portfolio: Portfolio, month: Month) -> list[BucketState]:
        last = month.plus(-1)
        return self.usage(portfolio, last, as_of_ms=month.start_ms).buckets if may_roll_over(portfolio, last) else []

    def _uses(self, portfolio: Portfolio, month: Month) -> list[Use]:
        uses = self._store.uses(portfolio.index, month.start_ms, month.end_ms)
        if month >= self._first:
            for line in portfolio.lines:
                uses += derive_uses(line, month, seed=self._seed, born_ms=self._born_ms)
        uses.sort(key=lambda use: (use.at_ms, use.id))
        return uses
