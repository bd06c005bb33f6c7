"""Which of the campaigns that apply are given together?"""

from collections.abc import Iterable

from loyalty.rules.plan import Offer


def stack(offers: Iterable[Offer]) -> list[tuple[Offer, Offer | None]]:
    """Every offer in the order of its rank, with the one that excludes it (None: it is given).

    The rule: *in the order of rank, each campaign is given that can stand beside all that were given before it. Two can
    stand beside each other where both are stackable and they are not of one exclusion group.*

    Rank: the higher priority (the smaller number) first; of equal ones the better value for the customer; of equal
    ones the id that comes first in the alphabet. There are no two of one rank, so the answer is one.

    What follows from it: stackable campaigns add up. Of one exclusion group one at most is given, the highest that can
    be. A campaign that is not stackable is given alone where it has the highest rank of all that apply, and not at all
    where it has not; what loses gives no other campaign's place away, since it excludes nobody.
    """
    outcome: list[tuple[Offer, Offer | None]] = []
    first: Offer | None = None
    of_group: dict[str, Offer] = {}
    for offer in sorted(offers, key=_rank):
        campaign = offer.campaign
        if first is None:
            first, rival = offer, None
        elif campaign.is_stackable and first.campaign.is_stackable:
            rival = of_group.get(campaign.exclusion_group) if campaign.exclusion_group else None
        else:
            rival = first
        if rival is None and campaign.exclusion_group:
            of_group[campaign.exclusion_group] = offer
        outcome.append((offer, rival))
    return outcome


def _rank(offer: Offer) -> tuple[int, int, str]:
    return offer.campaign.priority, -offer.value_fen, offer.campaign.id
