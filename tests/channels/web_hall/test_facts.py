"""Could the real graph have given the answers that the states are made of?"""

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    validate,
)

from graphql_schema.client import Operation, Outcome, load_operations
from graphql_schema.schema import build_schema, executable
from tests.channels.web_hall.state import State
from tests.channels.web_hall.states import STATES

OPERATIONS = load_operations(Path(__file__).parents[3] / "channels" / "web_hall")
GRAPH = executable(build_schema())


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_an_operation_is_valid_and_named_like_its_file(operation: Operation) -> None:
    document = parse(operation.text)
    assert validate(GRAPH, document) == []
    definition = document.definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    assert definition.name
    assert definition.name.value == operation.name


@pytest.mark.parametrize("state", [state for state in STATES if state.answers], ids=lambda state: state.name)
def test_an_answer_has_exactly_what_was_asked_in_the_shape_of_the_graph(state: State) -> None:
    answered = [
        (stem, outcome)
        for stem, outcomes in state.answers.items()
        for outcome in ([outcomes] if isinstance(outcomes, Outcome) else outcomes)
    ]
    for stem, outcome in answered:
        definition = parse(OPERATIONS[stem].text).definitions[0]
        assert isinstance(definition, OperationDefinitionNode)
        root = GRAPH.get_root_type(definition.operation)
        assert root
        if definition.operation is not OperationType.QUERY and outcome.data is not None and not outcome.errors:
            _compare(root, definition.selection_set, outcome.data, stem)
        elif outcome.data is not None and (not outcome.errors or len(outcome.data.get("me") or {}) > 1):
            assert all(outcome.data["me"][error.path[-1]] is None for error in outcome.errors), (
                "an error explains a null"
            )
            _compare(root, definition.selection_set, outcome.data, stem)


def _compare(parent: GraphQLObjectType, asked: SelectionSetNode, value: dict[str, Any], where: str) -> None:
    fields = [node for node in asked.selections if isinstance(node, FieldNode)]
    assert set(value) == {_name(node) for node in fields}, where
    for node in fields:
        kind = parent.fields[node.name.value].type
        _compare_value(kind, node, value[_name(node)], f"{where}.{_name(node)}")


def _compare_word(asked: SelectionSetNode, value: dict[str, Any], where: str) -> None:
    """One member of a mutation's union, with the fields that its fragment asks for."""
    word, facts = value["__typename"], {name: fact for name, fact in value.items() if name != "__typename"}
    fragments = [node for node in asked.selections if isinstance(node, InlineFragmentNode) and node.type_condition]
    chosen = [node for node in fragments if node.type_condition and node.type_condition.name.value == word]
    kind = GRAPH.type_map[word]
    assert isinstance(kind, GraphQLObjectType)
    if chosen:
        _compare(kind, chosen[0].selection_set, facts, where)
    else:
        assert facts == {}, where


def _name(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _compare_value(kind: Any, node: FieldNode, value: Any, where: str) -> None:
    if isinstance(kind, GraphQLNonNull):
        assert value is not None, where
        kind = kind.of_type
    if value is None:
        return
    if isinstance(kind, GraphQLList):
        for item in value:
            _compare_value(kind.of_type, node, item, where)
    elif isinstance(kind, GraphQLObjectType):
        assert node.selection_set, where
        _compare(kind, node.selection_set, value, where)
    elif isinstance(kind, GraphQLUnionType):
        assert node.selection_set, where
        assert value["__typename"] in {member.name for member in kind.types}, where
        _compare_word(node.selection_set, value, where)
    elif isinstance(kind, GraphQLEnumType):
        assert value in kind.values, where
    else:
        assert kind.serialize(kind.parse_value(value)) is not None, where
