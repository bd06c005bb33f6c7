"""What is wrong with a campaign that can be read?"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from loyalty.campaigns.check_channels import do_starts_differ
from loyalty.campaigns.check_matching import can_match, can_reach
from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import ONE_BILLION, Bonus, Lottery, Reward, Tier
from loyalty.rules.plan import find_most_cost


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, where in the document (JSON pointer)."""

    pointer: str
    code: str
    parameters: tuple[tuple[str, str], ...] = ()


def check_campaign(campaign: Campaign, misread: Collection[str] = ()) -> Iterator[Wrong]:
    """Everything that is wrong. ``misread`` are pointers to what could not be read: what rests on that is not asked."""
    for find_wrong, rests_on in CHECKS:
        if not any(_touch(pointer, part) for pointer in misread for part in rests_on):
            yield from find_wrong(campaign)


def _find_wrong_period(campaign: Campaign) -> Iterator[Wrong]:
    if campaign.ends_at <= campaign.begins_at:
        yield Wrong("/validFor/endDateTime", "ends_before_it_begins")


def _find_repeated_keys(campaign: Campaign) -> Iterator[Wrong]:
    known = set()
    for place, reward in enumerate(campaign.rewards):
        if reward.key in known:
            yield _wrong(f"{ACTION}/{place}/id", "reward_named_twice", reward=reward.key)
        known.add(reward.key)


def _find_unknown_rewards(campaign: Campaign) -> Iterator[Wrong]:
    kinds = {reward.key: reward.effect for reward in campaign.rewards}
    for pointer, tier in _find_tiers(campaign):
        for place, key in enumerate(tier.rewards):
            if key not in kinds:
                yield _wrong(f"{pointer}/reward/{place}", "unknown_reward", reward=key)
    for pointer, lottery in _find_lotteries(campaign):
        for place, prize in enumerate(lottery.prizes):
            if prize.reward not in kinds:
                yield _wrong(f"{pointer}/{place}/reward", "unknown_reward", reward=prize.reward)
            elif isinstance(kinds[prize.reward], Lottery):
                yield _wrong(f"{pointer}/{place}/reward", "prize_is_a_lottery", reward=prize.reward)


def _find_unused_rewards(campaign: Campaign) -> Iterator[Wrong]:
    used = {key for tier in campaign.find_tiers() for key in tier.rewards}
    used |= {prize.reward for _, lottery in _find_lotteries(campaign) for prize in lottery.prizes}
    for place, reward in enumerate(campaign.rewards):
        if reward.key not in used:
            yield _wrong(f"{ACTION}/{place}", "unused_reward", reward=reward.key)


def _find_wrong_odds(campaign: Campaign) -> Iterator[Wrong]:
    for pointer, lottery in _find_lotteries(campaign):
        chances = sum(prize.chances for prize in lottery.prizes)
        if chances > ONE_BILLION:
            yield _wrong(pointer, "odds_above_one", chances=chances, most=ONE_BILLION)


def _find_stocked_lotteries(campaign: Campaign) -> Iterator[Wrong]:
    """Prizes have a stock, a draw has none."""
    for place, reward in enumerate(campaign.rewards):
        if isinstance(reward.effect, Lottery) and reward.stock is not None:
            yield _wrong(f"{ACTION}/{place}/stock", "lottery_with_stock")


def _find_wrong_bonuses(campaign: Campaign) -> Iterator[Wrong]:
    for place, reward in enumerate(campaign.rewards):
        effect = reward.effect
        if not isinstance(effect, Bonus):
            continue
        if effect.amount_fen < effect.months:
            yield _wrong(f"{ACTION}/{place}/release/months", "nothing_to_release", amount=effect.amount_fen)
        if effect.months == 1 and effect.least_spend_fen:
            yield _wrong(f"{ACTION}/{place}/release/leastSpend", "spend_asked_at_once")


def _find_wrong_tiers(campaign: Campaign) -> Iterator[Wrong]:
    for pointer, tier in _find_tiers(campaign):
        if tier.is_choice and len(tier.rewards) == 1:
            yield _wrong(f"{pointer}/choice", "choice_of_one")
    for pointer, tiers in _find_prices(campaign):
        for place, (lower, tier) in enumerate(pairwise(tiers), start=1):
            if tier.from_fen <= lower.from_fen:
                yield _wrong(f"{pointer}/{place}/from", "tier_not_above_the_last", amount=tier.from_fen)


def _find_unreachable(campaign: Campaign) -> Iterator[Wrong]:
    """An order or an invitation has no amount."""
    if campaign.tiers and campaign.kinds and not can_reach(campaign):
        yield _wrong("/pattern/0/tier/0/from", "amount_never_reached")


