"""Which version of the text does a person read who is asked now?"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from graphql_schema.types.consent import ConsentPurpose

WORDINGS = Path(__file__).with_name("wordings.toml")


@dataclass(frozen=True, slots=True)
class Wording:
    """One version of a purpose's text, shown from ``since`` on (aware)."""

    purpose: ConsentPurpose
    version: str
    since: datetime


class Wordings:
    """Every version of every purpose's text."""

    def __init__(self, wordings: Sequence[Wording]) -> None:
        """Raises ValueError where a purpose has no text."""
        self._by_purpose: Mapping[ConsentPurpose, list[Wording]] = {
            purpose: sorted((each for each in wordings if each.purpose is purpose), key=lambda each: each.since)
            for purpose in ConsentPurpose
        }
        if missing := sorted(purpose.value for purpose, known in self._by_purpose.items() if not known):
            raise ValueError(f"no text to agree to for {', '.join(missing)}")

    @classmethod
    def load(cls, path: Path = WORDINGS) -> "Wordings":
        """Reads the table. Raises ValueError for a purpose without a text or that does not exist."""
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["wording"]
        return cls([Wording(ConsentPurpose(row["purpose"]), row["version"], row["since"]) for row in rows])

    def find(self, purpose: ConsentPurpose, now: datetime) -> str:
        """The version that is shown now; before the first one's day, that one."""
        known = self._by_purpose[purpose]
        return next((each.version for each in reversed(known) if each.since <= now), known[0].version)
