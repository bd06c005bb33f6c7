"""What stands in for graph and doorkeeper, so that each state of a page can be had at will?"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from channels.web_hall.routes import web_hall_routes
from graphql_schema.client import Caller, Channel, Operation, Outcome
from graphql_schema.door import Admitted, CodeEvidence, CodeSent, Evidence, PasswordEvidence, TokenEvidence, Turned
from tests.channels.web_hall.states import CALLER, State, code_sent

WEB_FOLDER = Path(__file__).parents[3] / "web"
TOKEN = "a-session-token"


@dataclass
class FakeGraph:
    """Answers each operation with a canned outcome, and remembers who asked what."""

    answers: Mapping[str, Outcome] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any], Caller]] = field(default_factory=list)

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        self.asked.append((operation.name, dict(variables), caller))
        stem = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation.name).lstrip("_")
        return self.answers[stem]

    def subscribe(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> AsyncIterator[Outcome]:
        raise NotImplementedError("the web hall doesn't subscribe")


@dataclass
class FakeDoorkeeper:
    """Knows one session; says what it is told to any number, password or code."""

    verdict: Any = None
    live: set[str] = field(default_factory=lambda: {TOKEN})
    heard: list[Evidence] = field(default_factory=list)
    token_verdict: Turned | None = None

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        assert channel is Channel.WEB
        if isinstance(evidence, TokenEvidence):
            if self.token_verdict:
                return self.token_verdict
            return Admitted(CALLER) if evidence.token in self.live else Turned("session_ended")
        assert isinstance(evidence, PasswordEvidence | CodeEvidence)
        self.heard.append(evidence)
        return self.verdict if isinstance(self.verdict, Turned) else self._begin()

    async def send_code(self, number: str, *, channel: Channel, source: str) -> CodeSent | Turned:
        return self.verdict if isinstance(self.verdict, Turned) else code_sent()

    async def sign_out(self, token: str) -> None:
        self.live.discard(token)

    def _begin(self) -> Admitted:
        self.live.add("a-new-session")
        return Admitted(CALLER, "a-new-session", datetime.now(UTC) + timedelta(minutes=30))


def build_hall(graph: FakeGraph, doorkeeper: FakeDoorkeeper, *, secure: bool = False) -> Starlette:
    """The web hall alone, as the gateway would mount it."""
    public_url = "https://hall.example" if secure else "http://localhost:8000"
    routes = web_hall_routes(graph, doorkeeper, web_folder=WEB_FOLDER, secure_cookies=secure, public_url=public_url)
    return Starlette(routes=routes)


def build_state(state: State) -> Starlette:
    """The hall in one state."""
    return build_hall(FakeGraph(state.answers), FakeDoorkeeper(state.door))
