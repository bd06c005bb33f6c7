"""What can a campaign give?"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a channel words: a key with parameters, no prose. ``amount_at_least`` {"amount": "10000"} (fen)."""

    key: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bonus:
    """Money in a pot of its own. ``months`` 1 is at once; more freezes it and releases as many equal parts (the last
    takes what does not divide), each only after a month whose spend reached ``least_spend_fen``. It pays
    ``usable_for`` (empty: all) for ``valid_days`` after its release (None: it does not end)."""

    amount_fen: int
    months: int = 1
    least_spend_fen: int = 0
    usable_for: tuple[str, ...] = ()
    valid_days: int | None = None

    def split(self) -> tuple[int, ...]:
        """How much of it, in fen, each month releases, in order."""
        part, rest = divmod(self.amount_fen, self.months)
        return (*(part for _ in range(self.months - 1)), part + rest)


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack of data, voice or messages, or a discount on the package: an offering of the operator's catalogue, free,
    for so many months (None: as the offering says)."""

    offering_id: str
    months: int | None = None


@dataclass(frozen=True, slots=True)
class PointsGift:
    """So many points, as a lot by the policy of the day."""

    points: int


@dataclass(frozen=True, slots=True)
class Goods:
    """A thing that is sent to an address."""

    item: str


@dataclass(frozen=True, slots=True)
class Code:
    """A voucher's code out of a batch that operations put in."""

    batch: str


@dataclass(frozen=True, slots=True)
class Prize:
    """One prize of a lottery, with its odds in a billion, as published."""

    reward: str
    chances: int


@dataclass(frozen=True, slots=True)
class Lottery:
    """A draw: each prize with its published odds, nothing with the rest of a billion. A prize whose stock is gone is
    nothing, and is not drawn again."""

    prizes: tuple[Prize, ...]


ONE_BILLION = 10**9
Effect = Bonus | Pack | PointsGift | Goods | Code | Lottery


@dataclass(frozen=True, slots=True)
class Reward:
    """One thing that a campaign may give, under a key of its own in the campaign.

    ``cost_fen`` is what it counts against the budget; ``stock`` how many there are (None: no end).
    """

    key: str
    effect: Effect
    sentence: Sentence
    name_zh: str
    name_en: str
    cost_fen: int = 0
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class Clawback:
    """For how long, and whether, a campaign takes its rewards back: when what earned them is given back (always), and
    when the customer leaves early (``months``)."""

    months: int = 0


@dataclass(frozen=True, slots=True)
class Tier:
    """From which amount on a set of rewards is given: all of ``rewards``, or one of them where ``is_choice``."""

    from_fen: int
    rewards: tuple[str, ...]
    is_choice: bool = False
    sentence: Sentence = field(default=Sentence("tier"))
