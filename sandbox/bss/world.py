"""What is true in the sandbox now?"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sandbox.bss.bill import Credit
from sandbox.bss.billing_story import adjustments_of, billing_story, credits_of
from sandbox.bss.bucket import END_OF_TIME_MS, BucketState
from sandbox.bss.charge import Charge, month_charges
from sandbox.bss.clock import Clock
from sandbox.bss.line_history import LineHistory, Standing
from sandbox.bss.lru import Lru
from sandbox.bss.month import Month
from sandbox.bss.order_book import OrderDeed, StoredOrder
from sandbox.bss.order_effect import with_orders
from sandbox.bss.order_history import OrderHistory
from sandbox.bss.personas import STORIES, persona_portfolio
from sandbox.bss.population import derive_portfolio
from sandbox.bss.portfolio import Account, Line, Portfolio
from sandbox.bss.pot import Pot, lapsed
from sandbox.bss.rated_month import RatedMonths
from sandbox.bss.rating import Rated
from sandbox.bss.recycled import recycled_portfolio
from sandbox.bss.settlement import Books, History, settle_postpaid, settle_prepaid
from sandbox.bss.store import Store
from sandbox.bss.ticket import disputed_third_party_li, ticket_credits
from sandbox.bss.usage import Use

MONTHS_OF_HISTORY: Final = 6


class OtherWorldError(Exception):
    """The folder holds a world that was made from another seed or size."""


class World:
    """Subscribers, their usage and their money: derived from the seed up to the moment when the world was made, and
    kept in the store from then on."""

    def __init__(self, store: Store, *, seed: int, subscribers: int, born_ms: int, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.seed = seed
        self.born_ms = born_ms
        self.first_month = Month.of(born_ms).plus(-MONTHS_OF_HISTORY)
        self.founders = max(subscribers, len(STORIES))
        self.lines = LineHistory(store, founders=self.founders)
        self.orders = OrderHistory(store)
        self.outages: frozenset[str] = frozenset()
        self.months = RatedMonths(store, seed=seed, born_ms=born_ms, first=self.first_month)
        self._portfolios: Lru[int, Portfolio] = Lru(2048)

    @classmethod
    def open(
        cls, folder: Path | None = None, *, seed: int = 2026, subscribers: int = 200, now_ms: int | None = None
    ) -> "World":
        """Opens the world kept in a folder, or makes one (None: in memory, for tests).

        ``now_ms`` is the business time at which a new world begins, by default the real one; a world that is there
        goes on
        with its own clock. Raises OtherWorldError.
        """
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        store = Store(folder / "bss.sqlite3" if folder else None)
        kept = store.settings()
        if not kept:
            real_ms = time.time_ns() // 1_000_000
            born_ms = real_ms if now_ms is None else now_ms
            store.remember(seed=seed, subscribers=subscribers, born_ms=born_ms, offset_ms=born_ms - real_ms)
            store.remember(next_bill_run=Month.of(born_ms).since(Month(0, 1)))
            kept = store.settings()
        if (int(kept["seed"]), int(kept["subscribers"])) != (seed, subscribers):
            store.close()
            raise OtherWorldError(f"made with seed {kept['seed']} and {kept['subscribers']} subscribers")
        clock = Clock(offset_ms=int(kept["offset_ms"]))
        return cls(store, seed=seed, subscribers=subscribers, born_ms=int(kept["born_ms"]), clock=clock)

    def move_clock(self, instant_ms: int) -> None:
        """Sets the business time; it is remembered. Raises ValueError for a time outside its history."""
        if not self.first_month.start_ms <= instant_ms < END_OF_TIME_MS:
            raise ValueError("the sandbox's time goes from its first month to the year 2100")
        self.clock.set(instant_ms)
        self.store.remember(offset_ms=self.clock.offset_ms)

    @property
    def size(self) -> int:
        """How many portfolios there are: those from the beginning, and one for each number that passed on."""
        return self.lines.size

    def portfolio(self, index: int) -> Portfolio:
        """The portfolio at an index below ``size``."""
        return self._portfolios.get(index, lambda: self._with_ends(self._derive(index)))

    def portfolio_of(self, id_: str) -> Portfolio:
        """The portfolio that a thing belongs to. Raises LookupError."""
        portfolio = self.find_portfolio(id_)
        if portfolio is None:
            raise LookupError(id_)
        return portfolio

    def find_portfolio(self, id_: str) -> Portfolio | None:
        """The portfolio that an id names, if any: every id begins with a letter and the portfolio's index."""
        digits = id_[1:7]
        if len(digits) < 6 or not (digits.isascii() and digits.isdigit()) or int(digits) >= self.size:
            return None
        return self.portfolio(int(digits))

    def line(self, line_id: str) -> Line:
        """The line with this id, as it is known now. Raises LookupError."""
        found = self.portfolio_of(line_id).line(line_id)
        if found is None:
            raise LookupError(line_id)
        return found

    def standing(self, line: Line, at_ms: int) -> Standing:
        """How a line stood at an instant: what was done to it last, else what its story says."""
        if line.is_ended(at_ms):
            return "terminated"
        if line.since_ms > at_ms:
            return "pendingActive"
        if self.orders.is_held(line.id, at_ms):
            return "suspended"
        told = self.lines.standing(line.id, at_ms)
        if told is not None:
            return told
        if line.suspended:
            return "suspended"
        in_arrears = line.barred_in_arrears and self.books(self.portfolio_of(line.id), at_ms).is_past_due(at_ms)
        return "outgoingBarred" if in_arrears else "active"

    def place_order(self, order: StoredOrder, *, also: Sequence[tuple[int, OrderDeed]] = ()) -> StoredOrder:
        """An order is placed, once for its reference, together with what it does to other orders of the portfolio."""
        placed = self.store.orders.place(order, also=also)
        self._order_changed(placed, from_ms=placed.at_ms)
        return placed

    def do_to_order(self, order: StoredOrder, deed: OrderDeed) -> StoredOrder:
        """An order is called off, held, released, or goes wrong."""
        changed = self.store.orders.add_deed(order, deed)
        self._order_changed(changed, from_ms=min(order.at_ms, deed.at_ms))
        return changed

    def end_line(self, line: Line, at_ms: int) -> None:
        """A line ends, and what it holds and what was ordered for it with it."""
        self._call_off_orders(line, at_ms)
        self.lines.note(line.id, at_ms, "terminated")
        self._forget(self.portfolio_of(line.id), at_ms)

    def pass_on(self, line: Line, at_ms: int) -> Line:
        """A line ends, if it has not yet, and its number goes to a new customer, whose line comes back."""
        self._call_off_orders(line, at_ms)
        index = self.lines.recycle(line.number, line.id, at_ms)
        self._forget(self.portfolio_of(line.id), at_ms)
        return self.portfolio(index).lines[0]

    def books(self, portfolio: Portfolio, at_ms: int) -> Books:
        """The account's books as they stood at an instant."""
        account = portfolio.account
        ends, closed_ms = [line.until_ms for line in portfolio.lines], _closed_ms(portfolio)
        history = History(
            account=account,
            first=self.first_month,
            born_ms=self.born_ms,
            now_ms=at_ms,
            charges=lambda month: self._charges(portfolio, month, at_ms),
            moves=self.store.money.moves(account.id),
            pots=_pots_left(self.pots(account, at_ms), closed_ms, at_ms),
            charged_by=lambda month, by_ms: self._charges(portfolio, month, by_ms),
            credits=self.credits(portfolio, at_ms),
            ended_ms=None if None in ends else max(end for end in ends if end is not None),
            closed_ms=closed_ms,
        )
        books = settle_postpaid(history) if account.kind == "postpaid" else settle_prepaid(history)
        return replace(books, disputed_li=disputed_third_party_li(self.store, account.id, at_ms))

    def pots(self, account: Account, at_ms: int) -> tuple[Pot, ...]:
        """What was granted to an account, before the world was made and since, less what was taken back by an
        instant."""
        gifts = self.store.gifts.of_account(account.id)
        return (*account.pots, *gifts, *self.store.grants.of_account(account.id, at_ms))

    def credits(self, portfolio: Portfolio, at_ms: int) -> list[Credit]:
        """The credit notes: those of its story, and those that tickets led to by an instant."""
        told = credits_of(billing_story(portfolio, self.founders), portfolio, Month.of(self.born_ms))
        return told + ticket_credits(self.store, portfolio.account.id, at_ms)

    def _charges(self, portfolio: Portfolio, month: Month, as_of_ms: int) -> list[Charge]:
        """A month's charges but the late fees."""
        story = billing_story(portfolio, self.founders)
        fees = self.months.usage(portfolio, month, as_of_ms=as_of_ms).fees
        adjusted = adjustments_of(story, portfolio, month, Month.of(self.born_ms))
        return month_charges(portfolio, month, fees, as_of_ms=as_of_ms) + adjusted

    def buckets(self, portfolio: Portfolio, line: Line, at_ms: int) -> list[BucketState]:
        """What the line can draw from in the running month, in the order in which it is drawn."""
        states = self.months.usage(portfolio, Month.of(at_ms), as_of_ms=at_ms).buckets
        return [state for state in states if state.bucket.serves(line) and state.bucket.is_open(at_ms)]

    def record_use(self, portfolio: Portfolio, use: Use) -> Rated:
        """A use happens: it is kept and rated. ``use`` has no id yet."""
        kept = self.store.add_use(portfolio.index, use)
        month = Month.of(use.at_ms)
        self.months.forget_from(portfolio, month)
        rated = self.months.rated(portfolio, month, as_of_ms=use.at_ms)
        return next(one for one in reversed(rated) if one.use.id == kept.id)

    def _derive(self, index: int) -> Portfolio:
        recycled = self.lines.recycling(index)
        if recycled is not None:
            former = self.line(recycled.former_line_id)
            return recycled_portfolio(index, former, at_ms=recycled.at_ms, seed=self.seed)
        derive = persona_portfolio if index < len(STORIES) else derive_portfolio
        return derive(index, seed=self.seed, born_ms=self.born_ms)

    def _call_off_orders(self, line: Line, at_ms: int) -> None:
        for one in self.orders.of(self.portfolio_of(line.id).index):
            if one.order.line_id == line.id and one.is_open(at_ms):
                self.do_to_order(one.order, OrderDeed(at_ms, "cancel", "lineTerminated"))

    def _order_changed(self, order: StoredOrder, *, from_ms: int) -> None:
        """What was derived from the portfolio's orders must be derived again."""
        self.orders.forget(order.portfolio)
        self._portfolios.forget(order.portfolio)
        self.months.forget_from(self.portfolio(order.portfolio), Month.of(from_ms))

    def _with_ends(self, portfolio: Portfolio) -> Portfolio:
        """With what was ordered, and the lines that were ended since the world was made, with their packages."""
        portfolio = with_orders(portfolio, self.orders.of(portfolio.index))
        ends = {line.id: self.lines.end_ms(line.id) for line in portfolio.lines}
        if not any(ends.values()):
            return portfolio
        return replace(portfolio, lines=tuple(_ended(line, ends[line.id]) for line in portfolio.lines))

    def _forget(self, portfolio: Portfolio, at_ms: int) -> None:
        """A line of it ended: what was derived must be derived again."""
        self._portfolios.forget(portfolio.index)
        self.months.forget_from(portfolio, Month.of(at_ms))


def _ended(line: Line, end_ms: int | None) -> Line:
    """The line with what was done to it from outside: it ends when the first of its ends comes."""
    if end_ms is None:
        return line
    return line.ended(min(end_ms, line.until_ms or end_ms))


def _closed_ms(portfolio: Portfolio) -> int | None:
    """When the customer has the account's last line closed; None: a line lives on, or ended in another way."""
    last = max(portfolio.lines, key=lambda line: line.until_ms or END_OF_TIME_MS)
    return None if last.preclosed_ms is None else last.until_ms


def _pots_left(pots: tuple[Pot, ...], closed_ms: int | None, at_ms: int) -> tuple[Pot, ...]:
    """Granted money is lost as the account's last line closes."""
    if closed_ms is None or at_ms < closed_ms:
        return pots
    return tuple(lapsed(pot, closed_ms) for pot in pots)
