"""How do campaigns, expectations and grants appear in the graph's words?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Row

from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.promotion import (
    ExpectedReward,
    Grant,
    GrantPart,
    GrantState,
    Odds,
    PartState,
    PromisedReward,
    Promotion,
    PromotionTier,
    PromotionTrigger,
    RewardEffect,
    RuleParameter,
    RuleSentence,
)
from loyalty.campaigns.money_rows import from_fen
from loyalty.campaigns.needs import GrantRules
from loyalty.campaigns.notation import name_effect, parse_reward, parse_rewards
from loyalty.points.policies import find_business_day
from loyalty.rules.action import Action
from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import Bonus, Lottery, PointsGift, Reward, Sentence, Tier
from loyalty.rules.facts import Taken
from loyalty.tables import from_us, to_us

RECHARGE = "recharge:"
NOTHING_TAKEN = Taken()


def tell_promotion(campaign: Campaign, taken: Taken, *, trigger: PromotionTrigger, currency: str) -> Promotion:
    """A campaign as its customers see it, for one of the things that it rewards."""
    return Promotion(
        id=campaign.id,
        version=campaign.version,
        name=LocalizedText(zh=campaign.name_zh, en=campaign.name_en),
        trigger=trigger,
        begins_at=campaign.begins_at,
        ends_at=campaign.ends_at,
        conditions=[_tell_sentence(condition.sentence) for group in campaign.groups for condition in group.conditions],
        tiers=[_tell_tier(campaign, tier, taken, currency) for tier in campaign.tiers],
        taken_back_within_months=campaign.clawback.months,
        on_its_face=[LocalizedText(zh=each.face_zh, en=each.face_en) for each in campaign.exceptions],
    )


def tell_expected(action: Action, taken: Taken, rules: GrantRules) -> ExpectedReward:
    """What one campaign would give."""
    campaign = action.campaign
    # a draw is told as a draw: what it would win is nobody's to know before
    lotteries = [campaign.find_reward(draw.lottery) for draw in action.draws]
    given = action.options or (*action.certain, *lotteries)
    return ExpectedReward(
        promotion_id=campaign.id,
        name=LocalizedText(zh=campaign.name_zh, en=campaign.name_en),
        rewards=[tell_reward(campaign, reward, taken, rules.currency) for reward in given],
        choose_one=bool(action.options),
        reasons=[_tell_sentence(reason) for reason in action.reasons],
        scarce=is_scarce(campaign, given, taken, rules),
    )


def is_scarce(campaign: Campaign, rewards: Sequence[Reward], taken: Taken, rules: GrantRules) -> bool:
    """Whether so little is left of a limit, the budget or a stock that somebody else could be faster."""
    cost_fen = max((reward.cost_fen for reward in rewards), default=0) or 1
    ends = [(taken.total, campaign.limits.total, 1), (taken.cost_fen, campaign.budget_fen, cost_fen)]
    ends += [(taken.stock.get(reward.key, 0), reward.stock, 1) for reward in rewards]
    return any(
        most is not None and ((most - used) * rules.scarce_parts < most or most - used < rules.scarce_count * each)
        for used, most, each in ends
    )


def tell_reward(campaign: Campaign | None, reward: Reward, taken: Taken, currency: str) -> PromisedReward:
    """One reward; ``left`` is how many there are, as it was read. A campaign is needed for the names of prizes."""
    effect = reward.effect
    bonus = effect if isinstance(effect, Bonus) else None
    least_fen = bonus.least_spend_fen if bonus else 0
    return PromisedReward(
        key=reward.key,
        effect=RewardEffect(name_effect(effect)),
        name=LocalizedText(zh=reward.name_zh, en=reward.name_en),
        amount=from_fen(bonus.amount_fen, currency) if bonus else None,
        months=bonus.months if bonus else 1,
        least_spend=from_fen(least_fen, currency) if least_fen else None,
        usable_for=[SubjectCode(code) for code in bonus.usable_for] if bonus else [],
        points=effect.points if isinstance(effect, PointsGift) else None,
        left=None if reward.stock is None else max(0, reward.stock - taken.stock.get(reward.key, 0)),
        odds=_tell_odds(campaign, effect) if campaign and isinstance(effect, Lottery) else [],
    )


@dataclass(frozen=True, slots=True)
class GrantRows:
    """A grant's row and its parts, the version of the campaign that gave it, and the code that it got."""

    row: Row[Any]
    parts: Sequence[Row[Any]]
    campaign: Campaign
    code: str | None


