"""How much of a reward may a customer keep who gives back a part of what earned it?

The rule, in three sentences. *Money and points are kept in the proportion in which the recharge is kept, rounded down
to the fen and the point.* *They are never more than what the tier that is still reached, or one below it, would give of
the same kind: of money so much money, of points so many points; below the lowest tier that is nothing.* *What can't be
divided (a pack, goods, a code) is kept as long as a tier is reached that gives it, or one above such a tier.*

So who gives nothing back keeps all, who gives all back keeps nothing, giving back in parts ends where giving back at
once does, and nobody gains by it. What can be taken at all is another question: packs, goods and codes that were
granted stay with the customer even where they may not be kept; they are only not granted any more.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import Bonus, Effect, Lottery, PointsGift, Reward, Tier

Ladder = tuple[tuple[int, int], ...]
"""From which amount on how much of a reward may be kept at most, ascending."""


@dataclass(frozen=True, slots=True)
class Won:
    """One reward of an action. ``source`` is its key in the tier: its own, or of the lottery that it was drawn in.
    ``of_kind`` is how much of its kind the action gives in all, ``drawn`` how much of that each of its lotteries gave:
    a tier that has the lottery would have given that too."""

    reward: Reward
    source: str
    of_kind: int
    drawn: tuple[tuple[str, int], ...] = ()


def find_quantity(effect: Effect) -> int:
    """Fen or points of it; 1 of what can't be divided."""
    match effect:
        case Bonus():
            return effect.amount_fen
        case PointsGift():
            return effect.points
        case _:
            return 1


def is_divisible(effect: Effect) -> bool:
    """Whether a part of it can be kept."""
    return isinstance(effect, (Bonus, PointsGift))


def build_ladder(campaign: Campaign, tiers: Sequence[Tier], won: Won, *, reached_fen: int) -> Ladder:
    """What each tier up to the one that was reached, or one below it, would give in the place of this reward."""
    quantity, most, rungs = find_quantity(won.reward.effect), 0, []
    for tier in tiers:
        if tier.from_fen <= reached_fen:
            most = max(most, _find_rung(campaign, tier, won, quantity))
            rungs.append((tier.from_fen, most))
    return tuple(rungs)


def find_kept(quantity: int, ladder: Ladder, *, divisible: bool, left: int, earned_on: int) -> int:
    """How much of the quantity may be kept where ``left`` of the ``earned_on`` parts that earned it is left."""
    if left <= 0:
        return 0
    most = 0
    for from_fen, rung in ladder:
        if from_fen <= left:
            most = rung
    proportion = quantity * min(left, earned_on) // earned_on if divisible else quantity
    return min(most, proportion)


def render_ladder(ladder: Ladder) -> str:
    """As it stands in a row."""
    return json.dumps(ladder)


def parse_ladder(text: str) -> Ladder:
    """The same again."""
    return tuple((from_fen, rung) for from_fen, rung in json.loads(text))


def _find_rung(campaign: Campaign, tier: Tier, won: Won, quantity: int) -> int:
    """Rewards of one kind share what the tier would give of it, so that they are no more together than that."""
    if not is_divisible(won.reward.effect):
        return quantity if won.source in tier.rewards else 0
    given = [_count(campaign.find_reward(key), won.reward.effect) for key in tier.rewards]
    of_tier = max(given, default=0) if tier.is_choice else sum(given)
    of_tier += sum(drawn for lottery, drawn in won.drawn if lottery in tier.rewards)
    return min(quantity, quantity * of_tier // won.of_kind)


def _count(reward: Reward, like: Effect) -> int:
    """How much it gives of the kind of another."""
    same = isinstance(reward.effect, type(like)) and not isinstance(reward.effect, Lottery)
    return find_quantity(reward.effect) if same else 0


def count_of_kind(rewards: Iterable[Reward], like: Effect) -> int:
    """How much these give together of the kind of another."""
    return sum(_count(reward, like) for reward in rewards)


def count_drawn(sources: Iterable[tuple[Reward, str]], like: Effect) -> tuple[tuple[str, int], ...]:
    """How much of the kind of another each lottery gave; by rewards and where they come from."""
    return tuple((source, _count(reward, like)) for reward, source in sources if source != reward.key)
