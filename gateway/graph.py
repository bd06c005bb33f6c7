"""How is an operation executed? ``HallGraph.run`` is the one way."""

import time
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from typing import Any

import structlog
from graphql import ExecutionResult, GraphQLError, OperationType, VariableDefinitionNode, execute, subscribe
from graphql.execution.values import get_variable_values
from opentelemetry import trace

from gateway.graph_documents import Document, Documents
from graphql_schema.client import Caller, GraphError, Operation, Outcome
from graphql_schema.context import Context, Facts
from graphql_schema.ports import DEADLINE, BssFault, Ports, answering_by
from graphql_schema.problems import Problem
from graphql_schema.schema import build_schema, executable

log = structlog.get_logger(__name__)
TRACER = trace.get_tracer(__name__)


class HallGraph:
    """The graph behind its one door (implements client.Graph).

    ``operations`` are the trusted documents: an invalid one raises InvalidOperation here. Any other text is refused
    unless ``open_documents``; then it is held to the bounds of gateway.graph_documents.
    """

    def __init__(
        self, ports: Ports, operations: Iterable[Operation], *, deadline_seconds: float, open_documents: bool
    ) -> None:
        self._ports = ports
        self._deadline_seconds = deadline_seconds
        self._schema = executable(build_schema())
        self._documents = Documents(self._schema, operations, open_documents=open_documents)

    def find_trusted(self, key: str) -> Operation | None:
        """The trusted document with this id (``sha256:…``) or, the first one given, with this operation name."""
        return self._documents.find_trusted(key)

    def find_kind(self, operation: Operation) -> OperationType | GraphError:
        """Whether it is a query, a mutation or a subscription, or why it may not be executed at all."""
        document = self._documents.admit(operation)
        return document if isinstance(document, GraphError) else document.definition.operation

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        """Executes a query or mutation. It never raises for what the caller sent or what a system behind us did.

        ``Outcome.data`` is None only when nothing could run: ``document_not_trusted``, ``document_too_large`` (limit,
        most), ``bad_document`` (reason), ``bad_argument`` (name of the variable), ``bad_cursor`` (a variable that is
        none), ``wrong_kind`` (a subscription).
        """
        document = self._find_runnable(operation, variables, stream=False)
        if isinstance(document, GraphError):
            return Outcome(None, (document,))
        with answering_by(self._answer_by()), TRACER.start_as_current_span(f"graph {operation.name}"):
            result = execute(self._schema, **self._arguments(document, variables, caller))
            return _to_outcome(result if isinstance(result, ExecutionResult) else await result)

    async def subscribe(
        self, operation: Operation, variables: Mapping[str, Any], caller: Caller
    ) -> AsyncGenerator[Outcome, None]:
        """Yields an outcome per event, each with a deadline of its own. A refusal is the only outcome there is then."""
        document = self._find_runnable(operation, variables, stream=True)
        if isinstance(document, GraphError):
            yield Outcome(None, (document,))
            return
        source = subscribe(self._schema, **self._arguments(document, variables, caller))
        events = source if isinstance(source, ExecutionResult | AsyncIterator) else await source
        if isinstance(events, ExecutionResult):
            yield _to_outcome(events)
            return
        try:
            async for result in events:
                yield _to_outcome(result)
        except Exception as fault:  # noqa: BLE001  a source that breaks off is an outcome like any other
            yield Outcome(None, (_to_graph_error(GraphQLError("the source broke off", original_error=fault)),))
        finally:
            await events.aclose()  # type: ignore[attr-defined]

    def _answer_by(self) -> float:
        own, inherited = time.monotonic() + self._deadline_seconds, DEADLINE.get()
        return own if inherited is None else min(own, inherited)

    def _find_runnable(
        self, operation: Operation, variables: Mapping[str, Any], *, stream: bool
    ) -> Document | GraphError:
        document = self._documents.admit(operation)
        if isinstance(document, GraphError):
            return document
        if (document.definition.operation is OperationType.SUBSCRIPTION) is not stream:
            return GraphError("wrong_kind", parameters={"kind": document.definition.operation.value})
        wanted = document.definition.variable_definitions or ()
        coerced = get_variable_values(self._schema, wanted, dict(variables), max_errors=1)
        return _to_bad_argument(coerced[0]) if isinstance(coerced, list) else document

    def _arguments(self, document: Document, variables: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        facts = Facts(caller, self._ports, answer_within_seconds=self._deadline_seconds)
        name = document.definition.name
        return {
            "document": document.parsed,
            "context_value": Context(caller, facts),
            "variable_values": dict(variables),
            "operation_name": name.value if name else None,
            "hide_suggestions": True,
        }


def _to_bad_argument(error: GraphQLError) -> GraphError:
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, Problem):
        return GraphError(cause.code, parameters=cause.parameters)
    named = [node.variable.name.value for node in error.nodes or () if isinstance(node, VariableDefinitionNode)]
    return GraphError("bad_argument", parameters={"name": named[0]} if named else {})


def _to_outcome(result: ExecutionResult) -> Outcome:
    return Outcome(result.data, tuple(_to_graph_error(error) for error in result.errors or ()))


def _to_graph_error(error: GraphQLError) -> GraphError:
    path, cause = tuple(error.path or ()), error.original_error
    if isinstance(cause, Problem):
        return GraphError(cause.code, path, cause.parameters)
    if isinstance(cause, BssFault):
        return GraphError(cause.code, path)
    _log_fault(path, cause or error)
    return GraphError("internal_error", path)


def _log_fault(path: tuple[str | int, ...], fault: BaseException) -> None:
    """Says where it broke and how, but not the fault's own words: they may quote a number or an amount."""
    frames = [(frame.f_globals.get("__name__", "?"), line) for frame, line in traceback.walk_tb(fault.__traceback__)]
    place = "{}:{}".format(*frames[-1]) if frames else "unknown"
    log.error("field_failed", error=type(fault).__name__, path=place, field=".".join(str(step) for step in path))
