"""What may a channel know of the house? A caller, an operation, the graph's one door, and the doorkeeper."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol


class Channel(StrEnum):
    """The medium a person came through, or SYSTEM for a deed that the house does on its own (an alert)."""

    WEB = "web"
    APP = "app"
    SMS = "sms"
    IVR = "ivr"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, through which channel, and how sure of it we are.

    ``subscriber`` is the id of the line at its BSS (TMF637 product id), None for a visitor; ``assurance`` is the level
    0-3 of the domain page; ``since`` says when that level was reached (aware UTC). ``number`` may be known of a visitor
    who comes over a trusted link with a number that is no line of ours. ``fields`` limits a system caller to the named
    fields in the graph's spelling ("Me.currentCharges", …); None means no such limit.
    """

    channel: Channel
    subscriber: str | None = None
    number: str | None = None
    assurance: int = 0
    since: datetime | None = None
    fields: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A named question or deed: one .graphql file that lies beside its channel."""

    name: str
    text: str

    @property
    def document_id(self) -> str:
        """The id of a trusted document: ``sha256:`` and the hex digest of its text."""
        return "sha256:" + sha256(self.text.encode()).hexdigest()

    @classmethod
    def load(cls, path: Path) -> "Operation":
        """Reads one .graphql file; the operation's name is the file's, in PascalCase (``last_bill`` → ``LastBill``)."""
        return cls(name="".join(part.title() for part in path.stem.split("_")), text=path.read_text(encoding="utf-8"))


def load_operations(folder: Path) -> dict[str, Operation]:
    """Every operation of a channel's folder, by file stem: this is the list of what the channel can do."""
    return {path.stem: Operation.load(path) for path in sorted(folder.glob("*.graphql"))}


@dataclass(frozen=True, slots=True)
class GraphError:
    """One refused or failed field. ``code`` is stable; the channel words it; ``path`` leads to the null it explains."""

    code: str
    path: tuple[str | int, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation answered: ``data`` is None when it could not run at all; ``errors`` says why a field is."""

    data: dict[str, Any] | None
    errors: tuple[GraphError, ...] = ()

    def error_at(self, *path: str) -> GraphError | None:
        """The error that explains the null at this path, or None."""
        return next((error for error in self.errors if error.path[: len(path)] == path), None)


class Graph(Protocol):
    """The one door to everything that the house can do."""

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        """Executes a query or mutation for a caller, within the deadline of its channel."""
        ...

    def subscribe(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> AsyncIterator[Outcome]:
        """Yields an outcome for each event; ends when the caller's session does."""
        ...


# --- identity: evidence goes in, a caller or a refusal comes out -------------------------------------------------


@dataclass(frozen=True, slots=True)
class PasswordEvidence:
    """A number and its service password. ``source`` is who tries (an address, a sender, a call id), for budgets."""

    number: str
    password: str
    source: str


@dataclass(frozen=True, slots=True)
class CodeEvidence:
    """A number and the one-time code that was texted to it."""

    number: str
    code: str
    source: str


@dataclass(frozen=True, slots=True)
class LinkEvidence:
    """A number as reported by a link of the operator's own: the sender of an SMS, the caller id of a call (level 1)."""

    number: str
    link: str


@dataclass(frozen=True, slots=True)
class TokenEvidence:
    """A session's secret, from the web hall's cookie or from a bearer header."""

    token: str


Evidence = PasswordEvidence | CodeEvidence | LinkEvidence | TokenEvidence


@dataclass(frozen=True, slots=True)
class Admitted:
    """The door is open. ``token`` is there once, when a session was begun, and is never stored in the clear."""

    caller: Caller
    token: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turned:
    """The door stays shut: a code and parameters for the channel to word.

    Codes: ``wrong_credentials`` (tries_left), ``locked`` (until; also where a budget of guesses is used up),
    ``code_expired``, ``too_many_codes`` (retry_at), ``session_ended``, ``invalid_number``, ``unavailable`` (a system
    that the door needs is down: try again). None of them tells whether a number is a customer's.
    """

    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code is on its way, if the number is one of ours; said in the same words if it is not."""

    expires_at: datetime
    retry_at: datetime


class Doorkeeper(Protocol):
    """Turns evidence into a caller. Implemented by gateway.identity."""

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        """Judges the evidence. Web and app evidence by password or code begins a session and returns its token."""
        ...

    async def send_code(self, number: str, *, channel: Channel, source: str) -> CodeSent | Turned:
        """Texts a fresh one-time code to the number and voids the one before."""
        ...

    async def sign_out(self, token: str) -> None:
        """Ends the session of this token; an unknown one is no error."""
        ...
