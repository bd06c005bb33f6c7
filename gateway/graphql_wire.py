"""How do a GraphQL request and its outcome look on the wire, whichever way they travel?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.graph import HallGraph
from graphql_schema.client import GraphError, Operation, Outcome

BODY_BYTES_MOST = 64 * 1024
"""Of a request: the largest trusted text has 2 KB, and variables are a few words."""


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """What is to be executed, with its variables as they came."""

    operation: Operation
    variables: Mapping[str, Any] = field(default_factory=dict)


def parse_json(text: bytes | str) -> Any | GraphError:  # noqa: ANN401  any JSON value
    """The JSON value; ``bad_json`` for broken UTF-8, broken JSON, and JSON nested beyond what anyone means."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return GraphError("bad_json")


def parse_request(sent: Any, graph: HallGraph) -> GraphRequest | GraphError:  # noqa: ANN401  whatever was sent
    """Reads the members of a GraphQL-over-HTTP request (§4.1) and finds the document that it names.

    ``documentId`` is ``sha256:…`` or the name of a trusted document; ``extensions.persistedQuery.sha256Hash`` and a
    ``query`` that is a trusted text work too. Codes: ``bad_request`` (name: the member that is wrong),
    ``batching_refused``, ``document_not_trusted``.
    """
    if isinstance(sent, list):
        return GraphError("batching_refused")
    if not isinstance(sent, dict):
        return GraphError("bad_request", parameters={"name": "body"})
    wrong = next((name for name, kind in _MEMBERS.items() if not isinstance(sent.get(name), kind | None)), None)
    if wrong is not None:
        return GraphError("bad_request", parameters={"name": wrong})
    operation = _find_operation(sent, graph)
    if isinstance(operation, GraphError):
        return operation
    return GraphRequest(operation, sent.get("variables") or {})


def render_outcome(outcome: Outcome) -> dict[str, Any]:
    """A GraphQL response: no ``data`` where nothing ran; ``message`` repeats the code, for there is no prose here."""
    response: dict[str, Any] = {}
    if outcome.errors:
        response["errors"] = [render_error(error) for error in outcome.errors]
    if outcome.data is not None or any(error.path for error in outcome.errors):
        response["data"] = outcome.data
    return response


def render_error(error: GraphError) -> dict[str, Any]:
    """A GraphQL error with ``extensions: {code, parameters}``, their names in the graph's spelling."""
    parameters = {to_camel(name): value for name, value in error.parameters.items()}
    extensions = {"code": error.code, "parameters": parameters}
    located = {"path": list(error.path)} if error.path else {}
    return {"message": error.code, **located, "extensions": extensions}


def to_json(value: Any) -> bytes:  # noqa: ANN401  any JSON value
    """JSON in UTF-8; what JSON has no form for (a Decimal, a date among parameters) is written as its text."""
    return orjson.dumps(value, default=str)


def to_camel(name: str) -> str:
    """``tries_left`` → ``triesLeft``."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def read_bearer(credentials: str) -> str | None:
    """The token of ``Bearer <token>``, or None where it is not of that form."""
    scheme, _, token = credentials.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


_MEMBERS: Mapping[str, type] = {
    "query": str,
    "documentId": str,
    "operationName": str,
    "variables": dict,
    "extensions": dict,
}


def _find_operation(sent: Mapping[str, Any], graph: HallGraph) -> Operation | GraphError:
    key, text, name = _document_key(sent), sent.get("query"), sent.get("operationName")
    if isinstance(key, GraphError):
        return key
    if key is None:
        if text is None:
            return GraphError("bad_request", parameters={"name": "query"})
        return Operation(name=name or "", text=text)
    trusted = graph.find_trusted(key)
    if trusted is None or (text is not None and text != trusted.text):
        return GraphError("document_not_trusted")
    if name is not None and name != trusted.name:
        return GraphError("bad_request", parameters={"name": "operationName"})
    return trusted


def _document_key(sent: Mapping[str, Any]) -> str | GraphError | None:
    if sent.get("documentId") is not None:
        return str(sent["documentId"])
    persisted = (sent.get("extensions") or {}).get("persistedQuery")
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return (
        f"sha256:{digest}" if isinstance(digest, str) else GraphError("bad_request", parameters={"name": "extensions"})
    )
