"""Where does a call stand between two of its documents?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from channels.rendering import Language
from graphql_schema.assurance import Factor, assess
from graphql_schema.client import Caller, Channel

_TUPLES = ("ways", "told_of", "heard", "texted")


@dataclass(frozen=True, slots=True)
class Call:
    """One call. ``place`` is where the caller is: a question, a menu, or an answer.

    ``lead`` are the words that go before the next question, with ``facts`` and ``tries_left``. What waits for a proof:
    ``wanted`` is the answer or the place to return to, ``deed`` a deed to be done with ``chosen``, ``ways`` the factors
    that would do (names of Factor), ``challenge`` that of the code that was texted. ``number`` is the one keyed in by a
    caller whose line is not proven, ``caller`` only somebody whose line is. ``offered`` are the helpers that a key can
    end (id, masked number), the packages that can be dropped (id, position) or the rewards that can be had (code,
    points), ``told_of`` the requests to help that this call was told of. ``heard`` are the answers that were told in
    this call and can be texted, ``texted`` those that were; ``texting`` says whether texts can be sent at all. ``step``
    counts the documents; ``reason`` and ``was_at`` are what an agent is told; ``source`` is who tries, for the budgets
    of the doorkeeper; ``call_id`` is the voice gateway's own name of the call. It never holds a password, a code or the
    digits of a voucher card.
    """

    step: int = 1
    place: str = "language"
    language: Language = "zh"
    lead: str | None = None
    tries_left: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    wanted: str | None = None
    deed: str | None = None
    chosen: str | None = None
    ways: tuple[str, ...] = ()
    challenge: str = field(default="", repr=False)
    number: str | None = None
    caller: Caller | None = None
    offered: tuple[tuple[str, str], ...] = ()
    told_of: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    texted: tuple[str, ...] = ()
    texting: bool = False
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

    @property
    def line_number(self) -> str:
        """The number that is spoken of: the proven one, or the one that was keyed in."""
        return (self.caller.number if self.caller else None) or self.number or ""

    def goes_to(self, place: str, **changes: Any) -> Self:  # noqa: ANN401  whatever a call remembers
        """The call at another place, with nothing said before the question unless it is given."""
        facts = self.facts if place == self.place else {}
        return replace(self, place=place, **{"lead": None, "tries_left": None, "facts": facts, **changes})

    def lets_go(self) -> Self:
        """The call with nothing waiting for a proof any more."""
        return replace(self, wanted=None, deed=None, chosen=None, ways=(), challenge="")

    def at(self, now: datetime) -> Self:
        """The call with a caller who is as sure as the proofs are now: level 3 lasts ten minutes, calls may be
        longer."""
        if self.caller is None or not self.caller.proofs:
            return self
        level, since = assess(self.caller.proofs, now)
        return replace(self, caller=replace(self.caller, assurance=level, since=since))

    def to_state(self) -> dict[str, Any]:
        """JSON values only."""
        state = asdict(replace(self, caller=None))
        if self.caller:
            who = self.caller
            state["caller"] = {
                "subscriber": who.subscriber,
                "number": who.number,
                "assurance": who.assurance,
                "since": _write(who.since),
                "rests_until": _write(who.rests_until),
                "proofs": {factor.value: moment.isoformat() for factor, moment in who.proofs.items()},
            }
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for a state that another release wrote in another form."""
        kept = dict(state)
        if kept.get("caller") is not None:
            kept["caller"] = _read_caller(kept["caller"])
        kept.update({name: tuple(kept[name]) for name in _TUPLES if name in kept})
        kept["offered"] = tuple((line_id, masked) for line_id, masked in kept.get("offered", ()))
        return cls(**kept)


def _read_caller(kept: Mapping[str, Any]) -> Caller:
    return Caller(
        Channel.IVR,
        kept["subscriber"],
        kept["number"],
        kept["assurance"],
        _read(kept["since"]),
        proofs={Factor(factor): datetime.fromisoformat(moment) for factor, moment in kept["proofs"].items()},
        rests_until=_read(kept["rests_until"]),
    )


def _write(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment) if moment else None