def tell_grant(rows: GrantRows, rules: GrantRules, now: datetime) -> Grant:
    """A grant as its line sees it."""
    row, campaign, currency = rows.row, rows.campaign, rules.currency
    reward = parse_reward(row.reward) if row.reward else None
    recharge = row.happening_id.removeprefix(RECHARGE) if row.happening_id.startswith(RECHARGE) else None
    options = parse_rewards(row.options)
    parts = [_tell_part(part, currency, find_business_day(now)) for part in rows.parts]
    return Grant(
        id=row.id,
        promotion_id=row.campaign_id,
        promotion=LocalizedText(zh=campaign.name_zh, en=campaign.name_en),
        state=_find_state(row, parts),
        reward=tell_reward(campaign, reward, NOTHING_TAKEN, currency) if reward else None,
        options=[tell_reward(campaign, option, NOTHING_TAKEN, currency) for option in options],
        choose_until=None if row.choose_until_us is None else from_us(row.choose_until_us),
        recharge_id=recharge,
        at=from_us(row.at_us),
        parts=parts,
        taken_back=_sum_taken(rows.parts, currency),
        points_taken_back=_count_points_back(row),
        code=rows.code,
        late=is_late(row, rules, now),
    )


def is_late(row: Row[Any], rules: GrantRules, now: datetime) -> bool:
    """Whether it is on its way, there or back, for longer than usual."""
    return row.state in {"granting", "taking_back"} and to_us(now - rules.late_after) > row.changed_at_us


def _find_state(row: Row[Any], parts: Sequence[GrantPart]) -> GrantState:
    """What is on its way back is shown as what will be left of it. Money that the operator has for later days is still
    to come for whom it is for."""
    if row.state == "taking_back":
        state = GrantState.TAKEN_BACK if row.kept == 0 else GrantState.GRANTED
    else:
        state = GrantState(row.state)
    is_waited_for = any(part.state is PartState.WAITING for part in parts)
    return GrantState.RUNNING if state is GrantState.GRANTED and is_waited_for else state


def _tell_part(part: Row[Any], currency: str, today: date) -> GrantPart:
    """Money that the operator holds for a later day waits for it."""
    on = date.fromisoformat(part.on_day)
    shown = {"asking": "waiting", "refused": "missed"}.get(part.state, part.state)
    if shown == "given" and on > today:
        shown = "waiting"
    return GrantPart(on=on, amount=from_fen(part.amount_fen, currency), state=PartState(shown))


def _sum_taken(parts: Sequence[Row[Any]], currency: str) -> Money | None:
    """What never comes because of that counts too."""
    fen = sum(part.cut_fen + part.taken_fen for part in parts)
    return from_fen(fen, currency) if fen else None


def _count_points_back(row: Row[Any]) -> int | None:
    """Also those that were spent by then, which are owed, and those that never came because of that."""
    back: int = row.quantity - row.kept
    return back if row.effect == "points" and back else None


def _tell_tier(campaign: Campaign, tier: Tier, taken: Taken, currency: str) -> PromotionTier:
    rewards = [tell_reward(campaign, campaign.find_reward(key), taken, currency) for key in tier.rewards]
    return PromotionTier(from_amount=from_fen(tier.from_fen, currency), rewards=rewards, is_choice=tier.is_choice)


def _tell_odds(campaign: Campaign, lottery: Lottery) -> list[Odds]:
    prizes: Iterable[tuple[Reward, int]] = (
        (campaign.find_reward(prize.reward), prize.chances) for prize in lottery.prizes
    )
    return [
        Odds(name=LocalizedText(zh=reward.name_zh, en=reward.name_en), in_a_billion=chances)
        for reward, chances in prizes
    ]


def _tell_sentence(sentence: Sentence) -> RuleSentence:
    parameters = [RuleParameter(name=name, value=value) for name, value in sentence.parameters]
    return RuleSentence(key=sentence.key, parameters=parameters)
