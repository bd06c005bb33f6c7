"""Does the graph's one door refuse to start with a bad document, and keep its deadlines?"""

import time
from pathlib import Path

import pytest

from gateway.graph import HallGraph
from gateway.graph_documents import InvalidOperation
from graphql_schema.client import Caller, Channel, Operation
from graphql_schema.ports import DEADLINE, answering_by
from graphql_schema.types.account import Balance
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss

pytestmark = pytest.mark.anyio

CALLER = Caller(Channel.SMS, subscriber=LINE_ID, number=NUMBER, assurance=1)
BALANCE = Operation("Balance", "query Balance { me { balance { stale } } }")


class AttentiveBss(FakeBss):
    """Notes how long a call was given."""

    given_seconds: float = 0.0

    async def fetch_balance(self, account_id: str) -> Balance:
        deadline = DEADLINE.get()
        assert deadline is not None
        self.given_seconds = deadline - time.monotonic()
        return await super().fetch_balance(account_id)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("query LastBill {\n  me {\n    lien { id }\n  }\n}", r"^last_bill\.graphql:3: Cannot query field 'lien'"),
        ("query LastBill {\n  me {", r"^last_bill\.graphql:2: Syntax Error"),
        ("query A { me { line { id } } }\nquery B { me { line { id } } }", r"^last_bill\.graphql:1: .* this one 2"),
        ("query LastBill($id: ID!) { me { line { id } } }", r"^last_bill\.graphql:1: Variable '\$id' is never used"),
    ],
)
def test_a_document_that_the_schema_does_not_allow_refuses_to_start(text: str, complaint: str) -> None:
    with pytest.raises(InvalidOperation, match=complaint):
        HallGraph(FakeBss().ports(), [Operation("LastBill", text)], deadline_seconds=1, open_documents=False)


def test_a_name_that_two_channels_use_means_the_first_one_given() -> None:
    app = Operation("Balance", "query Balance { me { balance { stale asOf } } }")
    graph = HallGraph(FakeBss().ports(), [app, BALANCE], deadline_seconds=1, open_documents=False)
    assert graph.find_trusted("Balance") == app
    assert graph.find_trusted(BALANCE.document_id) == BALANCE
    assert graph.find_trusted("Home") is None


async def test_calls_get_a_little_less_time_than_the_answer() -> None:
    bss = AttentiveBss()
    graph = HallGraph(bss.ports(), [BALANCE], deadline_seconds=10, open_documents=False)
    await graph.run(BALANCE, {}, CALLER)
    assert 8.5 < bss.given_seconds <= 9.0, "in the last tenth a last known value can still take a slow answer's place"
    assert DEADLINE.get() is None


async def test_a_caller_in_a_hurry_hands_its_hurry_down() -> None:
    bss = AttentiveBss()
    graph = HallGraph(bss.ports(), [BALANCE], deadline_seconds=10, open_documents=False)
    with answering_by(time.monotonic() + 1):
        outcome = await graph.run(BALANCE, {}, CALLER)
    assert outcome.errors == ()
    assert 0.5 < bss.given_seconds <= 0.9


def test_every_operation_of_the_app_is_trusted_under_its_name(operations: dict[str, Operation]) -> None:
    graph = HallGraph(FakeBss().ports(), operations.values(), deadline_seconds=1, open_documents=False)
    folder = Path(__file__).parents[3] / "channels" / "app"
    names = {"".join(part.title() for part in path.stem.split("_")) for path in folder.glob("*.graphql")}
    assert names >= {"Home", "Bills", "Bill", "Usage", "Packages", "UsageChanged"}
    assert all(graph.find_trusted(name) for name in names)
