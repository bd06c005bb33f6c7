"""Does an exchange keep to the official specification, word for word?"""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import ValidationError
from jsonschema.protocols import Validator

from tests.conformance.exchange import Exchange, JsonError, parse_json
from tests.conformance.extension import Extensions
from tests.conformance.fault import Fault
from tests.conformance.schema import close_all, property_at, strict_validator
from tests.conformance.swagger import Operation, Specifications

PARTIAL_CONTENT = 206  # TMF630 part 1: an answer that holds only a part of the collection
SORT = "sort"  # TMF630 part 1: a list is ordered by these properties, `-` before one: descending
ALWAYS_GIVEN = {"id", "href", "@type", "@baseType", "@schemaLocation"}  # TMF630: beside what `fields` asks for
OPERATORS = {"eq", "ne", "gt", "gte", "lt", "lte", "regex"}  # TMF630 part 1: operators after an attribute's name

Found = tuple[str, str] | tuple[str, str, str]
"""A pointer, what is wrong there, and maybe an example."""


class Judge:
    """Judges exchanges by the specifications. Validators are costly to build, so it keeps them."""

    def __init__(self, specifications: Specifications, extensions: Extensions | None = None) -> None:
        self._specifications = specifications
        self._extensions = extensions or Extensions()
        self._closed: dict[tuple[str, bool], Mapping[str, Any]] = {}
        self._validators: dict[tuple[str, str, bool], Validator] = {}

    def with_extensions(self, extensions: Extensions) -> "Judge":
        """The same judge, knowing more extensions."""
        return Judge(self._specifications, extensions)

    def judge_response(self, exchange: Exchange) -> list[Fault]:
        """Every fault of the answer: status, media type, headers, body."""
        operation = self._specifications.operation(exchange.method, exchange.path)
        if operation is None:
            return [_no_operation(exchange)]
        return [
            Fault(operation.api, operation.name, pointer, what, *example)
            for pointer, what, *example in self._response_faults(exchange, operation)
        ]

    def judge_request(self, exchange: Exchange) -> list[Fault]:
        """Every fault of the question: path, query parameters, body."""
        operation = self._specifications.operation(exchange.method, exchange.path)
        if operation is None:
            return [_no_operation(exchange)]
        faults = [*self._query_faults(exchange, operation), *self._request_body_faults(exchange, operation)]
        return [Fault(operation.api, operation.name, pointer, what, *example) for pointer, what, *example in faults]

    def _response_faults(self, exchange: Exchange, operation: Operation) -> Iterator[Found]:
        declared = operation.responses.get(exchange.status)
        if declared is None and exchange.status == PARTIAL_CONTENT and operation.is_list:
            declared = operation.responses[200]
        if declared is None:
            yield "", f"status {exchange.status} is not declared ({exchange.body[:120]!r})"
            return
        if "schema" not in declared:
            if exchange.body:
                yield "", f"status {exchange.status} has no body in the specification, but one came"
            return
        yield from _media_type_faults(exchange.headers.get("content-type", ""))
        try:
            body = parse_json(exchange.body)
        except JsonError as error:
            yield "", f"not JSON: {error}"
            return
        yield from self._body_faults(body, declared["schema"], operation, picked=_picked(exchange))
        if operation.is_list and exchange.status < 300:
            yield from _list_faults(exchange, body)
        if exchange.status >= 400:
            yield from _error_faults(exchange, body)

    def _body_faults(
        self, body: Any, schema: Mapping[str, Any], operation: Operation, *, picked: frozenset[str] | None = None
    ) -> Iterator[Found]:
        validator = self._validator(operation.api, schema, sent_by_us=False)
        depth = 1 if operation.is_list else 0
        for error in validator.iter_errors(body):
            if picked is not None and error.validator == "required" and len(error.absolute_path) == depth:
                continue  # what `fields` left out is not missing; whether it gave what was asked is judged below
            yield _found(error)
        if picked is not None:
            yield from _unasked(body, picked)

    def _request_body_faults(self, exchange: Exchange, operation: Operation) -> Iterator[Found]:
        schema = operation.request_schema
        if schema is None:
            if exchange.request_body:
                yield "", "the specification has no body here, but one was sent"
            return
        yield from _media_type_faults(exchange.request_headers.get("content-type", ""))
        try:
            body = parse_json(exchange.request_body)
        except JsonError as error:
            yield "", f"not JSON: {error}"
            return
        for found in self._validator(operation.api, schema, sent_by_us=True).iter_errors(body):
            yield _found(found)

    def _query_faults(self, exchange: Exchange, operation: Operation) -> Iterator[Found]:
        for name, value in exchange.query:
            if name in operation.query_parameters:
                yield from self._parameter_faults(name, value, operation)
            elif name == SORT and operation.is_list:
                yield from self._sort_faults(value, operation)
            elif not operation.is_list or operation.resource is None:
                yield f"query:{name}", "a parameter that the specification does not name"
            elif not self._names_a_property(_without_operator(name), operation):
                yield f"query:{name}", f"an attribute filter that names no property of {operation.resource}"

    def _parameter_faults(self, name: str, value: str, operation: Operation) -> Iterator[Found]:
        if name in {"offset", "limit"} and not (value.isascii() and value.isdecimal()):
            yield f"query:{name}", f"an integer is specified, {value!r} was sent"
        for path in value.split(",") if name == "fields" else ():
            if not self._names_a_property(path, operation):
                yield "query:fields", f"{path!r} is no property of {operation.resource}"

    def _sort_faults(self, value: str, operation: Operation) -> Iterator[Found]:
        for path in value.split(","):
            if not self._names_a_property(path.lstrip("+-"), operation):
                yield f"query:{SORT}", f"{path!r} is no property of {operation.resource}"

    def _names_a_property(self, path: str, operation: Operation) -> bool:
        """Whether the operation's resource has it, by the specification or by an extension that the BSS declares."""
        definitions = self._specifications.by_api[operation.api].definitions
        if operation.resource is None or property_at(path, operation.resource, definitions) is not None:
            return True
        return self._extensions.name_property(path)

    def _validator(self, api: str, schema: Mapping[str, Any], *, sent_by_us: bool) -> Validator:
        if (api, sent_by_us) not in self._closed:
            definitions = self._specifications.by_api[api].definitions
            self._closed[api, sent_by_us] = close_all(definitions, sent_by_us=sent_by_us)
        key = (api, repr(schema), sent_by_us)
        if key not in self._validators:
            self._validators[key] = strict_validator(schema, self._closed[api, sent_by_us], self._extensions)
        return self._validators[key]


