"""How does any call reach a system, and what stands between its failure and the customer?

One call passes retry → breaker → bulkhead → deadline → transport → judgement of the answer. A read passes the snapshots
before all of that (bss_adapters.tmf.reading).
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import httpx
import orjson
from opentelemetry import trace

from bss_adapters.tmf.breaker import Breaker, BreakerState
from bss_adapters.tmf.bulkhead import Bulkhead
from bss_adapters.tmf.call import SYSTEMS, Answer, Call
from bss_adapters.tmf.clock import BssClock
from bss_adapters.tmf.deadline import call_deadline, seconds_left
from bss_adapters.tmf.fault import FaultKind, bss_fault, leaves_outcome_open
from bss_adapters.tmf.judgement import judge_answer, receive_body
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.reading import Question, Readings
from bss_adapters.tmf.retry import Retry
from bss_adapters.tmf.snapshot import SnapshotStore
from bss_adapters.tmf.transport import AiohttpTransport
from graphql_schema.ports import BssFault

T = TypeVar("T")
TRACER = trace.get_tracer(__name__)

_ACCEPT = ("Accept", "application/json")
_JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class _System:
    name: str
    base_url: str
    host: tuple[str, str]
    breaker: Breaker
    bulkhead: Bulkhead


class TmfClient:
    """The one HTTP caller of the BSS. Belongs to the event loop that first uses it; close it with ``aclose``.

    ``base_url`` holds for every system that ``system_urls`` does not name. ``transport`` defaults to the fast one;
    in-process tests pass ``httpx.ASGITransport(app, raise_app_exceptions=False)``. ``token`` goes as a bearer.
    """

    def __init__(  # noqa: PLR0913  settings arrive as arguments
        self,
        base_url: str,
        *,
        snapshots: SnapshotStore,
        transport: httpx.AsyncBaseTransport | None = None,
        system_urls: Mapping[str, str] | None = None,
        token: str | None = None,
        clock: BssClock | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.clock = clock or BssClock()
        self.readings = Readings(snapshots, self.limits)
        self._transport = transport or AiohttpTransport()
        self._authorization = (("Authorization", f"Bearer {token}"),) if token else ()
        self._retry = Retry(self.limits.attempts, self.limits.backoff_seconds)
        self._systems = {name: self._make_system(name, (system_urls or {}).get(name, base_url)) for name in SYSTEMS}

    async def fetch(self, call: Call) -> Answer:
        """One call to a system. Raises BssFault; of a call that is sent once only, it says whether its outcome is
        unknown."""
        deadline = call_deadline(self.limits.budget_seconds)
        system = self._systems[call.system]
        attempt = 1
        while True:
            system.breaker.admit()
            try:
                return await self._attempt(system, call, deadline)
            except BssFault as fault:
                fault.outcome_unknown = not call.repeatable and leaves_outcome_open(fault)
                pause = self._pause_seconds(call, fault, attempt, deadline)
                if pause is None:
                    raise
            await asyncio.sleep(pause)
            attempt += 1

    async def ask_once(self, call: Call) -> list[Answer] | None:
        """The same as a reading of one body; None for an absent thing."""
        answer = await self.fetch(call)
        return None if answer.absent else [answer]

    async def read_if_any(self, question: Question[T]) -> T | None:
        """A read through the snapshots, or None for an absent thing. Raises BssFault when nothing is known."""
        return await self.readings.read(question)

    async def read(self, question: Question[T]) -> T:
        """The same for what must be there: an absent thing is ``<system>_refused``."""
        value = await self.readings.read(question)
        if value is None:
            raise bss_fault(question.system, FaultKind.REFUSED, "there is no such thing")
        return value

    def unwell_systems(self) -> frozenset[str]:
        """The systems whose breaker is not closed: they failed lately and are being spared or probed."""
        return frozenset(s.name for s in self._systems.values() if s.breaker.state is not BreakerState.CLOSED)

    async def aclose(self) -> None:
        """Ends what is under way and closes every connection."""
        await self.readings.aclose()
        await self._transport.aclose()

    def _pause_seconds(self, call: Call, fault: BssFault, attempt: int, deadline: float) -> float | None:
        if not call.repeatable or fault.code != f"{call.system}_{FaultKind.UNAVAILABLE}":
            return None
        return self._retry.pause_seconds(attempt, seconds_left=seconds_left(deadline))

    async def _attempt(self, system: _System, call: Call, deadline: float) -> Answer:
        sent_at, outcome = time.monotonic(), system.breaker.abandoned
        try:
            with system.bulkhead:
                async with asyncio.timeout(seconds_left(deadline)):
                    response, body = await self._exchange(system, call)
            outcome = system.breaker.failed if response.is_server_error else system.breaker.succeeded
        except TimeoutError as error:
            if time.monotonic() - sent_at >= self.limits.slow_seconds:
                outcome = system.breaker.failed
            raise bss_fault(call.system, FaultKind.TIMEOUT, "the deadline passed") from error
        except httpx.RemoteProtocolError as error:
            outcome = system.breaker.failed
            raise bss_fault(call.system, FaultKind.GARBLED, str(error)) from error
        except httpx.TransportError as error:
            outcome = system.breaker.failed
            raise bss_fault(call.system, FaultKind.UNAVAILABLE, str(error)) from error
        finally:
            outcome()
        return judge_answer(call, response, body, clock=self.clock, sent_at=sent_at)

    async def _exchange(self, system: _System, call: Call) -> tuple[httpx.Response, bytes]:
        with TRACER.start_as_current_span(f"bss {call.system} {call.method}", kind=trace.SpanKind.CLIENT):
            response = await self._transport.handle_async_request(self._make_request(system, call))
            try:
                return response, await receive_body(response, system=call.system, limit_bytes=self.limits.body_bytes)
            finally:
                await response.aclose()

    def _make_request(self, system: _System, call: Call) -> httpx.Request:
        """Whole, so that httpx need not complete it (which costs as much as half a call)."""
        content = b"" if call.body is None else orjson.dumps(call.body)
        headers = [system.host, _ACCEPT, ("X-Request-Id", uuid4().hex), *self._authorization]
        if call.body is not None:
            headers += (_JSON, ("Content-Length", str(len(content))))
        if call.key is not None:
            headers.append(("Idempotency-Key", call.key))
        url = httpx.URL(f"{system.base_url}{call.target}")
        return httpx.Request(call.method, url, headers=headers, stream=httpx.ByteStream(content))

    def _make_system(self, name: str, base_url: str) -> _System:
        breaker = Breaker(name, failures_to_open=self.limits.failures_to_open, open_seconds=self.limits.open_seconds)
        host = httpx.URL(base_url).netloc.decode("ascii")
        bulkhead = Bulkhead(name, limit=self.limits.in_flight)
        return _System(name, base_url.rstrip("/"), ("Host", host), breaker, bulkhead)
