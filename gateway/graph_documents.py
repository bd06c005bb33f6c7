"""Which documents may the graph execute?"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
    validate,
)

from graphql_schema.access import rule_of
from graphql_schema.client import GraphError, Operation

TOKENS_MOST = 2000
"""Of an open document; the largest trusted one has some 200, a tool's introspection 400."""

DEPTH_MOST = 16
"""Of an open document; the graph itself is 6 deep, a tool's introspection 14."""

FIELDS_MOST = 500
"""Of an open document with its fragments spread out: spreading can double with each fragment."""

ALIASES_MOST = 20
"""Of an open document: an alias asks for the same field again."""

OPENED_MOST = 100
"""Open documents remembered: validation is by far the dearest part of a request."""


class InvalidOperation(Exception):  # noqa: N818  it is read by the document's author, at start-up
    """A trusted document that the schema does not allow; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Document:
    """An operation, parsed and validated. ``definition`` is its only operation, or the one that was chosen by name."""

    parsed: DocumentNode
    definition: OperationDefinitionNode


class Documents:
    """The trusted documents, validated once, and the bounds for any other.

    Where two trusted documents share a name, the name alone means the first one given. Raises InvalidOperation.
    """

    def __init__(self, schema: GraphQLSchema, trusted: Iterable[Operation], *, open_documents: bool) -> None:
        self._schema = schema
        self._open_documents = open_documents
        self._by_text: dict[str, Document] = {}
        self._by_key: dict[str, Operation] = {}
        self._opened: dict[Operation, Document | GraphError] = {}
        for operation in trusted:
            self._by_text[operation.text] = _trust(schema, operation)
            self._by_key[operation.document_id] = operation
            self._by_key.setdefault(operation.name, operation)

    def find_trusted(self, key: str) -> Operation | None:
        """The trusted document with this id (``sha256:…``) or this operation name."""
        return self._by_key.get(key)

    def admit(self, operation: Operation) -> Document | GraphError:
        """The document to execute, or why not: ``document_not_trusted``, ``document_too_large``, ``bad_document``,
        ``too_many_deeds`` (field: one that goes alone, asked for twice or beside another)."""
        known = self._by_text.get(operation.text)
        if known is not None:
            return known
        if not self._open_documents:
            return GraphError("document_not_trusted")
        if operation not in self._opened:
            if len(self._opened) >= OPENED_MOST:
                self._opened.pop(next(iter(self._opened)))
            self._opened[operation] = self._open(operation)
        return self._opened[operation]

    def _open(self, operation: Operation) -> Document | GraphError:
        try:
            parsed = parse(operation.text, no_location=True, max_tokens=TOKENS_MOST)
            too_large = _find_excess(parsed)
            if too_large is not None:
                return too_large
            errors = validate(self._schema, parsed, max_errors=10, hide_suggestions=True)
        except GraphQLError as error:
            errors = [error]
        except RecursionError:
            return GraphError("document_too_large", parameters={"limit": "depth", "most": DEPTH_MOST})
        if errors:
            return GraphError("bad_document", parameters={"reason": errors[0].message})
        chosen = _choose(parsed, operation.name)
        if chosen is None:
            return GraphError("bad_document", parameters={"reason": "which operation?"})
        crowd = _find_crowd(self._schema, parsed, chosen)
        return GraphError("too_many_deeds", parameters={"field": crowd}) if crowd else Document(parsed, chosen)


@cache
def _trust(schema: GraphQLSchema, operation: Operation) -> Document:
    try:
        parsed = parse(operation.text)
        errors = validate(schema, parsed)
    except GraphQLError as error:
        errors = [error]
    if errors:
        line = errors[0].locations[0].line if errors[0].locations else 1
        raise InvalidOperation(f"{_file_of(operation)}:{line}: {errors[0].message}")
    definitions = [node for node in parsed.definitions if isinstance(node, OperationDefinitionNode)]
    if len(definitions) != 1:
        raise InvalidOperation(f"{_file_of(operation)}:1: one file holds one operation, this one {len(definitions)}")
    crowd = _find_crowd(schema, parsed, definitions[0])
    if crowd:
        raise InvalidOperation(f"{_file_of(operation)}:1: {crowd} goes alone in a request")
    return Document(parsed, definitions[0])


def _file_of(operation: Operation) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation.name).lower() + ".graphql"


def _choose(parsed: DocumentNode, name: str) -> OperationDefinitionNode | None:
    """The operation of this name; without a name the only one."""
    definitions = [node for node in parsed.definitions if isinstance(node, OperationDefinitionNode)]
    if not name:
        return definitions[0] if len(definitions) == 1 else None
    return next((node for node in definitions if node.name and node.name.value == name), None)


def _find_crowd(schema: GraphQLSchema, parsed: DocumentNode, chosen: OperationDefinitionNode) -> str | None:
    """A field that has to be alone in its request (access.py) and is not, aliases and fragments counted."""
    root = schema.get_root_type(chosen.operation)
    if root is None:
        return None
    fragments = {node.name.value: node for node in parsed.definitions if isinstance(node, FragmentDefinitionNode)}
    asked = _list_coordinates(schema, root, chosen.selection_set, fragments)
    alone = [coordinate for coordinate in asked if _goes_alone(coordinate)]
    return alone[1].partition(".")[2] if len(alone) > 1 else None


def _goes_alone(coordinate: str) -> bool:
    introspected = coordinate.startswith("__") or ".__" in coordinate
    rule = None if introspected else rule_of(coordinate)
    return rule is not None and rule.alone


def _list_coordinates(
    schema: GraphQLSchema,
    kind: GraphQLNamedType,
    selected: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
) -> Iterator[str]:
    """``Type.field`` of every field, in order, as often as it stands there. The document is valid and bounded."""
    for node in selected.selections:
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            yield from _list_coordinates(schema, _narrow(schema, kind, fragment), fragment.selection_set, fragments)
        elif isinstance(node, InlineFragmentNode):
            yield from _list_coordinates(schema, _narrow(schema, kind, node), node.selection_set, fragments)
        elif isinstance(node, FieldNode) and isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            name = node.name.value
            yield f"{kind.name}.{name}"
            if node.selection_set is not None and name in kind.fields:
                below = get_named_type(kind.fields[name].type)
                yield from _list_coordinates(schema, below, node.selection_set, fragments)


def _narrow(
    schema: GraphQLSchema, kind: GraphQLNamedType, node: FragmentDefinitionNode | InlineFragmentNode
) -> GraphQLNamedType:
    """The type that a fragment is of."""
    condition = node.type_condition
    return (condition and schema.get_type(condition.name.value)) or kind


def _find_excess(parsed: DocumentNode) -> GraphError | None:
    """The first bound that this document breaks, or None."""
    size = _Size({node.name.value: node for node in parsed.definitions if isinstance(node, FragmentDefinitionNode)})
    for node in parsed.definitions:
        if isinstance(node, OperationDefinitionNode):
            size.add(node.selection_set, depth=1)
    measured = {
        "depth": (size.depth, DEPTH_MOST),
        "fields": (size.fields, FIELDS_MOST),
        "aliases": (size.aliases, ALIASES_MOST),
    }
    broken = next(((limit, most) for limit, (found, most) in measured.items() if found > most), None)
    return GraphError("document_too_large", parameters={"limit": broken[0], "most": broken[1]}) if broken else None


@dataclass(slots=True)
class _Size:
    """How large a document is with its fragments spread out; counting stops at the first bound that breaks."""

    fragments: Mapping[str, FragmentDefinitionNode]
    depth: int = 0
    fields: int = 0
    aliases: int = 0

    def add(self, selected: SelectionSetNode | None, *, depth: int) -> None:
        if selected is None:
            return
        self.depth = max(self.depth, depth)
        for node in selected.selections:
            if self.depth > DEPTH_MOST or self.fields > FIELDS_MOST:
                return
            if isinstance(node, FieldNode):
                self.fields += 1
                self.aliases += node.alias is not None
                self.add(node.selection_set, depth=depth + 1)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments.get(node.name.value)
                self.fields += 1  # a spread counts too: empty fragments that spread each other must come to an end
                self.add(fragment.selection_set if fragment else None, depth=depth + 1)
            elif isinstance(node, InlineFragmentNode):
                self.add(node.selection_set, depth=depth + 1)
