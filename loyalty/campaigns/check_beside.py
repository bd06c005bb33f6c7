"""Can a campaign stand beside those that there are?"""

from collections.abc import Iterable, Iterator

from loyalty.campaigns.check import Wrong
from loyalty.rules.campaign import Campaign


def check_beside(campaign: Campaign, others: Iterable[Campaign]) -> Iterator[Wrong]:
    """Of one exclusion group no two that run at the same time may have one priority: which is given must not hang on
    the worth of things. Another version of the campaign itself is none of the others."""
    for other in others:
        if other.id == campaign.id or not other.is_on:
            continue
        are_together = campaign.begins_at < other.ends_at and other.begins_at < campaign.ends_at
        is_same = campaign.exclusion_group is not None and campaign.exclusion_group == other.exclusion_group
        if are_together and is_same and campaign.priority == other.priority:
            said = (("campaign", other.id), ("group", str(other.exclusion_group)), ("priority", str(other.priority)))
            yield Wrong("/pattern/0/priority", "priority_taken", said)
