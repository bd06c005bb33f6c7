"""How do logs, metrics and traces leave the process, without personal data?"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

LOGGED_FIELDS = frozenset(
    {
        "alert",
        "attempt",
        "attempts",
        "channel",
        "child",
        "code",
        "count",
        "deed",
        "delay_seconds",
        "digest",
        "duration_ms",
        "error",
        "event",
        "exit_code",
        "fault",
        "field",
        "host",
        "intent",
        "lane",
        "level",
        "logger",
        "message_id",
        "method",
        "operation",
        "outcome",
        "parts",
        "path",
        "pid",
        "port",
        "process",
        "records",
        "request_id",
        "retry_seconds",
        "route",
        "seal",
        "shard",
        "signal",
        "state",
        "status",
        "step",
        "system",
        "timestamp",
        "url",
        "version",
    }
)
"""The allow list: a field that is not named here is dropped, so that no number, text or secret can slip into a log."""


_STRUCTLOGS_OWN = frozenset({"_record", "_from_structlog"})


TALKATIVE = ("uvicorn.access", "httpx", "httpcore", "aiosmpplib", "alembic")
"""Libraries that write addresses or too much."""


def drop_unlisted_fields(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keeps the allowed fields of a log entry and nothing else."""
    kept = LOGGED_FIELDS | _STRUCTLOGS_OWN
    dropped = [name for name in event if name not in kept]
    for name in dropped:
        del event[name]
    return event


def name_the_exception(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Puts an exception's type and place in the entry: its text and its variables may hold personal data."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["path"] = _place_of(error)
    return event


def _place_of(error: BaseException) -> str:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return "" if last is None else f"{last.tb_frame.f_globals.get('__name__', '?')}:{last.tb_lineno}"


def configure_logging(*, level: str, log_format: str, process: str) -> None:
    """Sends structlog and the standard library's loggers down one road: allow-listed, timed in UTC, to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_process(process),
        name_the_exception,
        drop_unlisted_fields,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            use_get_message=False,
            pass_foreign_args=True,
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _keep_a_librarys_own_words, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in (
        "uvicorn.access",
        "httpx",
        "httpcore",
        "aiosmpplib",
        "alembic",
        "authlib",
    ):  # they write addresses or too much
        logging.getLogger(name).setLevel(logging.WARNING)


def _keep_a_librarys_own_words(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's message as its author wrote it, first line only: what it fills in may be a number or an address."""
    arguments = event.pop("positional_args", None) or ()
    filled_in = arguments.values() if isinstance(arguments, Mapping) else arguments
    error = next((each for each in filled_in if isinstance(each, BaseException)), None)
    if error is not None:
        event["error"] = type(error).__name__
    event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _add_process(process: str) -> structlog.typing.Processor:
    def add(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    return add


def configure_tracing(endpoint: str, *, process: str) -> None:
    """Sends spans to an OpenTelemetry collector (OTLP over HTTP); without an endpoint nothing is set up."""
    if not endpoint:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"onehall-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    trace.set_tracer_provider(provider)
    RedisInstrumentor().instrument()
    SQLAlchemyInstrumentor().instrument(skip_dep_check=True)  # statements carry placeholders, never values
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
