"""What does the SMS hall remember of a dialogue between two texts?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from channels.rendering import LANGUAGES, Language
from channels.sms.grammar import Grammar

WAITING_LASTS = timedelta(minutes=5)
"""As long as a one-time code does."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits until the sender has proved more: a command and its values (never a secret). ``challenge`` is that of
    the code that was sent, empty while the service password is meant."""

    command: str
    arguments: tuple[str, ...]
    until: datetime
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class Confirming:
    """A command that waits for the sender's yes: our question about it was the last thing that we said."""

    command: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Ordering:
    """A prepared change, or a redemption of points, that waits for the sender's yes or no (二次确认), whatever else is
    texted meanwhile.

    ``command`` asked about it; ``prepared_id`` names it (a redemption: code and points, as they were shown); ``until``
    is when silence withdraws it, ``last`` whether our question was the last thing that we said. ``asked_by`` is the
    text that led to the question: that text, taken up again after a crash, never answers it. ``answered_by`` is the one
    that did, and only that one does so again.
    """

    command: str
    prepared_id: str
    until: datetime
    last: bool
    asked_by: str
    answered_by: str = ""

    def may_be_answered_by(self, key: str, now: datetime) -> bool:
        """Whether this text counts as an answer."""
        if self.answered_by:
            return key == self.answered_by
        return key != self.asked_by and now < self.until

    def waits(self, now: datetime) -> bool:
        """Whether nobody has answered yet, and there is time."""
        return not self.answered_by and now < self.until


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept of a dialogue: the language that was chosen, the last menu while digits answer it (commands, with
    a value after ``#`` where the line of the menu has one), and what waits for a proof, for a yes, or to be ordered."""

    language: Language | None = None
    menu: tuple[str, ...] = ()
    menu_until: datetime | None = None
    waiting: Waiting | None = None
    confirming: Confirming | None = None
    ordering: Ordering | None = None
    reset_challenge: str = ""

    def live_waiting(self, now: datetime) -> Waiting | None:
        """What waits for a proof, or nothing once its time is over."""
        return self.waiting if self.waiting and now < self.waiting.until else None

    def live_confirming(self, now: datetime) -> Confirming | None:
        """What waits for a yes, or nothing once its time is over."""
        return self.confirming if self.confirming and now < self.confirming.until else None

    def live_menu(self, now: datetime) -> tuple[str, ...]:
        """The last menu, or nothing once its time is over."""
        return self.menu if self.menu_until is not None and now < self.menu_until else ()

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        until = self.menu_until.isoformat() if self.menu_until else None
        state: dict[str, Any] = {"language": self.language, "menu": list(self.menu), "menu_until": until}
        if self.waiting:
            waits = self.waiting
            state["waiting"] = [waits.command, list(waits.arguments), waits.until.isoformat(), waits.challenge]
        if self.confirming:
            state["confirming"] = [self.confirming.command, self.confirming.until.isoformat()]
        if self.ordering:
            asked = self.ordering
            named = [asked.command, asked.prepared_id, asked.until.isoformat()]
            state["ordering"] = [*named, asked.last, asked.asked_by, asked.answered_by]
        return state | ({"reset_challenge": self.reset_challenge} if self.reset_challenge else {})

    @classmethod
    def from_json(cls, state: Mapping[str, Any] | None) -> "Memory":
        """From what was kept; what can't be read any more is forgotten."""
        if state is None:
            return cls()
        language = state.get("language")
        until = state.get("menu_until")
        return cls(
            language=next((known for known in LANGUAGES if known == language), None),
            menu=tuple(state.get("menu", ())),
            menu_until=datetime.fromisoformat(until) if until else None,
            waiting=_read_waiting(state.get("waiting")),
            confirming=_read_confirming(state.get("confirming")),
            ordering=_read_ordering(state.get("ordering")),
            reset_challenge=str(state.get("reset_challenge", "")),
        )


def offer_menu(memory: Memory, names: tuple[str, ...], grammar: Grammar, *, now: datetime) -> Memory:
    """The memory in which digits answer these commands, for as long as a menu lives."""
    return replace(memory, menu=names, menu_until=now + timedelta(seconds=grammar.menu_lifetime_seconds))


def _read_confirming(kept: Any) -> Confirming | None:  # noqa: ANN401  whatever a release before this one kept
    return Confirming(kept[0], datetime.fromisoformat(kept[1])) if kept else None


def _read_waiting(kept: Any) -> Waiting | None:  # noqa: ANN401  whatever a release before this one kept
    if not kept:
        return None
    command, arguments, until, challenge = kept
    return Waiting(command, tuple(arguments), datetime.fromisoformat(until), challenge)


def _read_ordering(kept: Any) -> Ordering | None:  # noqa: ANN401  as above
    if not kept:
        return None
    command, prepared_id, until, last, asked_by, answered_by = kept
    return Ordering(command, prepared_id, datetime.fromisoformat(until), last, asked_by, answered_by)
