"""Do a campaign's criteria give one channel another start than the rest?"""

from typing import Final

from loyalty.rules.campaign import Campaign, CriteriaGroup, Relation
from loyalty.rules.condition import Listed, OneOf, Period

ANY_OTHER: Final = ""
"""A channel that no criterion names."""

Asked = tuple[Relation, frozenset[Period]]


def do_starts_differ(campaign: Campaign) -> bool:
    """Whether any two channels in which it can be had are asked for other periods."""
    named = {value for group in campaign.groups for each in _find_of_channel(group) for value in each.values}
    asked = (_find_periods(campaign, channel) for channel in (ANY_OTHER, *sorted(named)))
    return len({each for each in asked if each is not None}) > 1


def _find_periods(campaign: Campaign, channel: str) -> frozenset[Asked] | None:
    """What is asked of the instant in a channel; None: it cannot be had there."""
    groups = [(group, _settle(group, channel)) for group in campaign.groups]
    there = [(group.relation, periods) for group, periods in groups if periods is not None]
    is_there = len(there) == len(groups) if campaign.relation is Relation.ALL else bool(there) or not groups
    if not is_there:
        return None
    if campaign.relation is Relation.ANY and any(not periods for _, periods in there):
        return frozenset()
    return frozenset((relation, periods) for relation, periods in there if periods)


def _settle(group: CriteriaGroup, channel: str) -> frozenset[Period] | None:
    """The periods that are left of a group once the channel is known; None: it does not hold."""
    mine = _find_of_channel(group)
    of_channel = [(channel in each.values) is not each.are_excluded for each in mine]
    others = [each for each in group.conditions if each not in mine]
    periods = frozenset(each for each in others if isinstance(each, Period))
    if group.relation is Relation.ALL:
        return periods if all(of_channel) else None
    if any(of_channel) or len(periods) < len(others):
        return frozenset()
    return periods if others else None


def _find_of_channel(group: CriteriaGroup) -> list[OneOf]:
    return [each for each in group.conditions if isinstance(each, OneOf) and each.what is Listed.CHANNEL]
