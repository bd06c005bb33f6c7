"""Which rows does a reward that was won begin with?"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from graphql_schema.types.month import Month
from loyalty.campaigns.ladder import (
    Won,
    build_ladder,
    count_drawn,
    count_of_kind,
    find_kept,
    find_quantity,
    is_divisible,
    render_ladder,
)
from loyalty.campaigns.notation import derive_id, name_effect, render_reward, render_rewards
from loyalty.points.policies import find_business_day
from loyalty.rules.action import Action
from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import Bonus, Code, Goods, Lottery, PointsGift, Reward, Tier
from loyalty.tables import to_us


@dataclass(frozen=True, slots=True)
class Winner:
    """Whose reward it is, and for what. ``earned_on`` is how many parts of the happening earned it, ``left`` how many
    of these are left now."""

    happening_id: str
    line_id: str
    account_id: str
    package: str | None
    channel: str
    earned_on: int
    left: int
    now: datetime
    choose_for: timedelta


@dataclass(frozen=True, slots=True)
class GrantDraft:
    """A grant's row and those of its parts; ``reward`` None: nothing is chosen yet."""

    row: dict[str, Any]
    parts: tuple[dict[str, Any], ...]
    reward: Reward | None

    @property
    def points(self) -> int:
        """Points that the ledger is to give in the same commit."""
        return self.row["kept"] if self.row["effect"] == "points" else 0

    @property
    def batch(self) -> str | None:
        """The batch that a code is to come from in the same commit."""
        effect = self.reward.effect if self.reward and self.row["state"] == "granted" else None
        return effect.batch if isinstance(effect, Code) else None


def draft_grants(action: Action, winner: Winner) -> list[GrantDraft]:
    """A grant for each reward of an action, one for each draw that won nothing, and one for a choice that is
    pending."""
    campaign = action.campaign
    drafts, sources = [], [*(reward.key for reward in action.certain), *(draw.lottery for draw in action.drawn)]
    won = list(zip(action.rewards, sources, strict=True))
    for place, (reward, source) in enumerate(won):
        grant_id = derive_id("grant", winner.happening_id, campaign.id, reward.key, place)
        row = _draft_row(grant_id, campaign, action.tier_from_fen, winner) | {"cost_fen": reward.cost_fen}
        of_kind, drawn = count_of_kind(action.rewards, reward.effect), count_drawn(won, reward.effect)
        drafts.append(fill(row, campaign, Won(reward, source, of_kind or 1, drawn), winner))
    for draw in action.draws:
        if draw.prize is None:
            lottery = campaign.find_reward(draw.lottery)
            grant_id = derive_id("grant", winner.happening_id, campaign.id, lottery.key, "nothing")
            row = _draft_row(grant_id, campaign, action.tier_from_fen, winner) | {"cost_fen": lottery.cost_fen}
            drafts.append(win_nothing(row, lottery, winner.now))
    if action.options:
        grant_id = derive_id("grant", winner.happening_id, campaign.id, "choice")
        row = _draft_row(grant_id, campaign, action.tier_from_fen, winner)
        drafts.append(GrantDraft(row | choosing(action.options, winner) | {"cost_fen": action.cost_fen}, (), None))
    return drafts


def fill(row: dict[str, Any], campaign: Campaign, won: Won, winner: Winner) -> GrantDraft:
    """The rest of a row whose reward is known. Goods still need an address."""
    reward, quantity = won.reward, find_quantity(won.reward.effect)
    ladder = build_ladder(campaign, find_tiers(campaign, winner.channel), won, reached_fen=row["tier_from_fen"])
    kept = find_kept(
        quantity, ladder, divisible=is_divisible(reward.effect), left=winner.left, earned_on=winner.earned_on
    )
    known = {
        "reward_key": reward.key,
        "effect": name_effect(reward.effect),
        "reward": render_reward(reward),
        "quantity": quantity,
        "kept": kept,
        "points_back": quantity - kept if isinstance(reward.effect, PointsGift) else 0,  # so many never come
        "ladder": render_ladder(ladder),
    }
    if isinstance(reward.effect, Goods) and not row["delivery"]:
        return GrantDraft(row | choosing((reward,), winner) | known, (), reward)
    begun = {"options": "[]", "choose_until_us": None, "changed_at_us": to_us(winner.now)} | _begin(reward, winner.now)
    return GrantDraft(row | known | begun, _draft_parts(row["id"], reward, winner.now), reward)


