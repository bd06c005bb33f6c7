"""What must hold at the least, for a campaign to match?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from loyalty.rules.campaign import Campaign, Relation
from loyalty.rules.condition import Condition, Period
from loyalty.rules.plan import Plan


@dataclass(frozen=True, slots=True)
class Clause:
    """Conditions that must hold together, from ``begins_at`` (the earliest of any channel) until before ``ends_at``, at
    ``floor_fen`` (the lowest of any channel) or more.

    A campaign matches only where one of its clauses holds. ``is_exact``: and wherever it holds, amounts aside.
    """

    plan: Plan
    floor_fen: int
    begins_at: datetime
    ends_at: datetime
    conditions: tuple[Condition, ...]
    is_exact: bool


def find_clauses(plan: Plan) -> Iterator[Clause]:
    """The fewest alternatives that say enough.

    Where all groups must hold, one of which any condition will do is left to the judge.
    """
    campaign, groups = plan.campaign, plan.campaign.groups
    if campaign.relation is Relation.ALL or not groups:
        certain = [group for group in groups if group.relation is Relation.ALL or len(group.conditions) == 1]
        conditions = tuple(condition for group in certain for condition in group.conditions)
        yield _make_clause(plan, conditions, is_exact=len(certain) == len(groups))
        return
    for group in groups:
        if group.relation is Relation.ALL:
            yield _make_clause(plan, group.conditions, is_exact=True)
        else:
            yield from (_make_clause(plan, (condition,), is_exact=True) for condition in group.conditions)


def _make_clause(plan: Plan, conditions: tuple[Condition, ...], *, is_exact: bool) -> Clause:
    begins_at, ends_at = _find_window(plan.campaign, conditions)
    return Clause(
        plan=plan,
        floor_fen=min(tier.from_fen for tier in plan.campaign.find_tiers()),
        begins_at=begins_at,
        ends_at=ends_at,
        conditions=tuple(condition for condition in conditions if not isinstance(condition, Period)),
        is_exact=is_exact and not any(exception.begins_at for exception in plan.campaign.exceptions),
    )


def _find_window(campaign: Campaign, conditions: tuple[Condition, ...]) -> tuple[datetime, datetime]:
    starts = [exception.begins_at for exception in campaign.exceptions if exception.begins_at]
    begins_at, ends_at = min([campaign.begins_at, *starts]), campaign.ends_at
    for condition in conditions:
        if isinstance(condition, Period):
            begins_at = max(begins_at, condition.begins_at or begins_at)
            ends_at = min(ends_at, condition.ends_at or ends_at)
    return begins_at, ends_at
