"""Where does a call stand between two of its documents?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from channels.rendering import Language
from graphql_schema.client import Caller, Channel


@dataclass(frozen=True, slots=True)
class Call:
    """One call. ``place`` is where the caller is: ``language``, ``main``, ``number``, ``password``, ``agent``,
    ``goodbye`` or an answer of the menu. ``wanted`` is the answer that waits for a password, ``number`` the one keyed
    in by a caller whose line is not proven, ``lead`` the words that go before the next question. ``step`` counts the
    documents; ``reason`` and ``was_at`` are what an agent is told; ``source`` is who tries, for the budgets of the
    doorkeeper; ``call_id`` is the voice gateway's own name of the call. It never holds a password.
    """

    step: int = 1
    place: str = "language"
    language: Language = "zh"
    lead: str | None = None
    tries_left: int | None = None
    wanted: str | None = None
    number: str | None = None
    caller: Caller | None = None
    wrong_keys: int = 0
    silences: int = 0
    slow: bool = False
    loud: bool = False
    reason: str | None = None
    was_at: str | None = None
    source: str = ""
    call_id: str = ""

    @property
    def level(self) -> int:
        """How sure we are of who calls (domain page §5)."""
        return self.caller.assurance if self.caller else 0

    def goes_to(self, place: str, **changes: Any) -> Self:  # noqa: ANN401  whatever a call remembers
        """The call at another place, with nothing said before the question unless it is given."""
        return replace(self, place=place, **{"lead": None, "tries_left": None, **changes})

    def to_state(self) -> dict[str, Any]:
        """JSON values only."""
        state = asdict(self)
        if self.caller:
            since = self.caller.since.isoformat() if self.caller.since else None
            who = self.caller
            state["caller"] = [who.subscriber, who.number, who.assurance, since]
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Raises TypeError or ValueError for a state that another release wrote in another form."""
        kept = dict(state)
        if kept.get("caller") is not None:
            subscriber, number, assurance, since = kept["caller"]
            moment = datetime.fromisoformat(since) if since else None
            kept["caller"] = Caller(Channel.IVR, subscriber, number, assurance, moment)
        return cls(**kept)
