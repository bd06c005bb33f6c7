"""Which properties does a declared extension (@type with @schemaLocation) add to an object?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

from tests.conformance.exchange import JsonError, parse_json


@dataclass(frozen=True)
class Extensions:
    """Schemas by their location, or why a location does not lead to one."""

    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unresolved: Mapping[str, str] = field(default_factory=dict)

    def schema_of(self, type_name: str, location: str) -> Mapping[str, Any] | str:
        """The schema that ``location`` gives for ``type_name``, or the fault in words."""
        document = self.schemas.get(location)
        if document is None:
            return f"@schemaLocation {location} does not resolve: {self.unresolved.get(location, 'never fetched')}"
        if document.get("title") == type_name:
            return document
        for room in ("definitions", "$defs"):
            if type_name in document.get(room, {}):
                return {**document[room][type_name], room: document[room]}
        return f"the schema at {location} does not name the @type {type_name} (as its title or in its definitions)"

    def name_property(self, path: str) -> bool:
        """Whether any declared extension adds the property that a dotted path begins with."""
        first = path.partition(".")[0]
        parts = [part for schema in self.schemas.values() for part in (schema, *_rooms_of(schema))]
        return any(first in part.get("properties", {}) for part in parts)


def _rooms_of(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*schema.get("definitions", {}).values(), *schema.get("$defs", {}).values()]


async def fetch_extensions(client: httpx.AsyncClient, document: Any, known: Extensions) -> Extensions:
    """``known`` and every schema that ``document`` points to, fetched from the BSS."""
    schemas, unresolved = dict(known.schemas), dict(known.unresolved)
    for location in sorted(set(_locations(document)) - schemas.keys() - unresolved.keys()):
        found = await _fetch(client, location)
        if isinstance(found, str):
            unresolved[location] = found
        else:
            schemas[location] = found
    return Extensions(schemas, unresolved)


async def _fetch(client: httpx.AsyncClient, location: str) -> Mapping[str, Any] | str:
    try:
        response = await client.get(location)
        response.raise_for_status()
        schema = parse_json(response.content)
    except (httpx.HTTPError, httpx.InvalidURL, JsonError) as error:
        return str(error) or type(error).__name__
    if not isinstance(schema, Mapping):
        return "the document is not a JSON object"
    try:
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        return f"the document is not a JSON schema: {error.message}"
    return schema


def _locations(document: Any) -> Iterator[str]:
    if isinstance(document, Mapping):
        if isinstance(document.get("@schemaLocation"), str):
            yield document["@schemaLocation"]
        for value in document.values():
            yield from _locations(value)
    elif isinstance(document, list):
        for value in document:
            yield from _locations(value)
