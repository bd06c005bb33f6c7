"""Does closing a definition keep allOf, readOnly and required, and is a property path found?"""

from typing import Any

from tests.conformance.extension import Extensions
from tests.conformance.schema import close_all, property_at, strict_validator

DEFINITIONS: dict[str, Any] = {
    "Any": {},
    "Entity": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "readOnly": True}}},
    "Line": {
        "allOf": [
            {"$ref": "#/definitions/Entity"},
            {"type": "object", "properties": {"pair": {"type": "array", "items": {"$ref": "#/definitions/Line"}}}},
        ],
        "required": ["number"],
        "properties": {"number": {"type": "string", "example": "1"}, "value": {"$ref": "#/definitions/Any"}},
    },
}
LINE = {"$ref": "#/definitions/Line"}


def faults_of(document: Any, *, sent_by_us: bool = False) -> list[str]:
    closed = close_all(DEFINITIONS, sent_by_us=sent_by_us)
    return [error.message for error in strict_validator(LINE, closed, Extensions()).iter_errors(document)]


def test_parts_of_an_all_of_count_as_one_object() -> None:
    assert faults_of({"id": "1", "number": "2", "value": {"free": []}, "pair": [{"id": "3", "number": "4"}]}) == []


def test_what_a_part_requires_is_required() -> None:
    assert faults_of({"number": "2"}) == ["'id' is a required property"]


def test_what_no_part_names_is_a_fault_at_any_depth() -> None:
    [fault] = faults_of({"id": "1", "number": "2", "pair": [{"id": "3", "number": "4", "nick": "x"}]})
    assert "does not name" in fault


def test_what_is_read_only_is_neither_required_from_nor_allowed_to_a_client() -> None:
    assert faults_of({"number": "2"}, sent_by_us=True) == []
    [fault] = faults_of({"id": "1", "number": "2"}, sent_by_us=True)
    assert "does not name" in fault


def test_a_property_path_crosses_references_arrays_and_all_of() -> None:
    assert property_at("pair.pair.number", "Line", DEFINITIONS) == {"type": "string", "example": "1"}
    assert property_at("pair.nick", "Line", DEFINITIONS) is None
