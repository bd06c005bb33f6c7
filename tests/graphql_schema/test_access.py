"""Does each field open at its level, and only there?"""

from typing import Any

import pytest
from graphql import build_schema as parse_schema
from strawberry import Schema

from graphql_schema.access import ACCESS, INHERITED, LINE, Rule, rule_of
from graphql_schema.client import Caller, Channel, GraphError
from graphql_schema.guard import guard, walk_fields
from graphql_schema.schema import build_schema, executable
from tests.fakes.ports import LINE_ID, NUMBER
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

SECTIONS = {
    "line": "line { id }",
    "account": "account { id }",
    "balance": "balance { available { amount } }",
    "buckets": "buckets { id }",
    "pace": "pace { state }",
    "currentCharges": "currentCharges { total { amount } }",
    "bills": "bills { totalCount }",
    "bill": 'bill(id: "B10") { bill { id } }',
    "packages": "packages { id }",
    "attention": "attention { code }",
    "inbox": "inbox { id }",
    "assurance": "assurance { level }",
    "contacts": "contacts { id }",
    "helpers": "helpers { id }",
    "sessions": "sessions { id }",
    "passkeys": "passkeys { id }",
    "ownLines": "ownLines { id }",
    "consents": "consents { purpose }",
    "auditTrail": "auditTrail { id }",
    "personalDataRequests": "personalDataRequests { id }",
}
NESTED = {
    ("line", "number"): "line { number }",
    ("currentCharges", "subjects"): "currentCharges { subjects { code } }",
}
STRICT = {("bill",), ("line", "number"), ("currentCharges", "subjects")} | {
    (name,) for name in ("sessions", "passkeys", "ownLines", "consents", "auditTrail", "personalDataRequests")
}
QUESTIONS = {(name,): text for name, text in SECTIONS.items()} | NESTED


def find(data: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


def at_level(level: int) -> Caller:
    return Caller(Channel.WEB, subscriber=LINE_ID, number=NUMBER, assurance=level)


@pytest.fixture(scope="module")
def schema() -> Schema:
    return build_schema()


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("path", QUESTIONS, ids=".".join)
async def test_a_field_opens_at_its_level_and_is_null_with_a_code_below(
    ask: Ask, path: tuple[str, ...], level: int
) -> None:
    outcome = await ask(f"{{ me {{ {QUESTIONS[path]} }} }}", by=at_level(level))
    answer = find(outcome.data, ("me", *path))
    if path in STRICT and level < 2:
        assert answer is None
        ways = [["CODE"], ["PASSWORD"], ["PASSKEY"]]
        needed = {"needed": 2, "have": level, "fresh_within_seconds": None, "ways": ways}
        assert outcome.errors == (GraphError("step_up_required", ("me", *path), needed),)
    else:
        assert answer is not None
        assert outcome.errors == ()


@pytest.mark.parametrize(
    "visitor", [Caller(Channel.WEB), Caller(Channel.WEB, subscriber=LINE_ID), Caller(Channel.WEB, assurance=3)]
)
@pytest.mark.parametrize("path", QUESTIONS, ids=".".join)
async def test_a_visitor_is_asked_to_sign_in_before_anything_else(
    ask: Ask, path: tuple[str, ...], visitor: Caller
) -> None:
    outcome = await ask(f"{{ me {{ {QUESTIONS[path]} }} }}", by=visitor)
    assert outcome.data == {"me": None}
    assert outcome.errors == (GraphError("sign_in_required", ("me",)),)


async def test_a_refused_field_does_not_take_its_parent_along(ask: Ask) -> None:
    outcome = await ask("{ me { line { maskedNumber number } account { id } } }", by=at_level(1))
    assert outcome.data is not None
    assert outcome.data["me"] == {"line": {"maskedNumber": "138****8001", "number": None}, "account": {"id": "A1"}}


async def test_an_alert_sees_the_fields_that_it_declared_and_no_other(ask: Ask) -> None:
    alert = Caller(Channel.SYSTEM, subscriber=LINE_ID, fields=frozenset({"Me.line", "Line.number"}))
    outcome = await ask("{ me { line { number } balance { stale } } }", by=alert)
    assert outcome.data == {"me": {"line": {"number": NUMBER}, "balance": None}}
    assert outcome.errors == (GraphError("field_not_declared", ("me", "balance"), {"field": "Me.balance"}),)


async def test_a_system_caller_without_a_declaration_is_held_to_its_level(ask: Ask) -> None:
    outcome = await ask("{ me { line { id } } }", by=Caller(Channel.SYSTEM, subscriber=LINE_ID))
    assert outcome.data == {"me": None}


def test_every_field_of_the_graph_has_a_rule(schema: Schema) -> None:
    coordinates = [coordinate for coordinate, _ in walk_fields(executable(schema))]
    assert "Me.bill" in coordinates
    assert "Money.amount" in coordinates
    for coordinate in coordinates:
        assert isinstance(rule_of(coordinate), Rule | None)


def test_every_section_of_me_has_a_line_of_its_own(schema: Schema) -> None:
    sections = [name for name, _ in walk_fields(executable(schema)) if name.startswith("Me.")]
    assert {f"Me.{name}" for name in SECTIONS} < set(sections)
    assert all(section in ACCESS for section in sections)


def test_a_field_without_a_rule_stops_the_build() -> None:
    with pytest.raises(LookupError, match=r"Query\.secret has no access rule"):
        guard(parse_schema("type Query { secret: String }"))


def test_a_rule_without_a_field_stops_the_build() -> None:
    with pytest.raises(LookupError, match=r"do not exist: Query\.gone"):
        guard(parse_schema("type Query { kept: String }"), {"Query.kept": INHERITED, "Query.gone": LINE})
