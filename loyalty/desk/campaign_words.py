"""How does a campaign appear at the desk, in the graph's words?"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.loyalty_desk import (
    CampaignCriteria,
    CampaignFault,
    CampaignTrial,
    RewardStock,
    StandingCampaign,
)
from graphql_schema.types.promotion import Promotion, PromotionTrigger, RuleParameter, RuleSentence
from loyalty.campaigns.document_text import Fault
from loyalty.campaigns.money_rows import from_fen
from loyalty.campaigns.simulation import Simulation
from loyalty.campaigns.view import tell_promotion
from loyalty.desk.past import Past
from loyalty.desk.versions import CampaignRow, tell_version
from loyalty.rules.campaign import Campaign, CriteriaGroup, Relation
from loyalty.rules.effects import Sentence
from loyalty.rules.facts import HappeningKind, Taken
from loyalty.tables import from_us


def tell_campaign(campaign: Campaign, taken: Taken, *, currency: str) -> Promotion:
    """As its customers see it, for the first of the things that it rewards."""
    trigger = next(each for each in PromotionTrigger if HappeningKind(each.value) in campaign.kinds)
    return tell_promotion(campaign, taken, trigger=trigger, currency=currency)


def tell_standing(found: CampaignRow, campaign: Campaign, taken: Taken, *, currency: str) -> StandingCampaign:
    """A campaign as it stands; ``campaign`` is the version that counts, or the newest where none does."""
    row, newest = found.row, found.newest
    return StandingCampaign(
        promotion=tell_campaign(campaign, taken, currency=currency),
        on=row.is_on,
        live_version=row.version or None,
        waiting=tell_version(newest) if newest.version > row.version else None,
        any_group=campaign.relation is Relation.ANY,
        criteria=[_tell_group(group) for group in campaign.groups],
        switched_by=row.switched_by,
        switched_at=from_us(row.switched_at_us),
        grants=taken.total,
        most_grants=campaign.limits.total,
        cost=from_fen(taken.cost_fen, currency),
        budget=None if campaign.budget_fen is None else from_fen(campaign.budget_fen, currency),
        stock=_tell_stock(campaign, taken.stock),
    )


def tell_faults(faults: Iterable[Fault]) -> list[CampaignFault]:
    """Each with its line and code."""
    return [
        CampaignFault(
            line=fault.line, pointer=fault.pointer, code=fault.code, parameters=_tell_parameters(fault.parameters)
        )
        for fault in faults
    ]


def tell_trial(campaign: Campaign, past: Past, simulated: Simulation, *, currency: str) -> CampaignTrial:
    """What this one would have done."""
    outcome = simulated.campaigns[campaign.id]
    return CampaignTrial(
        month=past.month.first_day,
        happenings=past.count,
        looked_at=simulated.happenings,
        grants=outcome.grants,
        winners=outcome.winners,
        cost=from_fen(outcome.cost_fen, currency),
        budget=None if campaign.budget_fen is None else from_fen(campaign.budget_fen, currency),
        budget_ended_at=outcome.budget_ended_at,
        rewards=_tell_stock(campaign, outcome.rewards),
    )


def move_into(campaign: Campaign, past: Past) -> Campaign:
    """The campaign as though it had run all of that month, switched on."""
    exceptions = tuple(replace(each, begins_at=None) for each in campaign.exceptions)
    begins_at, ends_at = past.month.starts_at, past.month.ends_at
    return replace(campaign, is_on=True, exceptions=exceptions, begins_at=begins_at, ends_at=ends_at)


def _tell_group(group: CriteriaGroup) -> CampaignCriteria:
    sentences = [_tell_sentence(condition.sentence) for condition in group.conditions]
    return CampaignCriteria(any_one=group.relation is Relation.ANY, conditions=sentences)


def _tell_sentence(sentence: Sentence) -> RuleSentence:
    return RuleSentence(key=sentence.key, parameters=_tell_parameters(sentence.parameters))


def _tell_parameters(parameters: Iterable[tuple[str, str]]) -> list[RuleParameter]:
    return [RuleParameter(name=name, value=value) for name, value in parameters]


def _tell_stock(campaign: Campaign, given: Mapping[str, int]) -> list[RewardStock]:
    return [
        RewardStock(
            key=reward.key,
            name=LocalizedText(zh=reward.name_zh, en=reward.name_en),
            given=given.get(reward.key, 0),
            stock=reward.stock,
        )
        for reward in campaign.rewards
    ]
