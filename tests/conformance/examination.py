"""How is one BSS asked, and what became of each question?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.conformance.exchange import Exchange, JsonError, exchange_of, parse_json
from tests.conformance.extension import Extensions, fetch_extensions
from tests.conformance.fault import Fault
from tests.conformance.judge import Judge
from tests.conformance.swagger import Specifications


@dataclass(frozen=True)
class Answer:
    """What came back: the parsed body is None where it was not JSON."""

    exchange: Exchange
    body: Any

    @property
    def good(self) -> bool:
        """Whether the BSS did what was asked."""
        return 200 <= self.exchange.status < 300

    @property
    def items(self) -> list[Any]:
        """The resources of a list; nothing if it is none."""
        return self.body if self.good and isinstance(self.body, list) else []


@dataclass
class Examination:
    """One run over one BSS: every exchange is judged as it happens, and remembered as exercised if it was answered."""

    client: httpx.AsyncClient
    specifications: Specifications
    faults: list[Fault] = field(default_factory=list)
    exercised: set[tuple[str, str]] = field(default_factory=set)
    exchanges: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._extensions = Extensions()
        self._judge = Judge(self.specifications)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Sends one request below the base address (``body`` as JSON, or ``raw`` bytes) and judges what comes back."""
        request = self.client.build_request(method, _below(self.client, path), params=query, json=body)
        if raw is not None:
            headers = {"Content-Type": "application/json"}
            request = self.client.build_request(method, _below(self.client, path), content=raw, headers=headers)
        try:
            response = await self.client.send(request)
        except httpx.HTTPError as error:
            self.blame(method, path, "", f"no answer: {type(error).__name__} {error}")
            return Answer(Exchange(method, path, (), {}, b"", 0, {}, b""), None)
        return await self._judged(exchange_of(response, base_url=self.client.base_url))

    def blame(self, method: str, path: str, pointer: str, what: str) -> None:
        """Notes a fault of behaviour, which no schema can see."""
        operation = self.specifications.operation(method, path)
        api, name = (operation.api, operation.name) if operation else ("TMF???", f"{method} {path}")
        self.faults.append(Fault(api, name, pointer, what))

    async def _judged(self, exchange: Exchange) -> Answer:
        try:
            body = parse_json(exchange.body)
        except JsonError:
            body = None
        known = self._extensions
        self._extensions = await fetch_extensions(self.client, body, known)
        if (self._extensions.schemas, self._extensions.unresolved) != (known.schemas, known.unresolved):
            self._judge = self._judge.with_extensions(self._extensions)
        self.faults += self._judge.judge_response(exchange)
        self.exchanges.append(exchange)
        operation = self.specifications.operation(exchange.method, exchange.path)
        answer = Answer(exchange, body)
        if operation and answer.good:
            self.exercised.add((operation.api, operation.name))
        return answer


def values_at(document: Any, path: str) -> list[Any]:
    """All values at a dotted path, arrays crossed: ``relatedParty.id`` of a product gives each party's id."""
    found: Sequence[Any] = [document]
    for part in path.split("."):
        spread = [item for value in found for item in (value if isinstance(value, list) else [value])]
        found = [item[part] for item in spread if isinstance(item, Mapping) and part in item]
    return [item for value in found for item in (value if isinstance(value, list) else [value])]


def _below(client: httpx.AsyncClient, path: str) -> str:
    return str(client.base_url).rstrip("/") + path