def _find_wrong_budget(campaign: Campaign) -> Iterator[Wrong]:
    """No tier may be so dear that it could never be given."""
    if campaign.budget_fen is None:
        return
    known = {reward.key: reward for reward in campaign.rewards}
    if any(prize.reward not in known for _, lottery in _find_lotteries(campaign) for prize in lottery.prizes):
        return
    dearest_fen = max((_find_tier_cost(campaign, tier, known) for tier in campaign.find_tiers()), default=0)
    if campaign.budget_fen < dearest_fen:
        yield _wrong("/pattern/0/budget", "budget_below_dearest", budget=campaign.budget_fen, dearest=dearest_fen)


def _find_tier_cost(campaign: Campaign, tier: Tier, known: dict[str, Reward]) -> int:
    costs = [find_most_cost(campaign, known[key]) for key in tier.rewards if key in known]
    return max(costs, default=0) if tier.is_choice else sum(costs)


def _find_contradiction(campaign: Campaign) -> Iterator[Wrong]:
    if campaign.begins_at < campaign.ends_at and not can_match(campaign):
        yield _wrong("/pattern/0/criteriaGroup", "never_matches")


def _find_wrong_exceptions(campaign: Campaign) -> Iterator[Wrong]:
    """One price and one start in every channel, unless the campaign says otherwise on its face."""
    if do_starts_differ(campaign):
        yield _wrong("/pattern/0/criteriaGroup", "channel_start_differs")
    known = set()
    for place, exception in enumerate(campaign.exceptions):
        pointer = f"/channelException/{place}"
        if exception.channel in known:
            yield _wrong(f"{pointer}/channel", "channel_named_twice", channel=exception.channel)
        known.add(exception.channel)
        if exception.begins_at in (None, campaign.begins_at) and exception.tiers in ((), campaign.tiers):
            yield _wrong(pointer, "exception_without_difference", channel=exception.channel)
        if exception.begins_at is not None and exception.begins_at >= campaign.ends_at:
            yield _wrong(f"{pointer}/startDateTime", "ends_before_it_begins")


def _find_tiers(campaign: Campaign) -> Iterator[tuple[str, Tier]]:
    for pointer, tiers in _find_prices(campaign):
        yield from ((f"{pointer}/{place}", tier) for place, tier in enumerate(tiers))


def _find_prices(campaign: Campaign) -> Iterator[tuple[str, tuple[Tier, ...]]]:
    yield "/pattern/0/tier", campaign.tiers
    for place, exception in enumerate(campaign.exceptions):
        yield f"/channelException/{place}/tier", exception.tiers


def _find_lotteries(campaign: Campaign) -> Iterator[tuple[str, Lottery]]:
    for place, reward in enumerate(campaign.rewards):
        if isinstance(reward.effect, Lottery):
            yield f"{ACTION}/{place}/prize", reward.effect


def _wrong(pointer: str, code: str, **parameters: object) -> Wrong:
    return Wrong(pointer, code, tuple((name, str(value)) for name, value in parameters.items()))


def _touch(pointer: str, part: str) -> bool:
    """Whether one lies in the other; ``*`` is any place."""
    return all(step in ("*", other) for other, step in zip(pointer.split("/"), part.split("/"), strict=False))


ACTION: Final = "/pattern/0/action"
_KEY, _PRIZE = f"{ACTION}/*/id", f"{ACTION}/*/prize"
_TIERS = ("/pattern/0/tier/*/reward", "/channelException/*/tier/*/reward")
CHECKS: Final[tuple[tuple[Callable[[Campaign], Iterator[Wrong]], tuple[str, ...]], ...]] = (
    (_find_wrong_period, ("/validFor",)),
    (_find_repeated_keys, (_KEY,)),
    (_find_unknown_rewards, (_KEY, f"{ACTION}/*/actionType", _PRIZE, *_TIERS)),
    (_find_unused_rewards, (_KEY, f"{ACTION}/*/actionType", _PRIZE, *_TIERS)),
    (_find_wrong_odds, (_PRIZE,)),
    (_find_stocked_lotteries, ()),
    (_find_wrong_bonuses, (f"{ACTION}/*/actionValue", f"{ACTION}/*/release")),
    (_find_wrong_tiers, ("/pattern/0/tier/*/from", "/channelException/*/tier/*/from", *_TIERS)),
    (_find_unreachable, ("/happening", "/pattern/0/tier", "/channelException")),
    (_find_wrong_budget, ("/pattern/0/budget", _KEY, f"{ACTION}/*/cost", f"{ACTION}/*/actionValue", _PRIZE, *_TIERS)),
    (_find_contradiction, ("/validFor", "/happening", "/pattern/0/criteriaGroup", "/channelException")),
    (_find_wrong_exceptions, ("/validFor", "/pattern/0/criteriaGroup", "/channelException", "/pattern/0/tier")),
)
"""Each question with the parts of a document that it rests on."""
