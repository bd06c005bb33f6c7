"""Which campaigns give what for a happening, and why not the others?"""

from collections import Counter
from collections.abc import Iterator, Set

from loyalty.rules.action import Action, Decision, Draw, Refusal
from loyalty.rules.campaign import Campaign
from loyalty.rules.compiling import Rules
from loyalty.rules.effects import Lottery, Reward, Sentence
from loyalty.rules.facts import Facts
from loyalty.rules.judging import NOTHING_TAKEN, find_offer, judge
from loyalty.rules.limits import is_in_stock
from loyalty.rules.lottery import draw_prize, shuffle_draw
from loyalty.rules.plan import Offer, find_most_cost
from loyalty.rules.stacking import stack


def decide(rules: Rules, facts: Facts, *, explain: bool = False, without: Set[str] = frozenset()) -> Decision:
    """Pure: the same rules and facts give the same decision, in whatever order the campaigns came.

    ``without`` names what the writing transaction found exhausted: ``campaign``, or ``campaign/reward``. ``explain``
    adds a refusal for every other campaign of the kind (a look at each: slow).
    """
    if explain:
        return _explain(rules, facts, without)
    offers = []
    for clause in rules.find_clauses(facts):
        plan = clause.plan
        verdict = find_offer(plan, facts, without) if clause.is_exact else judge(plan, facts, without)
        if isinstance(verdict, Offer):
            offers.append(verdict)
    return Decision(tuple(decide_action(offer, facts, without) for offer, rival in stack(offers) if rival is None))


def _explain(rules: Rules, facts: Facts, without: Set[str]) -> Decision:
    offers, refusals, actions = [], [], []
    for plan in rules.of_kind(facts.kind):
        verdict = judge(plan, facts, without)
        if isinstance(verdict, Offer):
            offers.append(verdict)
        else:
            refusals.append(Refusal(plan.campaign, verdict))
    for offer, rival in stack(offers):
        if rival is None:
            actions.append(decide_action(offer, facts, without))
        else:
            refusals.append(Refusal(offer.campaign, Sentence("excluded_by", (("campaign", rival.campaign.id),))))
    return Decision(tuple(actions), tuple(sorted(refusals, key=lambda refusal: refusal.campaign.id)))


def decide_action(offer: Offer, facts: Facts, without: Set[str] = frozenset()) -> Action:
    """What an offer comes to: a choice that was made or is pending, prizes drawn."""
    if offer.action is not None:
        return offer.action
    campaign = offer.campaign
    given, options = _choose(offer, facts.chosen.get(campaign.id))
    draws = tuple(_draw_all(campaign, given, facts, without))
    prizes = [campaign.find_reward(draw.prize) for draw in draws if draw.prize is not None]
    dearest_fen = max((find_most_cost(campaign, option) for option in options), default=0)
    return Action(
        campaign=campaign,
        tier_from_fen=offer.tier.from_fen,
        rewards=(*(reward for reward in given if not isinstance(reward.effect, Lottery)), *prizes),
        options=options,
        draws=draws,
        gone=offer.gone,
        cost_fen=dearest_fen + sum(reward.cost_fen for reward in (*given, *prizes)),
        reasons=(offer.tier.sentence, *_find_reasons(offer, facts)),
    )


def _choose(offer: Offer, chosen: str | None) -> tuple[tuple[Reward, ...], tuple[Reward, ...]]:
    """What is given, and what may be chosen. What is the only one left needs no choosing."""
    if not offer.tier.is_choice or len(offer.available) == 1:
        return offer.available, ()
    for reward in offer.available:
        if reward.key == chosen:
            return (reward,), ()
    return (), offer.available


def _draw_all(campaign: Campaign, given: tuple[Reward, ...], facts: Facts, without: Set[str]) -> Iterator[Draw]:
    """What is given beside the lotteries, or was won by the one before, is no longer in stock."""
    taken = facts.taken.get(campaign.id, NOTHING_TAKEN)
    here = Counter(reward.key for reward in given)
    for reward in given:
        if not isinstance(reward.effect, Lottery):
            continue
        number = shuffle_draw(facts.draw, f"{campaign.id}/{reward.key}")
        key = draw_prize(reward.effect, number)
        if key is None:
            yield Draw(reward.key, number, None)
        elif is_in_stock(campaign, campaign.find_reward(key), taken, without, given_here=here[key]):
            here[key] += 1
            yield Draw(reward.key, number, key)
        else:
            yield Draw(reward.key, number, None, is_gone=True)


def _find_reasons(offer: Offer, facts: Facts) -> Iterator[Sentence]:
    """What the campaign asks and the facts answer, in its order."""
    if offer.reasons is not None:
        yield from offer.reasons
        return
    for group in offer.campaign.groups:
        yield from (condition.sentence for condition in group.conditions if condition.holds(facts))
