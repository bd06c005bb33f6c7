"""Could a campaign ever match?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Final

from loyalty.rules.campaign import Campaign, CriteriaGroup, Relation
from loyalty.rules.condition import Between, Condition, DailyHours, FirstTime, Listed, Measured, OneOf, Period, Weekdays
from loyalty.rules.facts import HappeningKind

MOST_TRIED: Final = 1000
DOMAINS: Final[Mapping[Measured, tuple[int, int]]] = {
    Measured.TENURE: (0, 1200),
    Measured.STARS: (0, 5),
    Measured.ARREARS_FREE: (0, 24),
}
"""What numbers there are at all: no line is older than a century, and arrears are looked at for two years."""
WITH_AMOUNT: Final = frozenset({HappeningKind.RECHARGE, HappeningKind.BILL_PAID})
KNOWN_OF: Final[Mapping[Listed, frozenset[HappeningKind]]] = {
    Listed.OFFERING: frozenset({HappeningKind.ORDER_DONE, HappeningKind.INVITEE_PAID}),
    Listed.CHANNEL: frozenset({HappeningKind.RECHARGE, HappeningKind.ORDER_DONE}),
}
"""Of which happenings these are known. (An invitation's offering is ``inviter`` or ``invitee``.)"""


def can_match(campaign: Campaign) -> bool:
    """False: certainly never. Of very many alternatives the first thousand are tried, and the rest believed."""
    tried = 0
    for conditions in islice(_find_alternatives(campaign), MOST_TRIED):
        tried += 1
        if _can_hold(campaign, conditions):
            return True
    return tried == MOST_TRIED


def can_reach(campaign: Campaign) -> bool:
    """Whether anything that it rewards has an amount, or its lowest tier asks for none."""
    return bool(WITH_AMOUNT & campaign.kinds) or min(tier.from_fen for tier in campaign.find_tiers()) == 0


def _find_alternatives(campaign: Campaign) -> Iterator[Sequence[Condition]]:
    """Each set of conditions that would be enough together."""
    ways = [_find_ways(group) for group in campaign.groups]
    if campaign.relation is Relation.ANY and ways:
        yield from (way for of_group in ways for way in of_group)
        return
    for chosen in product(*ways):
        yield [condition for way in chosen for condition in way]


def _find_ways(group: CriteriaGroup) -> Sequence[Sequence[Condition]]:
    if group.relation is Relation.ALL:
        return [group.conditions]
    return [(condition,) for condition in group.conditions]


def _can_hold(campaign: Campaign, conditions: Sequence[Condition]) -> bool:
    firsts = {each.is_first for each in conditions if isinstance(each, FirstTime)}
    days = [each.days for each in conditions if isinstance(each, Weekdays)]
    return (
        len(firsts) < 2
        and (not days or bool(frozenset.intersection(*days)))
        and _can_be_listed(campaign, [each for each in conditions if isinstance(each, OneOf)])
        and _can_be_measured([each for each in conditions if isinstance(each, Between)])
        and _can_be_in_hours([each for each in conditions if isinstance(each, DailyHours)])
        and _can_be_in_period(campaign, [each for each in conditions if isinstance(each, Period)])
    )


def _can_be_listed(campaign: Campaign, conditions: Sequence[OneOf]) -> bool:
    for what in Listed:
        wanted = [each.values for each in conditions if each.what is what and not each.are_excluded]
        barred = {value for each in conditions if each.what is what and each.are_excluded for value in each.values}
        if wanted and not frozenset.intersection(*wanted) - barred:
            return False
        if wanted and what in KNOWN_OF and not KNOWN_OF[what] & campaign.kinds:
            return False  # nothing is ordered, or it comes through no channel
    return True


def _can_be_measured(conditions: Sequence[Between]) -> bool:
    for what, (lowest, highest) in DOMAINS.items():
        mine = [each for each in conditions if each.what is what]
        least = max([lowest, *(each.least for each in mine if each.least is not None)])
        most = min([highest, *(each.most for each in mine if each.most is not None)])
        if least > most:
            return False
    return True


def _can_be_in_hours(conditions: Sequence[DailyHours]) -> bool:
    """Where windows have a minute in common, one of them begins in all the others."""
    return not conditions or any(all(each.includes(one.begins) for each in conditions) for one in conditions)


def _can_be_in_period(campaign: Campaign, conditions: Iterable[Period]) -> bool:
    starts = [exception.begins_at for exception in campaign.exceptions if exception.begins_at]
    begins_at, ends_at = min([campaign.begins_at, *starts]), campaign.ends_at
    for condition in conditions:
        begins_at = max(begins_at, condition.begins_at or begins_at)
        ends_at = min(ends_at, condition.ends_at or ends_at)
    return begins_at < ends_at
