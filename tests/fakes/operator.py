"""What does a small operator answer in tests: lines by number, their SIM cards, and the texts that owners got?"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.ports import BssFault
from graphql_schema.types.line import Line, mask_number
from graphql_schema.types.package import Package
from tests.fakes.ports import make_line


def line_of(number: str, line_id: str, **changes: Any) -> Line:
    """A mobile line of account A1."""
    return make_line(id=line_id, number=number, masked_number=mask_number(number), **changes)


@dataclass
class FakeOperator:
    """Lines by number. ``down`` makes its BSS silent; ``asked`` notes each number that was looked up."""

    lines: dict[str, Line] = field(default_factory=dict)
    sim_changed_at: dict[str, datetime] = field(default_factory=dict)
    down: bool = False
    sims_down: bool = False
    asked: list[str] = field(default_factory=list)

    def put(self, *lines: Line) -> None:
        """Gives each line its number; a number that another line had changes hands."""
        self.lines.update({line.number: line for line in lines})

    async def find_line(self, number: str) -> Line | None:
        self.asked.append(number)
        self._answer()
        return self.lines.get(number)

    async def fetch_line(self, line_id: str) -> Line | None:
        self._answer()
        return next((line for line in self.lines.values() if line.id == line_id), None)

    async def fetch_lines_of_customer(self, customer_id: str) -> list[Line]:
        self._answer()
        return [line for line in self.lines.values() if line.customer_id == customer_id]

    async def fetch_lines_of_account(self, account_id: str) -> list[Line]:
        self._answer()
        return [line for line in self.lines.values() if line.account_id == account_id]

    async def fetch_packages(self, line_id: str) -> list[Package]:
        return []

    async def fetch_changed_at(self, line_id: str) -> datetime | None:
        if self.sims_down:
            raise BssFault("line_unavailable", retryable=True)
        return self.sim_changed_at.get(line_id)

    def _answer(self) -> None:
        if self.down:
            raise BssFault("line_unavailable", retryable=True)


@dataclass
class FakeNotices:
    """Remembers what each owner was told, once by its key, as the queue of texts does."""

    told: dict[str, tuple[str, str, dict[str, object]]] = field(default_factory=dict)

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        assert connection.in_transaction()
        self.told.setdefault(f"{notice}:{key}", (number, notice, facts))

    def of(self, number: str) -> list[str]:
        """The names of the notices that went to a number."""
        return [notice for owner, notice, _ in self.told.values() if owner == number]