def _no_operation(exchange: Exchange) -> Fault:
    return Fault("TMF???", f"{exchange.method} {exchange.path}", "", "no specification has this operation")


def _picked(exchange: Exchange) -> frozenset[str] | None:
    fields = exchange.parameter("fields")
    if exchange.method != "GET" or not fields or exchange.status >= 400:
        return None
    return frozenset(name.partition(".")[0] for name in fields.split(","))


def _unasked(body: Any, picked: frozenset[str]) -> Iterator[Found]:
    for index, item in enumerate(body if isinstance(body, list) else [body]):
        for name in item if isinstance(item, Mapping) else ():
            if name not in picked | ALWAYS_GIVEN:
                yield f"/{index}/{name}" if isinstance(body, list) else f"/{name}", "given though `fields` left it out"


def _media_type_faults(content_type: str) -> Iterator[Found]:
    media_type, _, parameters = content_type.lower().partition(";")
    if media_type.strip() != "application/json":
        yield "header:Content-Type", f"application/json is specified, {content_type!r} came"
    elif parameters and parameters.replace('"', "").strip() != "charset=utf-8":
        yield "header:Content-Type", f"charset=utf-8 is specified, {content_type!r} came"


def _list_faults(exchange: Exchange, body: Any) -> Iterator[Found]:
    counts = {}
    for name in ("X-Result-Count", "X-Total-Count"):
        value = exchange.headers.get(name.lower(), "")
        if value.isdecimal() and value.isascii():
            counts[name] = int(value)
        else:
            yield f"header:{name}", f"an integer is specified, {value!r} came"
    if not isinstance(body, list) or len(counts) < 2:
        return
    result, total = counts["X-Result-Count"], counts["X-Total-Count"]
    if result != len(body):
        yield "header:X-Result-Count", f"says {result}, but {len(body)} items came"
    if total < result:
        yield "header:X-Total-Count", f"says {total}, but {result} items came"
    if exchange.status == PARTIAL_CONTENT and result >= total:
        yield "", "206 says that a part came, but it was the whole"
    limit = exchange.parameter("limit") or ""
    if limit.isdecimal() and len(body) > int(limit):
        yield "", f"{len(body)} items came, but the limit was {limit}"


def _error_faults(exchange: Exchange, body: Any) -> Iterator[Found]:
    status = body.get("status") if isinstance(body, Mapping) else None
    if isinstance(status, str) and status != str(exchange.status):
        yield "/status", f"says {status!r}, but the HTTP status is {exchange.status}"


def _without_operator(name: str) -> str:
    path, dot, last = name.rpartition(".")
    return path if dot and last in OPERATORS else name


def _pointer(error: ValidationError) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_path)


def _found(error: ValidationError) -> Found:
    if error.validator == "format":
        return _pointer(error), f"no {error.validator_value}", repr(error.instance)
    message = str(error.message)
    return _pointer(error), message if len(message) <= 300 else message[:300] + "…"
