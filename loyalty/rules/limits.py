"""Is there anything left of a campaign, as far as was read?

Advice: the transaction that grants has the last word. What it found exhausted is named to the next decision:
``campaign``, or ``campaign/reward``.
"""

from collections.abc import Set

from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import Reward, Sentence
from loyalty.rules.facts import Taken

LIMIT_OF_CUSTOMER, LIMIT_TOTAL = Sentence("limit_of_customer_reached"), Sentence("limit_total_reached")
BUDGET_USED, STOCK_GONE, TAKEN_MEANWHILE = Sentence("budget_used"), Sentence("stock_gone"), Sentence("taken_meanwhile")


def find_reached_limit(campaign: Campaign, taken: Taken, without: Set[str]) -> Sentence | None:
    """Which limit was reached."""
    if campaign.id in without:
        return TAKEN_MEANWHILE
    limits = campaign.limits
    if limits.of_customer is not None and taken.of_customer >= limits.of_customer:
        return LIMIT_OF_CUSTOMER
    if limits.total is not None and taken.total >= limits.total:
        return LIMIT_TOTAL
    return None


def is_in_stock(campaign: Campaign, reward: Reward, taken: Taken, without: Set[str], *, given_here: int = 0) -> bool:
    """Whether there is one more of it, after what the same decision gives already."""
    if without and f"{campaign.id}/{reward.key}" in without:
        return False
    return reward.stock is None or taken.stock.get(reward.key, 0) + given_here < reward.stock


def is_in_budget(campaign: Campaign, cost_fen: int, taken: Taken) -> bool:
    """Whether so much more can be spent; the last fen may be."""
    return campaign.budget_fen is None or taken.cost_fen + cost_fen <= campaign.budget_fen
