"""What may a channel know of the graph? A caller, an operation, and the one door to everything."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from graphql_schema.assurance import Proofs


class Channel(StrEnum):
    """The medium a person came through, DESK for the operator's own people, or SYSTEM for a deed of the house's own."""

    WEB = "web"
    APP = "app"
    SMS = "sms"
    IVR = "ivr"
    DESK = "desk"
    SYSTEM = "system"


class Role(StrEnum):
    """What one of the operator's people, or an enterprise's administrator, may do; each has one role."""

    CARE = "care"
    OPERATIONS = "operations"
    AUDITOR = "auditor"
    ENTERPRISE_ADMIN = "enterprise_admin"


@dataclass(frozen=True, slots=True)
class Staff:
    """One of the operator's people. ``organization`` is the billing account whose lines an enterprise's administrator
    looks after, None for everybody else."""

    id: str
    role: Role
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, through which channel, and how sure of it we are.

    ``subscriber`` is the id of the line at its BSS (TMF637 product id), None for a visitor and for staff; ``assurance``
    is the level 0-3 of the domain page; ``since`` says when that level was proved (aware UTC), ``proofs`` what it rests
    on. ``number`` may be known of a visitor who comes over a trusted link with a number that is no line of ours.
    ``fields`` limits the caller to the named fields in the graph's spelling ("Me.currentCharges", …); None means no
    such
    limit. It limits a system caller, a token of an OAuth client (``client``), and a helper.
    ``helper`` is the line whose owner acts for the subscriber with their consent; ``session`` and ``device`` are the
    public ids of what the caller came with, None in a dialogue. ``rests_until`` is until when call records and the like
    stay shut after a password reset (aware UTC).
    """

    channel: Channel
    subscriber: str | None = None
    number: str | None = None
    assurance: int = 0
    since: datetime | None = None
    fields: frozenset[str] | None = None
    proofs: Proofs = field(default_factory=dict)
    session: str | None = None
    device: str | None = None
    staff: Staff | None = None
    helper: str | None = None
    client: str | None = None
    rests_until: datetime | None = None
    source: str = field(default="", repr=False)
    """Where a visitor comes from (a network address), for the budgets of what anybody may do; never kept or logged."""

    @property
    def actor(self) -> str:
        """Who is answerable for what is done, for the audit trail: ``line:…``, ``staff:…``, ``visitor`` or
        ``system``."""
        if self.staff is not None:
            return f"staff:{self.staff.id}"
        if self.channel is Channel.SYSTEM:
            return "system"
        line = self.helper or self.subscriber
        return f"line:{line}" if line else "visitor"


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
