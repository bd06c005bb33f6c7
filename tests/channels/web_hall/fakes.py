"""What stands in for graph and doorkeeper, so that each state of a page can be had at will?"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from channels.web_hall.routes import web_hall_routes
from graphql_schema.client import Caller, Channel, Operation, Outcome
from graphql_schema.door import (
    Admitted,
    CodeSent,
    CodeWish,
    ConsentQuestion,
    Evidence,
    LeadTo,
    LinkEvidence,
    MustProve,
    PasskeyChallenge,
    PasswordReset,
    StrongEvidence,
    TokenEvidence,
    Turned,
)
from tests.channels.web_hall.state import caller_of, code_sent

WEB_FOLDER = Path(__file__).parents[3] / "web"
TOKEN = "a-session-token"


@dataclass
class FakeGraph:
    """Answers each operation with a canned outcome, and remembers who asked what."""

    answers: Mapping[str, Outcome | Sequence[Outcome]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any], Caller]] = field(default_factory=list)
    notices: Sequence[Mapping[str, Any]] = ()

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        if operation.name == "ServiceNotices":  # on every page, and no page's own question
            return Outcome({"serviceNotices": list(self.notices)})
        answer = self._hear(operation, variables, caller)
        assert isinstance(answer, Outcome)
        return answer

    async def subscribe(
        self, operation: Operation, variables: Mapping[str, Any], caller: Caller
    ) -> AsyncGenerator[Outcome, None]:
        answers = self._hear(operation, variables, caller)
        for outcome in [answers] if isinstance(answers, Outcome) else answers:
            yield outcome

    def _hear(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome | Sequence[Outcome]:
        self.asked.append((operation.name, dict(variables), caller))
        stem = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation.name).lstrip("_")
        return self.answers[stem]


@dataclass
class FakeDoorkeeper:
    """Knows one session, of the caller ``who`` is; says what it is told to any number, password, code or passkey."""

    verdict: Any = None
    live: set[str] = field(default_factory=lambda: {TOKEN})
    heard: list[Evidence | PasswordReset] = field(default_factory=list)
    wishes: list[CodeWish] = field(default_factory=list)
    token_verdict: Turned | None = None
    who: str = "customer"

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        assert channel is Channel.WEB
        if isinstance(evidence, TokenEvidence):
            if self.token_verdict:
                return self.token_verdict
            return Admitted(caller_of(self.who)) if evidence.token in self.live else Turned("session_ended")
        assert not isinstance(evidence, LinkEvidence)
        self.heard.append(evidence)
        return self.verdict if isinstance(self.verdict, Turned) else self._begin()

    async def step_up(self, standing: str | Caller, evidence: StrongEvidence, channel: Channel) -> Admitted | Turned:
        assert channel is Channel.WEB
        assert standing in self.live
        self.heard.append(evidence)
        if isinstance(self.verdict, Turned):
            return self.verdict
        self.live.discard(TOKEN)
        return self._begin()

    async def send_code(self, wish: CodeWish) -> CodeSent | Turned:
        self.wishes.append(wish)
        return self.verdict if isinstance(self.verdict, Turned) else code_sent()

    async def reset_password(self, reset: PasswordReset, channel: Channel) -> Turned | None:
        assert channel is Channel.WEB
        self.heard.append(reset)
        return self.verdict if isinstance(self.verdict, Turned) else None

    async def sign_out(self, token: str) -> None:
        self.live.discard(token)

    def _begin(self) -> Admitted:
        if self.verdict is not None and not callable(self.verdict):
            self.who = self.verdict  # as whom the person goes on
        self.live.add("a-new-session")
        until = datetime.now(UTC) + timedelta(minutes=30)
        return Admitted(caller_of(self.who), "a-new-session", until, "a-new-device")


@dataclass
class FakeDoors:
    """The rest of identity: passkeys, going over to another line, consents of clients, exports."""

    verdict: Any = None
    heard: list[Any] = field(default_factory=list)

    async def begin_making(self, caller: Caller) -> PasskeyChallenge | Turned:
        return self.verdict or PasskeyChallenge("a-challenge", '{"challenge": "AAAA"}')

    async def finish_making(self, caller: Caller, challenge: str, answer: str, name: str) -> Turned | None:
        self.heard.append((challenge, answer, name))
        return self.verdict if isinstance(self.verdict, Turned) else None

    async def begin_use(self, *, source: str) -> PasskeyChallenge | Turned:
        return self.verdict or PasskeyChallenge("a-challenge", '{"challenge": "AAAA"}')

    async def switch(self, token: str, line_id: str, channel: Channel) -> Admitted | Turned:
        self.heard.append((token, line_id))
        return self.verdict or Admitted(
            caller_of("helper"), "a-switched-session", datetime.now(UTC) + timedelta(hours=1)
        )

    async def examine(
        self, query: Mapping[str, str], caller: Caller | None
    ) -> ConsentQuestion | LeadTo | MustProve | Turned:
        if self.verdict is not None:
            return self.verdict  # type: ignore[no-any-return]
        if caller is None:
            return MustProve(2, None)
        return ConsentQuestion(
            query.get("state", "a-request"), "Budget Diary", "diary.example", ("line", "usage", "money")
        )

    async def decide(self, request: str, *, granted: bool, caller: Caller) -> LeadTo | Turned:
        self.heard.append((request, granted))
        return self.verdict or LeadTo(f"https://diary.example/back?{'code=c0de' if granted else 'error=access_denied'}")

    async def fetch_export(self, caller: Caller, request_id: str) -> bytes | None:
        self.heard.append(request_id)
        return b'{"sign_ins": []}' if request_id == "X1" else None


def build_hall(
    graph: FakeGraph, doorkeeper: FakeDoorkeeper, doors: FakeDoors | None = None, *, secure: bool = False
) -> Starlette:
    """The web hall alone, as the gateway would mount it."""
    public_url = "https://hall.example" if secure else "http://localhost:8000"
    doors = doors or FakeDoors()
    routes = web_hall_routes(
        graph,
        doorkeeper,
        web_folder=WEB_FOLDER,
        secure_cookies=secure,
        public_url=public_url,
        passkeys=doors,
        switch=doors,
        consents=doors,
        exports=doors.fetch_export,
        uam_name="企业统一认证",
        notices_kept_seconds=0,
    )
    return Starlette(routes=routes)


def build_bare_hall(graph: FakeGraph, doorkeeper: FakeDoorkeeper) -> Starlette:
    """The web hall with a doorkeeper and nothing else of identity."""
    routes = web_hall_routes(
        graph, doorkeeper, web_folder=WEB_FOLDER, secure_cookies=False, public_url="http://localhost:8000"
    )
    return Starlette(routes=routes)
