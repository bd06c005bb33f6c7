"""Which hall do the graph's own tests ask?"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel, Operation, Outcome
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss

Ask = Callable[..., Awaitable[Outcome]]


@pytest.fixture
def bss() -> FakeBss:
    return FakeBss()


@pytest.fixture
def caller() -> Caller:
    return Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=2)


@pytest.fixture
def ask(bss: FakeBss, caller: Caller) -> Ask:
    """Asks the graph over the fake BSS a free question, as the signed-in caller or as somebody else."""

    async def run(
        text: str, variables: dict[str, Any] | None = None, *, by: Caller = caller, within_seconds: float = 10
    ) -> Outcome:
        graph = HallGraph(bss.ports(), (), deadline_seconds=within_seconds, open_documents=True)
        return await graph.run(Operation(name="", text=text), variables or {}, by)

    return run
