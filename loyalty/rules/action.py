"""What follows from a happening?"""

from dataclasses import dataclass

from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import Reward, Sentence


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw of a lottery: its number in 0 … 10⁹-1, and the key of the prize (None: nothing was won).

    ``is_gone``: the number's prize had no stock left.
    """

    lottery: str
    number: int
    prize: str | None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """What a campaign gives. ``rewards`` are to be granted now (prizes that were drawn included, lotteries not);
    ``options`` are what the customer may still choose one of (empty: nothing is pending). Both are empty where a draw
    won nothing.

    ``cost_fen`` is to be taken from the budget: what is given, or the dearest option. ``gone`` belongs to the tier and
    is not given for want of stock.
    """

    campaign: Campaign
    tier_from_fen: int
    rewards: tuple[Reward, ...]
    options: tuple[Reward, ...]
    draws: tuple[Draw, ...]
    gone: tuple[Reward, ...]
    cost_fen: int
    reasons: tuple[Sentence, ...]

    @property
    def drawn(self) -> tuple[Draw, ...]:
        """Draws that won a prize, in the order in which prizes stand at the end of the rewards."""
        return tuple(draw for draw in self.draws if draw.prize is not None)

    @property
    def certain(self) -> tuple[Reward, ...]:
        """The rewards that no draw had a say in."""
        return self.rewards[: len(self.rewards) - len(self.drawn)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A campaign that gives nothing, and the first reason."""

    campaign: Campaign
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Decision:
    """Actions in the order of rank. ``refusals`` are there where they were asked for, by id."""

    actions: tuple[Action, ...]
    refusals: tuple[Refusal, ...] = ()
