"""Does any question or deed that the schema allows make the graph fail, asked by somebody who has signed in?

Customers ask through the app's route; staff, who have no route to the graph but the desk's pages, ask the graph itself.

``pytest tests/security/test_schemathesis.py --hypothesis-profile=deep`` asks a hundred times as much.
"""

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from graphql import (
    FieldNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    TypeDefinitionNode,
    build_schema,
    parse,
    print_ast,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.graphql import nodes

from graphql_schema.access import ACCESS
from graphql_schema.client import Operation, Role
from tests.security.conftest import StrongHouse

schemathesis.graphql.scalar("Cursor", st.text(max_size=40).map(nodes.String))
schemathesis.graphql.scalar("Decimal", st.one_of(st.decimals().map(str), st.text(max_size=20)).map(nodes.String))
SCHEMA_FILE = Path(__file__).parents[2] / "graphql_schema" / "schema.graphql"
SCHEMA = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
GRAPH = schemathesis.graphql.from_path(SCHEMA_FILE)
FIELDS = {each.ok().label: each.ok() for each in GRAPH.get_all_operations()}
ASKED_IN_ALL = 8 * settings.default.max_examples
"""Shared by all fields: 800 questions take some 12 s, and the suite has to end."""

STAFF = {name: rule for name, rule in ACCESS.items() if rule is not None and rule.roles}
"""What is for the operator's people: roots, and what stands below ``staff``."""

STAFF_ASKS = [
    (name, role)
    for name in sorted(STAFF)
    if (name in FIELDS and name != "Query.staff") or name.startswith("StaffDesk.")
    for role in sorted(STAFF[name].roles)
]

KEY = re.compile(r'idempotencyKey: (?!""")"(?:[^"\\]|\\.)*"')
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
OUR_FAULTS = ("internal_error", "_garbled", "_unavailable", "_timeout")


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("field", FIELDS)
def test_no_question_and_no_deed_is_a_fault_of_ours(
    strong_house: StrongHouse, field: str, mode: GenerationMode
) -> None:
    heard: Counter[str] = Counter()
    with strong_house.app() as app:

        @given(FIELDS[field].as_strategy(generation_mode=mode))
        @settings(
            max_examples=max(6, ASKED_IN_ALL // len(FIELDS) // len(MODES)),
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            body = _with_a_key_of_its_own(case.body)
            answer = app.post("/graphql", json={"query": body})
            if answer.status_code == 401:  # a deed of before has ended this session
                app.headers["authorization"] = f"Bearer {strong_house.token()}"
                answer = app.post("/graphql", json={"query": body})
            assert answer.status_code < 500, body
            told = answer.json()
            codes = [error["extensions"]["code"] for error in told.get("errors", ())]
            assert not any(code.endswith(OUR_FAULTS) for code in codes), (body, codes)
            is_executed = "data" in told
            assert not (is_executed and validate(SCHEMA, parse(body))), body
            heard["executed" if is_executed else "refused"] += 1

        ask()
    if mode is GenerationMode.POSITIVE:
        assert heard["executed"], heard
    else:
        assert heard["refused"] or not _takes_arguments(field), heard


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize(("field", "role"), STAFF_ASKS)
def test_nothing_that_the_operators_people_ask_or_do_is_a_fault_of_ours(
    strong_house: StrongHouse, field: str, role: Role, mode: GenerationMode
) -> None:
    heard: Counter[str] = Counter()
    run, colleague = strong_house.hall.graph.run, strong_house.colleague(role)

    @given(_find_operation(field).as_strategy(generation_mode=mode))
    @settings(
        max_examples=max(8, settings.default.max_examples // 10),
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        body = _with_a_key_of_its_own(case.body)
        outcome = strong_house.portal.call(run, Operation(name="", text=body), {}, colleague)
        codes = [error.code for error in outcome.errors]
        assert not any(code.endswith(OUR_FAULTS) for code in codes), (body, codes)
        heard.update(["refused"] if outcome.data is None else _list_asked(body))

    ask()
    if mode is GenerationMode.POSITIVE:
        assert heard[field], heard
    else:
        assert heard["refused"] or not _takes_arguments(field), heard


@cache
def _find_operation(field: str) -> Any:
    """What asks this root; of what stands below ``staff`` a question after nothing else there, since chance alone asks
    some of its fields once in a hundred times."""
    if field in FIELDS:
        return FIELDS[field]
    kind, _, name = field.partition(".")
    asked = {"Query": "staff", kind: name}
    written = parse(SCHEMA_FILE.read_text(encoding="utf-8")).definitions
    types = {each.name.value: each for each in written if isinstance(each, TypeDefinitionNode)}
    needed, ahead = dict[str, str](), ["Query"]
    while ahead:
        if (word := ahead.pop()) in types and word not in needed:
            needed[word] = print_ast(_leave_one(types[word], asked.get(word)))
            ahead += re.findall(r"\w+", needed[word])
    [operation] = schemathesis.graphql.from_file("\n".join(needed.values())).get_all_operations()
    return operation.ok()


def _leave_one(definition: TypeDefinitionNode, field: str | None) -> TypeDefinitionNode:
    if field is None or not isinstance(definition, ObjectTypeDefinitionNode):
        return definition
    return replace(definition, fields=tuple(each for each in definition.fields if each.name.value == field))


def _takes_arguments(field: str) -> bool:
    """Little can be wrong with a question that has none: now and then nothing is."""
    kind, _, name = field.partition(".")
    return bool(SCHEMA.type_map[kind].fields[name].args)  # type: ignore[attr-defined]


def _with_a_key_of_its_own(text: str) -> str:
    """Random keys are refused before the deed is looked at: nine of ten are too short or can't be printed."""
    return KEY.sub(lambda _: f'idempotencyKey: "{uuid4()}"', text)


def _list_asked(text: str) -> list[str]:
    """The roots of an executed document, and what it asked for below ``staff``."""
    found = []
    for definition in parse(text).definitions:
        assert isinstance(definition, OperationDefinitionNode)
        for root in definition.selection_set.selections:
            assert isinstance(root, FieldNode)
            found.append(f"{definition.operation.value.title()}.{root.name.value}")
            below = root.selection_set.selections if root.name.value == "staff" and root.selection_set else ()
            found += [f"StaffDesk.{node.name.value}" for node in below if isinstance(node, FieldNode)]
    return found