def win_nothing(row: dict[str, Any], lottery: Reward, now: datetime) -> GrantDraft:
    """A draw that won nothing is over: there is nothing to give, to tell by text or to take back, but its customer sees
    that it was drawn."""
    over = {
        "reward_key": lottery.key,
        "effect": name_effect(lottery.effect),
        "reward": render_reward(lottery),
        "options": "[]",
        "quantity": 0,
        "kept": 0,
        "ladder": "[]",
        "state": "not_won",
        "choose_until_us": None,
        "changed_at_us": to_us(now),
        "free_at_us": None,
        "ended_at_us": to_us(now),
    }
    return GrantDraft(row | over, (), lottery)


def choosing(options: tuple[Reward, ...], winner: Winner) -> dict[str, Any]:
    """One of these is to be chosen, or the only one needs an address."""
    until_us = to_us(winner.now + winner.choose_for)
    return {
        "reward_key": None,
        "effect": None,
        "reward": "",
        "options": render_rewards(options),
        "quantity": 1,
        "kept": 1,
        "ladder": "[]",
        "state": "choosing",
        "choose_until_us": until_us,
        "free_at_us": until_us,
        "ended_at_us": None,
    }


def find_tiers(campaign: Campaign, channel: str) -> tuple[Tier, ...]:
    """The prices of a channel."""
    exception = campaign.find_exception(channel)
    return exception.tiers if exception and exception.tiers else campaign.tiers


def find_release_days(months: int, day: date) -> list[date]:
    """Money at once is there on the day; in more parts, on the first day of each month that follows."""
    if months == 1:
        return [day]
    month = Month(day.year, day.month)
    return [month.plus(number).first_day for number in range(1, months + 1)]


def _draft_row(grant_id: str, campaign: Campaign, tier_from_fen: int, winner: Winner) -> dict[str, Any]:
    months = campaign.clawback.months
    return {
        "id": grant_id,
        "happening_id": winner.happening_id,
        "campaign_id": campaign.id,
        "version": campaign.version,
        "line_id": winner.line_id,
        "account_id": winner.account_id,
        "package": winner.package,
        "tier_from_fen": tier_from_fen,
        "chosen": None,
        "points_back": 0,
        "earned_on": winner.earned_on,
        "delivery": "",
        "is_hidden": False,
        "clawback_until": _plus_months(find_business_day(winner.now), months).isoformat() if months else None,
        "at_us": to_us(winner.now),
        "changed_at_us": to_us(winner.now),
        "attempts": 0,
        "turn": 0,
    }


def _begin(reward: Reward, now: datetime) -> dict[str, Any]:
    """What is ours to give is granted in the same commit; the operator is asked for the rest."""
    if isinstance(reward.effect, (PointsGift, Code, Lottery)):
        return {"state": "granted", "free_at_us": None, "ended_at_us": to_us(now)}
    return {"state": "granting", "free_at_us": to_us(now), "ended_at_us": None}


def _draft_parts(grant_id: str, reward: Reward, now: datetime) -> tuple[dict[str, Any], ...]:
    effect = reward.effect
    if not isinstance(effect, Bonus):
        return ()
    days = find_release_days(effect.months, find_business_day(now))
    parts = zip(days, effect.split(), strict=True)
    return tuple(
        {
            "grant_id": grant_id,
            "number": number,
            "on_day": day.isoformat(),
            "amount_fen": amount_fen,
            "cut_fen": 0,
            "taken_fen": 0,
            "state": "waiting",
        }
        for number, (day, amount_fen) in enumerate(parts, start=1)
        if amount_fen
    )


def _plus_months(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    first = Month(day.year, day.month).plus(months).first_day
    last = Month(day.year, day.month).plus(months + 1).first_day - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), last)
