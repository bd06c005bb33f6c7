"""How does a Swagger 2.0 definition become a strict JSON schema, closed but for declared extensions?"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft4Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for

from tests.conformance.extension import Extensions
from tests.conformance.formats import FORMATS

UNDECLARED = "a property that the specification does not name, in no declared extension"

Schema = Mapping[str, Any]


def close_all(definitions: Schema, *, sent_by_us: bool) -> Schema:
    """Every definition of a specification, closed. ``sent_by_us``: for bodies that may not carry what is readOnly."""
    return {name: close(definition, definitions, sent_by_us) for name, definition in definitions.items()}


def strict_validator(schema: Schema, closed: Schema, extensions: Extensions) -> Validator:
    """A validator for ``schema``, whose ``#/definitions/…`` are ``closed`` ones of its specification."""
    strict = extend(Draft4Validator, {"additionalProperties": _only_declared(extensions)})
    return strict({**close(schema, closed), "definitions": closed}, format_checker=FORMATS)


def close(schema: Schema, definitions: Schema, sent_by_us: bool = False) -> dict[str, Any]:
    """``schema`` with allOf flattened and every object that names its properties closed to others.

    An object without named properties (such as Any) stays free. Examples and defaults are not constraints.
    """
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    flat = flatten(schema, definitions)
    result = {key: value for key, value in flat.items() if key not in {"default", "example", "discriminator"}}
    if "items" in result:
        result["items"] = close(result["items"], definitions, sent_by_us)
    if flat.get("properties"):
        result |= _closed_object(flat, definitions, sent_by_us)
    return result


def flatten(schema: Schema, definitions: Schema) -> dict[str, Any]:
    """``schema`` with the parts of its allOf merged in: properties and required united."""
    flat = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema.get("allOf", ()):
        name = part.get("$ref", "").rpartition("/")[2]
        merged = flatten(definitions[name] if name else part, definitions)
        flat["properties"] = {**merged.get("properties", {}), **flat.get("properties", {})}
        flat["required"] = sorted({*merged.get("required", ()), *flat.get("required", ())})
        flat = {**merged, **flat}
    if flat.get("required") == []:
        del flat["required"]
    return flat


def property_at(path: str, name: str, definitions: Schema) -> Schema | None:
    """The schema of a property named by its dotted path from definition ``name``; None if there is no such property."""
    schema: Schema = {"$ref": f"#/definitions/{name}"}
    for part in path.split("."):
        schema = _resolved(schema, definitions)
        properties = schema.get("properties", {})
        if part not in properties:
            return None
        schema = properties[part]
    return _resolved(schema, definitions)


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    while True:
        if "$ref" in schema:
            schema = definitions[schema["$ref"].rpartition("/")[2]]
        elif schema.get("type") == "array":
            schema = schema["items"]
        else:
            return flatten(schema, definitions)


def _closed_object(flat: Schema, definitions: Schema, sent_by_us: bool) -> dict[str, Any]:
    readable = {
        name: definition
        for name, definition in flat["properties"].items()
        if not (sent_by_us and definition.get("readOnly"))
    }
    required = [name for name in flat.get("required", ()) if name in readable]
    closed: dict[str, Any] = {
        "type": "object",
        "properties": {name: close(definition, definitions, sent_by_us) for name, definition in readable.items()},
        "additionalProperties": flat.get("additionalProperties", False),
    }
    return closed | ({"required": required} if required else {})


Keyword = Callable[[Validator, Any, Any, Schema], Iterator[ValidationError]]


def _only_declared(extensions: Extensions) -> Keyword:
    def judge(validator: Validator, allowed: Any, instance: Any, schema: Schema) -> Iterator[ValidationError]:
        if not validator.is_type(instance, "object"):
            return
        unknown = [name for name in instance if name not in schema.get("properties", {})]
        if allowed is False:
            yield from _judge_extension(instance, unknown, extensions)
        elif isinstance(allowed, Mapping):
            for name in unknown:
                yield from validator.descend(instance[name], allowed, path=name)

    return judge


def _judge_extension(instance: Schema, unknown: list[str], extensions: Extensions) -> Iterator[ValidationError]:
    location, type_name = instance.get("@schemaLocation"), instance.get("@type")
    if not isinstance(location, str) or not isinstance(type_name, str):
        for name in unknown:
            yield ValidationError(UNDECLARED, path=[name])
        return
    extension = extensions.schema_of(type_name, location)
    if isinstance(extension, str):
        if unknown:
            yield ValidationError(f"{extension}; so nothing declares {', '.join(unknown)}", path=["@schemaLocation"])
        return
    named = flatten(extension, {**extension.get("definitions", {}), **extension.get("$defs", {})}).get("properties", {})
    for name in unknown:
        if name not in named:
            yield ValidationError(f"a property that neither the specification nor {type_name} names", path=[name])
    for name, definition in named.items():
        if name in instance:
            yield from _judge_extended(instance[name], definition, extension, name)
    for name in extension.get("required", ()):
        if name not in instance:
            yield ValidationError(f"{name!r} is required by the extension {type_name}", validator="required")


def _judge_extended(value: Any, definition: Schema, extension: Schema, name: str) -> Iterator[ValidationError]:
    definitions = {**extension.get("definitions", {}), **extension.get("$defs", {})}
    closed = {key: close(part, definitions) for key, part in definitions.items()}
    rooms = {room: closed for room in ("definitions", "$defs") if room in extension}
    document = {**close(definition, definitions), **rooms}
    for error in validator_for(extension)(document, format_checker=FORMATS).iter_errors(value):
        error.path.appendleft(name)
        yield error
