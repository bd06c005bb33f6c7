"""Which things may a mall offer, and what makes one valid?"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from graphql_schema.types.reward import RewardKind

CODE: Final = re.compile("[0-9A-Z]{1,8}")
PACKS: Final = frozenset({RewardKind.DATA, RewardKind.VOICE, RewardKind.SMS})
MOST_POINTS: Final = 10_000_000
MOST_PIECES: Final = 1_000_000_000
BOUNDS: Final = (
    ("points", 1, MOST_POINTS),
    ("amount_fen", 1, 100_000_00),
    ("valid_days", 1, 3660),
    ("stock", 0, MOST_PIECES),
    ("per_month", 1, 1000),
    ("position", 0, 1_000_000),
)
LENGTHS: Final = (("name_zh", 100), ("name_en", 100), ("terms_zh", 1000), ("terms_en", 1000))


@dataclass(frozen=True, slots=True)
class WantedItem:
    """One thing for so many points. By kind it gives ``amount_fen`` (for ``valid_days``, None: without an end), an
    ``offering_id``, a code out of a ``batch``, or ``goods`` by the operator's name. ``stock`` is how many there are in
    all, ``per_month`` how many one line can have in a month (None: no end). Instants are aware UTC."""

    code: str
    kind: RewardKind
    points: int
    name_zh: str
    name_en: str
    terms_zh: str = ""
    terms_en: str = ""
    amount_fen: int | None = None
    valid_days: int | None = None
    offering_id: str | None = None
    batch: str | None = None
    goods: str | None = None
    stock: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    per_month: int | None = None
    is_on: bool = True
    position: int = 0


@dataclass(frozen=True, slots=True)
class StandingItem:
    """An item as it stands: how many are held or gone, how often it was changed, and of vouchers how many ``codes`` are
    left, where that was asked."""

    item: WantedItem
    taken: int
    version: int
    codes: int | None = None

    @property
    def left(self) -> int | None:
        """None: there is no end to it."""
        stocked = None if self.item.stock is None else self.item.stock - self.taken
        counts = [count for count in (stocked, self.codes) if count is not None]
        return min(counts, default=None)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with an item: the field's name, and which rule it breaks."""

    name: str
    rule: str


def find_mistakes(item: WantedItem) -> Iterator[Mistake]:
    """Everything that is wrong with an item."""
    if CODE.fullmatch(item.code) is None:
        yield Mistake("code", "must be 1-8 capital letters and digits")
    for name, least, most in BOUNDS:
        number = getattr(item, name)
        if number is not None and not least <= number <= most:
            yield Mistake(name, f"must be {least}-{most}")
    for name, most in LENGTHS:
        if not (name.startswith("terms") or getattr(item, name).strip()) or len(getattr(item, name)) > most:
            yield Mistake(name, f"must have at most {most} characters, and a name at least one")
    yield from _find_misgiven(item)
    if item.starts_at is not None and item.ends_at is not None and item.ends_at <= item.starts_at:
        yield Mistake("ends_at", "must come after starts_at")


def to_facts(item: WantedItem) -> dict[str, Any]:
    """All of it as JSON can hold it."""
    facts = asdict(item)
    return facts | {"kind": item.kind.value} | {name: _spell(facts[name]) for name in ("starts_at", "ends_at")}


def from_facts(facts: Mapping[str, Any]) -> WantedItem:
    """The same again."""
    instants = {
        name: None if facts[name] is None else datetime.fromisoformat(facts[name]) for name in ("starts_at", "ends_at")
    }
    return WantedItem(**{**facts, "kind": RewardKind(facts["kind"]), **instants})


_GIVES: Final[Mapping[RewardKind, str]] = {
    RewardKind.BALANCE: "amount_fen",
    **dict.fromkeys(PACKS, "offering_id"),
    RewardKind.VOUCHER: "batch",
    RewardKind.GOODS: "goods",
}


def _find_misgiven(item: WantedItem) -> Iterator[Mistake]:
    wanted = _GIVES.get(item.kind)
    for name in ("amount_fen", "offering_id", "batch", "goods"):
        given = getattr(item, name)
        if name == wanted and not given:
            yield Mistake(name, f"is needed for {item.kind.value}")
        elif name != wanted and given is not None:
            yield Mistake(name, f"is not for {item.kind.value}")
        elif isinstance(given, str) and len(given) > (64 if name == "batch" else 128):
            yield Mistake(name, "is too long")
    if item.valid_days is not None and item.kind is not RewardKind.BALANCE:
        yield Mistake("valid_days", "is for balance only")


def _spell(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
