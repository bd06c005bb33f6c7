"""What would a points ledger do if it were a handful of dictionaries?"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from loyalty.points.answers import Held, PointsRefused, Posted, Reason, TakenBack
from loyalty.points.expiring import Expired


@dataclass
class Lot:
    expires_on: date
    remaining: int
    held: int = 0


@dataclass
class Account:
    lots: dict[str, Lot] = field(default_factory=dict)
    owed: int = 0
    closed: bool = False

    def spendable(self, day: date) -> int:
        return sum(lot.remaining for lot in self.lots.values() if lot.expires_on >= day)

    def take(self, points: int, day: date, first: str = "") -> dict[str, int]:
        """At most so many: which lot gives how much."""
        order = sorted(self.lots.items(), key=lambda each: (each[0] != first, each[1].expires_on, each[0]))
        taken = {}
        for name, lot in order:
            share = min(points, lot.remaining) if lot.expires_on >= day else 0
            if share:
                lot.remaining, points, taken[name] = lot.remaining - share, points - share, share
        return taken

    def give_back(self, taken: dict[str, int], day: date) -> None:
        for name, share in taken.items():
            self.lots[name].remaining += share
        self.settle(day)

    def settle(self, day: date, first: str = "") -> int:
        if self.closed:
            for lot in self.lots.values():
                lot.remaining = 0
            return 0
        paid = sum(self.take(self.owed, day, first).values())
        self.owed -= paid
        return paid


class Model:
    """The same deeds as the scribe's, with the same answers."""

    def __init__(self) -> None:
        self.day = date(2000, 1, 1)
        self.lines: dict[str, Account] = {}
        self.closed: list[Account] = []
        self.earned: dict[str, list[Any]] = {}
        """Event → account, points that were not taken back yet."""
        self.spent: dict[str, tuple[Account, dict[str, int]]] = {}
        self.holds: dict[str, tuple[Account, dict[str, int]]] = {}
        self.ended_today: set[tuple[date, int, str]] = set()

    def line(self, line: str) -> Account:
        if line not in self.lines:
            self.lines[line] = Account()
        return self.lines[line]

    def earn(self, event: str, line: str, points: str) -> Posted:
        months = self.day.year * 12 + self.day.month + 36
        last = date.fromordinal(date(months // 12, months % 12 + 1, 1).toordinal() - 1)
        account = self.line(line)
        account.lots[event] = Lot(last, int(points))
        self.earned[event] = [account, int(points)]
        account.settle(self.day)
        return Posted(event, int(points))

    def earn_many(self, *earnings: str) -> tuple[Posted, ...]:
        told = [each.split(":") for each in earnings]
        owing = {line: self.line(line).owed for _, line, _ in told}
        for line in owing:
            self.lines[line].owed = 0  # a batch pays when all of it is there
        answers = tuple(self.earn(*each) for each in told)
        for line, owed in owing.items():
            self.lines[line].owed = owed
            self.lines[line].settle(self.day)
        return answers

    def spend(self, event: str, line: str, points: str) -> Posted | PointsRefused:
        taken = self._take(line, int(points))
        if isinstance(taken, PointsRefused):
            return taken
        self.spent[event] = (self.lines[line], taken)
        return Posted(event, int(points))

    def hold(self, event: str, line: str, points: str) -> Held | PointsRefused:
        taken = self._take(line, int(points))
        if isinstance(taken, PointsRefused):
            return taken
        for name, share in taken.items():
            self.lines[line].lots[name].held += share
        self.holds[event] = (self.lines[line], taken)
        return Held(event, int(points))

    def capture(self, event: str) -> Posted:
        self.spent[event] = self._let_go(event)
        return Posted(event, sum(self.spent[event][1].values()))

    def release(self, event: str) -> Held:
        account, taken = self._let_go(event)
        account.give_back(taken, self.day)
        return Held(event, sum(taken.values()))

    def return_(self, event: str, spent: str) -> Posted:
        account, taken = self.spent.pop(spent)
        account.give_back(taken, self.day)
        return Posted(event, sum(taken.values()))

    def take_back(self, event: str, earned: str, points: str = "") -> TakenBack | PointsRefused:
        account, left = self.earned[earned]
        wanted = int(points) if points else left
        if account.closed:
            return PointsRefused(Reason.CLOSED)
        if not 0 < wanted <= left:
            return PointsRefused(Reason.MORE_THAN_EARNED, most=left)
        self.earned[earned][1] -= wanted
        account.owed += wanted
        paid = account.settle(self.day, first=earned)
        return TakenBack(event, wanted, owed=wanted - paid)

    def transfer(self, event: str, giver: str, taker: str, points: str) -> Posted | PointsRefused:
        to = self.line(taker)
        taken = self._take(giver, int(points))
        if isinstance(taken, PointsRefused):
            return taken
        days = sorted({self.lines[giver].lots[name].expires_on for name in taken})
        for number, day in enumerate(days, start=1):
            shares = [share for name, share in taken.items() if self.lines[giver].lots[name].expires_on == day]
            to.lots[f"{event}/{number}"] = Lot(day, sum(shares))
        to.settle(self.day)
        return Posted(event, int(points))

    def expire(self, day: str) -> Expired:
        ended = []
        for account in self._accounts():
            for name, lot in account.lots.items():
                key = (date.fromisoformat(day), id(account), name)
                if lot.expires_on < key[0] and lot.remaining and key not in self.ended_today:
                    self.ended_today.add(key)
                    ended.append(lot.remaining)
                    lot.remaining = 0
        return Expired(len(ended), sum(ended))

    def close(self, event: str, line: str) -> Posted:
        account = self.line(line)
        ended = sum(lot.remaining for lot in account.lots.values())
        account.closed, account.owed = True, 0
        account.settle(self.day)
        self.closed.append(account)
        del self.lines[line]
        return Posted(event, ended)

    def _accounts(self) -> list[Account]:
        return [*self.lines.values(), *self.closed]

    def _take(self, line: str, points: int) -> dict[str, int] | PointsRefused:
        there = self.lines[line].spendable(self.day) if line in self.lines else 0
        if there < points:
            return PointsRefused(Reason.NOT_ENOUGH, most=there)
        return self.lines[line].take(points, self.day)

    def _let_go(self, event: str) -> tuple[Account, dict[str, int]]:
        account, taken = self.holds.pop(event)
        for name, share in taken.items():
            account.lots[name].held -= share
        return account, taken
