"""What is a conversation: its turns as data, and where is it kept between two messages?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Say:
    """A turn that needs nothing from the graph: the sentence to word, with its facts."""

    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A turn that runs a named operation, to be worded with its result."""

    operation: str
    variables: Mapping[str, Any] = field(default_factory=dict)


Turn = Say | Run


class Conversations(Protocol):
    """Keeps the state of a dialogue, one per key (``sms:<number>``, ``ivr:<call>``), in SQL, for as long as it says."""

    async def load(self, key: str) -> dict[str, Any] | None:
        """The state that was kept, or None when there is none or its time is over."""
        ...

    async def save(self, key: str, state: Mapping[str, Any], *, keep_seconds: int) -> None:
        """Replaces the state; JSON values only. Secrets never belong in it."""
        ...

    async def end(self, key: str) -> None:
        """Forgets the dialogue."""
        ...
