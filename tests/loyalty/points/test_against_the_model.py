"""Does the ledger do what a handful of dictionaries would, in any order, around each moment at which something ends?"""

import asyncio
import shutil
import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from gateway.database import open_database
from graphql_schema.types.month import BUSINESS_ZONE, Month
from loyalty.points.answers import PointsRefused
from loyalty.points.policies import find_business_day
from loyalty.points.statement import fetch_statement
from loyalty.points_tables import points_account, points_lot
from tests.loyalty.points.model import Model
from tests.loyalty.points.scribe import START, Scribe

LINES = st.sampled_from(["A", "B", "C"])
POINTS = st.integers(1, 30)
SECOND, MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)
AROUND = (-SECOND, -MICROSECOND, timedelta(), MICROSECOND, SECOND)


class Points(RuleBasedStateMachine):
    """Each deed is done twice, and once more at the end."""

    earned, held, spent = Bundle("earned"), Bundle("held"), Bundle("spent")
    url = ""

    @initialize()
    def open_the_book(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.scribe, self.model = Scribe(open_database(self.make_url())), Model()
        self.events, self.told = 0, list[tuple[list[str], Any]]()
        self.first_day = find_business_day(START)

    def make_url(self) -> str:
        raise NotImplementedError

    def run(self, deed: Any) -> Any:
        return self.loop.run_until_complete(deed)

    def do(self, deed: str, *words: str) -> Any:
        """The event's name, or nothing where it was refused."""
        self.events += 1
        event = f"{deed[0]}{9999 - self.events}"  # so that names do not sort as their days do
        said = [deed, event, *words]
        self.model.day = find_business_day(self.scribe.now)
        expected = getattr(self.model, deed)(*said[1:])
        assert self.run(self.scribe.do(*said)) == expected
        assert self.run(self.scribe.do(*said)) == expected
        if isinstance(expected, PointsRefused):
            return multiple()
        self.told.append((said, expected))
        return event

    @rule(target=earned, line=LINES, points=POINTS)
    def a_bill_is_paid(self, line: str, points: int) -> Any:
        return self.do("earn", line, str(points))

    @rule(bills=st.lists(st.tuples(LINES, POINTS), min_size=1, max_size=4))
    def many_bills_are_paid(self, bills: list[tuple[str, int]]) -> None:
        self.events += 1
        told = [f"m{self.events:04}-{number}:{line}:{points}" for number, (line, points) in enumerate(bills)]
        self.model.day = find_business_day(self.scribe.now)
        expected = self.model.earn_many(*told)
        for _ in range(2):
            assert self.run(self.scribe.do("earn_many", *told)) == expected
        self.told.append((["earn_many", *told], expected))

    @rule(target=spent, line=LINES, points=POINTS)
    def somebody_spends(self, line: str, points: int) -> Any:
        return self.do("spend", line, str(points))

    @rule(target=held, line=LINES, points=POINTS)
    def somebody_holds(self, line: str, points: int) -> Any:
        return self.do("hold", line, str(points))

    @rule(target=spent, hold=held)
    def what_was_held_is_spent(self, hold: str) -> Any:
        return self.end(hold, "capture")

    @rule(hold=held)
    def what_was_held_is_free_again(self, hold: str) -> None:
        self.end(hold, "release")

    def end(self, hold: str, deed: str) -> Any:
        if hold not in self.model.holds:
            return multiple()
        self.model.day = find_business_day(self.scribe.now)
        expected = getattr(self.model, deed)(hold)
        for _ in range(2):
            assert self.run(self.scribe.do(deed, hold)) == expected
        self.told.append(([deed, hold], expected))
        return hold

    @rule(spent=spent)
    def what_was_spent_is_returned(self, spent: str) -> None:
        if spent in self.model.spent:
            self.do("return_", spent)

    @rule(earned=earned, points=st.none() | POINTS)
    def what_was_earned_is_taken_back(self, earned: str, points: int | None) -> None:
        self.do("take_back", earned, *([] if points is None else [str(points)]))

    @rule(giver=LINES, taker=LINES, points=POINTS)
    def points_pass_to_another_line(self, giver: str, taker: str, points: int) -> None:
        if giver != taker:
            self.do("transfer", giver, taker, str(points))

    @rule(line=LINES, really=st.sampled_from([True, False, False]))
    def a_line_is_closed(self, line: str, really: bool) -> None:
        if really:
            self.do("close", line)

    @rule(days=st.integers(1, 200))
    def time_passes(self, days: int) -> None:
        self.scribe.now += timedelta(days=days)

    @rule(which=st.integers(0, 20), deed=st.sampled_from(["spend", "hold", "transfer", "expire", "earn"]))
    def something_is_done_around_the_last_moment_of_a_lot(self, which: int, deed: str) -> None:
        lots = [(line, lot) for line, account in self.model.lines.items() for lot in account.lots.values()]
        if not lots:
            return
        line, lot = lots[which % len(lots)]
        midnight = datetime.combine(lot.expires_on + timedelta(days=1), time(), BUSINESS_ZONE)
        for moment in (midnight + each for each in AROUND):
            self.scribe.now = max(self.scribe.now, moment)
            if deed == "expire":
                self.the_run_ends_what_is_over()
            else:
                taker = "A" if line == "D" else "D"
                self.do(deed, line, *([taker] if deed == "transfer" else []), "1")

    @rule()
    def the_run_ends_what_is_over(self) -> None:
        day = find_business_day(self.scribe.now).isoformat()
        expected = self.model.expire(day)
        done = self.run(self.scribe.do("expire", day))
        assert (done.lots, done.points) == (expected.lots, expected.points)
        assert self.run(self.scribe.do("expire", day)).lots == 0

    @invariant()
    def every_lot_is_what_the_model_says(self) -> None:
        if hasattr(self, "scribe"):
            lots, accounts = self.run(self._fetch())
            for line in "ABCD":
                ours = self.model.lines.get(line)
                mine = {lot.id: (lot.remaining, lot.held) for lot in lots if lot.line_id == line}
                assert mine == ({name: (lot.remaining, lot.held) for name, lot in ours.lots.items()} if ours else {})
                assert accounts.get(line, 0) == (ours.owed if ours else 0)
                assert ours is None or not (ours.owed and ours.spendable(find_business_day(self.scribe.now)))

    async def _fetch(self) -> tuple[list[Any], dict[str, int]]:
        async with self.scribe.reading() as connection:
            whose = points_account.c.closed_at_us.is_(None)
            both = points_lot.join(points_account, points_account.c.id == points_lot.c.account)
            lots = (
                await connection.execute(
                    both.select()
                    .where(whose)
                    .with_only_columns(
                        points_account.c.line_id, points_lot.c.id, points_lot.c.remaining, points_lot.c.held
                    )
                )
            ).all()
            accounts = (await connection.execute(points_account.select().where(whose))).all()
            closed = (await connection.execute(points_account.select().where(~whose))).all()
        assert all(row.owed == 0 for row in closed)
        return list(lots), {row.line_id: row.owed for row in accounts}

    def teardown(self) -> None:
        if not hasattr(self, "scribe"):
            return
        rows = self.run(self.scribe.fetch_rows())
        for said, answer in self.told:
            assert self.run(self.scribe.do(*said)) == answer
        assert self.run(self.scribe.fetch_rows()) == rows
        assert self.run(self.scribe.audit()) == []
        self.run(self._judge_statements())
        self.run(self.scribe.engine.dispose())
        self.loop.close()

    async def _judge_statements(self) -> None:
        """From the first month to the last each opens where the one before closed, and the last is the balance."""
        async with self.scribe.reading() as connection:
            for line, account in self.model.lines.items():
                month, last, closing = Month.of(START), Month.of(self.scribe.now), 0
                while month <= last:
                    told = await fetch_statement(connection, line, month)
                    assert told.opening == closing
                    closing = told.opening + sum(entry.points for entry in told.entries)
                    assert (told.closing, told.unlisted) == (closing, 0)
                    month = month.plus(1)
                assert closing == sum(lot.remaining + lot.held for lot in account.lots.values())


def play(machine: type[Points], *, examples: int, steps: int) -> None:
    machine.TestCase.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    machine.TestCase().runTest()


@pytest.mark.timeout(3600)  # the whole of it is 60,000 steps
def test_the_ledger_does_what_the_model_does(
    empty_ledger: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    whole = request.config.getoption("--whole")

    class Here(Points):
        def make_url(self) -> str:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            shutil.copy(empty_ledger, folder / "points.db")
            return f"sqlite:///{folder / 'points.db'}"

    play(Here, examples=1000 if whole else 7, steps=60 if whole else 35)


@pytest.mark.postgres
def test_the_ledger_does_it_on_postgresql_too(postgres_ledger: str) -> None:
    from tests.loyalty.points.conftest import empty  # noqa: PLC0415

    class There(Points):
        def make_url(self) -> str:
            self.run(empty(postgres_ledger))
            return postgres_ledger

    play(There, examples=3, steps=20)
