"""Whom does the doorkeeper of tests know? Tokens and their callers; a session can be ended at any moment."""

from dataclasses import dataclass, field
from datetime import datetime

from graphql_schema.client import Caller, Channel
from graphql_schema.door import (
    Admitted,
    CodeSent,
    CodeWish,
    Evidence,
    PasswordReset,
    StrongEvidence,
    TokenEvidence,
    Turned,
)
from tests.fakes.ports import LINE_ID, NUMBER


@dataclass
class FakeDoorkeeper:
    """Admits ``level-1`` to ``level-3``, and turns everybody else away."""

    ended: set[str] = field(default_factory=set)
    away: bool = False
    asked: list[str] = field(default_factory=list)
    signs_of_life: list[bool] = field(default_factory=list)

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        assert isinstance(evidence, TokenEvidence)
        self.asked.append(evidence.token)
        self.signs_of_life.append(evidence.sign_of_life)
        if self.away:
            return Turned("unavailable")
        levels = {f"level-{level}": level for level in (1, 2, 3)}
        if evidence.token in self.ended or evidence.token not in levels:
            return Turned("session_ended")
        return Admitted(Caller(channel, subscriber=LINE_ID, number=NUMBER, assurance=levels[evidence.token]))

    async def step_up(self, standing: str | Caller, evidence: StrongEvidence, channel: Channel) -> Admitted | Turned:
        return Turned("wrong_credentials")

    async def send_code(self, wish: CodeWish) -> CodeSent | Turned:
        never = datetime.max  # noqa: DTZ901  nobody reads it
        return CodeSent(expires_at=never, retry_at=never, challenge="a challenge")

    async def reset_password(self, reset: PasswordReset, channel: Channel) -> Turned | None:
        return Turned("wrong_credentials")

    async def sign_out(self, token: str) -> None:
        self.ended.add(token)
