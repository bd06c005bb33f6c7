"""Which campaigns run, what would a recharge earn, and what was won?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import Delivery
from graphql_schema.problems import NotFound
from graphql_schema.types.money import Money
from graphql_schema.types.promotion import ExpectedReward, Grant, Promotion, PromotionTrigger, RewardForecast
from loyalty.campaign_tables import reward_grant
from loyalty.campaigns.choosing import Choices
from loyalty.campaigns.decisions import fetch_candidates_taken
from loyalty.campaigns.drafts import find_tiers
from loyalty.campaigns.gathering import Told, build_facts, fetch_customer_and_stars, is_first
from loyalty.campaigns.live import CampaignShelf, LiveRules
from loyalty.campaigns.money_rows import from_fen, to_fen
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.rows import fetch_parts
from loyalty.campaigns.uses import fetch_taken
from loyalty.campaigns.view import NOTHING_TAKEN, GrantRows, tell_expected, tell_grant, tell_promotion
from loyalty.rewards.codes import fetch_codes
from loyalty.rules.action import Action
from loyalty.rules.campaign import Campaign, Relation
from loyalty.rules.condition import Between, Condition, Listed, Measured, OneOf
from loyalty.rules.decision import decide
from loyalty.rules.facts import Facts, HappeningKind, Taken

LASTING: Final = frozenset({Listed.PACKAGE, Listed.REGION, Measured.TENURE, Measured.STARS})
TIERS_TRIED: Final = 40
"""Amounts that are tried at most to say where more would be won."""


class SqlPromotions:
    """The ``Promotions`` of graphql_schema.loyalty_ports over SQL."""

    def __init__(self, bureau: Bureau, shelf: CampaignShelf) -> None:
        self._bureau, self._shelf, self._choices = bureau, shelf, Choices(bureau, shelf)

    async def fetch_promotions(self, line_id: str | None) -> Sequence[Promotion]:
        """Those that run now, soonest to end first; for a line those are left out that its package, region, tenure or
        stars can never meet. Raises BssFault."""
        now = self._bureau.now()
        facts = None if line_id is None else await self._gather(line_id, 0, "", now=now)
        async with self._bureau.reading() as connection:
            live = await self._shelf.fetch_live(connection)
            taken = await fetch_taken(connection, list(live.campaigns), customer_id=None)
        running = [each for each in live.campaigns.values() if _has_begun(each, now) and now < each.ends_at]
        possible = [each for each in running if facts is None or _could_be_for(each, facts[0])]
        currency = self._bureau.rules.currency
        return [
            tell_promotion(each, taken.get(each.id, NOTHING_TAKEN), trigger=_find_trigger(each), currency=currency)
            for each in sorted(possible, key=lambda each: (each.ends_at, each.id))
        ]

    async def expect(self, line_id: str, amount: Money, *, channel: Channel) -> RewardForecast:
        """What a recharge of so much would earn now: the decision that it would meet, with nothing written. Raises
        NotFound, BssFault."""
        gathered = await self._gather(line_id, to_fen(amount), channel.value, now=self._bureau.now())
        if gathered is None:
            raise NotFound
        facts, customer_id = gathered
        async with self._bureau.reading() as connection:
            live = await self._shelf.fetch_live(connection)
            more = _find_amounts(live, facts)
            most = replace(facts, amount_fen=max((facts.amount_fen, *more)))
            taken = await fetch_candidates_taken(connection, live.rules, most, customer_id)
        facts = replace(facts, taken=taken)
        actions = decide(live.rules, facts).actions
        more_from = next((fen for fen in more if _is_more(live, facts, fen, actions)), None)
        currency = self._bureau.rules.currency
        return RewardForecast(
            amount=amount,
            rewards=self._tell_all(actions, taken),
            more_from=None if more_from is None else from_fen(more_from, currency),
        )

    async def fetch_grants(self, line_id: str, *, limit: int) -> Sequence[Grant]:
        """What the line won, newest first."""
        newest = (reward_grant.c.at_us.desc(), reward_grant.c.id)
        mine = (reward_grant.c.line_id == line_id, reward_grant.c.is_hidden.is_(False))
        asked = select(reward_grant).where(*mine).order_by(*newest).limit(limit)
        async with self._bureau.reading() as connection:
            return await self._tell_grants(connection, (await connection.execute(asked)).all())

    async def fetch_grant(self, line_id: str, grant_id: str) -> Grant:
        """One of them, however old. Raises NotFound."""
        mine = (reward_grant.c.line_id == line_id, reward_grant.c.is_hidden.is_(False))
        asked = select(reward_grant).where(*mine, reward_grant.c.id == grant_id)
        async with self._bureau.reading() as connection:
            for grant in await self._tell_grants(connection, (await connection.execute(asked)).all()):
                return grant
        raise NotFound

    async def choose(self, deed: Deed, grant_id: str, reward_key: str, *, to: Delivery | None) -> Grant:
        """Chooses one of a grant's options; the first choice counts. Raises NotFound, RedemptionRefused, BadArgument
        where goods have no delivery."""
        row = await self._choices.choose(deed, grant_id, reward_key, to=to)
        async with self._bureau.reading() as connection:
            return (await self._tell_grants(connection, [row]))[0]

    async def _gather(self, line_id: str, amount_fen: int, channel: str, *, now: datetime) -> tuple[Facts, str] | None:
        """The facts of a recharge that did not happen. Its draw is no draw: what a lottery would give is not told."""
        customer, stars = await fetch_customer_and_stars(self._bureau, line_id)
        if customer is None:
            return None
        told = Told("", HappeningKind.RECHARGE, line_id, now, amount_fen, channel, None, 0, {})
        async with self._bureau.reading() as connection:
            first = await is_first(connection, replace(told, at=now + datetime.resolution))
        return build_facts(told, customer, stars, first=first), customer.customer_id

    def _tell_all(self, actions: Sequence[Action], taken: Mapping[str, Taken]) -> list[ExpectedReward]:
        rules = self._bureau.rules
        return [tell_expected(action, taken.get(action.campaign.id, NOTHING_TAKEN), rules) for action in actions]

    async def _tell_grants(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Grant]:
        parts: dict[str, list[Row[Any]]] = {row.id: [] for row in rows}
        for part in await fetch_parts(connection, list(parts)):
            parts[part.grant_id].append(part)
        coded = [row.id for row in rows if row.effect == "code"]
        codes = await fetch_codes(connection, self._bureau.seal, given_to=coded)
        told = list[Grant]()
        for row in rows:
            campaign = await self._shelf.fetch_version(connection, row.campaign_id, row.version)
            known = GrantRows(row, parts[row.id], campaign, codes.get(row.id))
            told.append(tell_grant(known, self._bureau.rules, self._bureau.now()))
        return told


def _has_begun(campaign: Campaign, now: datetime) -> bool:
    """Somewhere: a channel may have a start of its own."""
    begins = [each.begins_at for each in campaign.exceptions if each.begins_at is not None]
    return min((campaign.begins_at, *begins)) <= now


def _find_trigger(campaign: Campaign) -> PromotionTrigger:
    """The first of the things that it rewards, in the order of the words."""
    return next(trigger for trigger in PromotionTrigger if HappeningKind(trigger.value) in campaign.kinds)


def _could_be_for(campaign: Campaign, facts: Facts) -> bool:
    """Whether what stays as it is about a line, its package, region, tenure and stars, leaves the campaign possible."""
    groups = [
        (all if group.relation is Relation.ALL else any)(_could_hold(each, facts) for each in group.conditions)
        for group in campaign.groups
    ]
    return not groups or (all if campaign.relation is Relation.ALL else any)(groups)


def _could_hold(condition: Condition, facts: Facts) -> bool:
    lasting = isinstance(condition, (OneOf, Between)) and condition.what in LASTING
    return not lasting or condition.holds(facts)


def _find_amounts(live: LiveRules, facts: Facts) -> list[int]:
    """Above this amount, where any campaign of recharges has a tier, ascending."""
    tiers = {
        tier.from_fen
        for campaign in live.campaigns.values()
        if facts.kind in campaign.kinds
        for tier in find_tiers(campaign, facts.channel)
    }
    return sorted(fen for fen in tiers if fen > facts.amount_fen)[:TIERS_TRIED]


def _is_more(live: LiveRules, facts: Facts, amount_fen: int, actions: Sequence[Action]) -> bool:
    """Whether so much would earn something else, from a tier that is not reached yet."""
    reached = {(action.campaign.id, action.tier_from_fen) for action in actions}
    there = decide(live.rules, replace(facts, amount_fen=amount_fen)).actions
    new = {(action.campaign.id, action.tier_from_fen) for action in there} - reached
    return any(tier_fen > facts.amount_fen for _, tier_fen in new)
