"""Where could a secret come to light, and does it?"""

import io
import logging
import re
import sqlite3
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest
import redis
import structlog
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gateway import telemetry

LEAST_LETTERS = 6
EASILY_MET = 8
"""So few digits may stand by chance within a longer number or token: they count where nothing is joined to them."""


@dataclass
class Canaries:
    """Secrets by what they are."""

    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    def plant(self, name: str, secret: str) -> str:
        """Watches for this secret from here on."""
        assert len(secret) >= LEAST_LETTERS, name
        assert self.secrets.setdefault(name, secret) == secret, f"{name} is watched for already"
        return secret

    def find_in(self, text: str) -> set[str]:
        """The names of those that stand in a text, as they are or quoted as in an address."""
        plain = f"{text}\n{unquote(text)}\n{unquote(text.replace('+', ' '))}"
        return {name for name, secret in self.secrets.items() if _stands_in(secret, plain)}


def _stands_in(secret: str, text: str) -> bool:
    if secret not in text:
        return False
    if len(secret) > EASILY_MET or not secret.isdecimal():
        return True
    return re.search(rf"(?<![0-9A-Za-z.]){secret}(?![0-9A-Za-z])", text) is not None


class RedisEar:
    """Hears every command that a Redis is sent, whatever expires or is published meanwhile."""

    def __init__(self, address: str) -> None:
        self._client = redis.Redis.from_url(address, socket_timeout=None)
        self._heard: list[str] = []
        self._hearing, self._last = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._hearing.wait(10)

    def _listen(self) -> None:
        with self._client.monitor() as monitor:
            self._hearing.set()
            for command in monitor.listen():
                self._heard.append(command["command"])
                if command["command"] == "ECHO over":
                    break
        self._last.set()

    def finish(self) -> list[str]:
        """All that was sent, and what is still there."""
        self._client.echo("over")
        assert self._last.wait(10)
        kept = [f"{key!r} {self._client.dump(key)!r}" for key in self._client.scan_iter(count=1000)]
        self._client.close()
        return [*self._heard, *kept]


@dataclass
class Watch:
    """Everything that came to light: one list a place."""

    canaries: Canaries = field(default_factory=Canaries)
    log: io.StringIO = field(default_factory=io.StringIO)
    spans: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    redis: list[str] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    addresses: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    tables: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def note_fault(self, fault: BaseException) -> None:
        """A fault with all that it stands on: its words, and those of what caused it."""
        self.faults.append("".join(traceback.format_exception(fault)) + repr(fault))

    def note_tables(self, moment: str, database: Path) -> None:
        """Every value of every table, by ``table.column``."""
        self.tables[moment] = read_tables(database)

    def find_in_tables(self, moment: str) -> set[tuple[str, str]]:
        """Which column holds which secret."""
        columns = self.tables[moment].items()
        return {(column, name) for column, values in columns for name in self.canaries.find_in("\n".join(values))}


def read_tables(database: Path) -> dict[str, list[str]]:
    """Blobs as hexadecimal digits."""
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(database)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in names:
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            columns = [f"{table}.{column[0]}" for column in cursor.description]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    text = value.hex() if isinstance(value, bytes) else str(value)
                    found.setdefault(column, []).append(text)
    return found


@contextmanager
def watching() -> Iterator[Watch]:
    """The house's own logging at DEBUG and its own tracing, into memory."""
    watch = Watch()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", watch.log)
        telemetry.configure_logging(level="DEBUG", log_format="json", process="test")
        patch.setattr(telemetry, "OTLPSpanExporter", lambda **_: watch.spans)
        telemetry.configure_tracing("http://collector.example", process="test")
    try:
        yield watch
    finally:
        RedisInstrumentor().uninstrument()
        SQLAlchemyInstrumentor().uninstrument()
        CeleryInstrumentor().uninstrument()  # type: ignore[no-untyped-call]
        root.handlers, root.level = before, level
        structlog.reset_defaults()
