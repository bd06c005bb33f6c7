"""Can an app do all that a subscriber may, hear every refusal, and name nothing of the operator's own people?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)

from graphql_schema.access import ACCESS, rule_of
from graphql_schema.client import load_operations
from graphql_schema.schema import build_schema, executable

FOLDER = Path(__file__).parents[3] / "channels" / "app"
OPERATIONS = load_operations(FOLDER)
DEEDS = [stem for stem, operation in OPERATIONS.items() if re.search(r"^mutation ", operation.text, re.MULTILINE)]
SCHEMA: GraphQLSchema = executable(build_schema())
NAMED_BY = {
    "until": {"Locked": "lockedUntil", "SimChanged": "simUntil", "Rests": "restsUntil", "DeedOff": "offUntil"},
    "reason": {"DeedOff": "offReason"},
    "least": {"AmountRefused": "leastAmount"},
    "name": {"BadInput": "inputName"},
    "code": {"Redemption": "itemCode", "Grant": "giftCode"},
}
"""Fields that are asked under another name, so that a client finds each in one place: ``code`` is a refusal's."""


def parsed(stem: str) -> DocumentNode:
    return parse(OPERATIONS[stem].text)


def root(document: DocumentNode) -> FieldNode:
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    (field,) = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    return field


def coordinates(document: DocumentNode) -> Iterator[str]:
    """Every field that a document asks, as the table of access rules names it."""
    found: list[str] = []
    types = TypeInfo(SCHEMA)

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = types.get_parent_type()
            if parent is not None and not node.name.value.startswith("__"):
                found.append(f"{parent.name}.{node.name.value}")

    visit(document, TypeInfoVisitor(types, Fields()))
    return iter(found)


def subscriber_fields(kind: str) -> set[str]:
    """The fields of a type that are not the operator's own people's."""
    owner = SCHEMA.get_type(kind)
    assert isinstance(owner, GraphQLObjectType)
    return {name for name in owner.fields if not getattr(rule_of(f"{kind}.{name}"), "roles", None)}


def test_every_deed_of_a_subscriber_has_a_document() -> None:
    mutations = {
        stem: OPERATIONS[stem] for stem in OPERATIONS if OPERATIONS[stem].text.lstrip("#").find("mutation ") > 0
    }
    done = {root(parsed(stem)).name.value for stem in mutations}
    assert done == subscriber_fields("Mutation")
    for stem in mutations:
        name = root(parsed(stem)).name.value
        assert stem == re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def test_every_section_of_a_line_has_a_document() -> None:
    asked = {coordinate for stem in OPERATIONS for coordinate in coordinates(parsed(stem))}
    sections = {f"Me.{name}" for name in subscriber_fields("Me")}
    assert sections <= asked
    assert {f"Query.{name}" for name in subscriber_fields("Query")} <= asked


@pytest.mark.parametrize("stem", OPERATIONS)
def test_a_document_is_valid_and_asks_nothing_of_the_desk(stem: str) -> None:
    document = parsed(stem)
    assert validate(SCHEMA, document) == []
    for coordinate in coordinates(document):
        rule = rule_of(coordinate, ACCESS)
        assert rule is None or not rule.roles, coordinate
        assert not coordinate.startswith("StaffDesk.")


@pytest.mark.parametrize("stem", DEEDS)
def test_every_answer_to_a_deed_is_asked_for_whole(stem: str) -> None:
    field = root(parsed(stem))
    assert SCHEMA.mutation_type is not None
    union = get_named_type(SCHEMA.mutation_type.fields[field.name.value].type)
    assert isinstance(union, GraphQLUnionType)
    assert field.selection_set is not None
    asked = {
        part.type_condition.name.value: part.selection_set
        for part in field.selection_set.selections
        if isinstance(part, InlineFragmentNode) and part.type_condition
    }
    assert asked.keys() == {member.name for member in union.types}
    for member in union.types:
        parts = [part for part in asked[member.name].selections if isinstance(part, FieldNode)]
        assert {part.name.value for part in parts} == member.fields.keys(), member.name
        for part in parts:
            expected = NAMED_BY.get(part.name.value, {}).get(member.name)
            assert (part.alias.value if part.alias else None) == expected or part.name.value == "most"
