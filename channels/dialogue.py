"""Where is a conversation kept between two messages?"""

from collections.abc import Mapping
from typing import Any, Protocol


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
