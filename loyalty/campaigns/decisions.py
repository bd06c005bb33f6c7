"""How is it decided, once, what a happening earns?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.loyalty_ports import LoyaltyCustomer
from loyalty.campaign_tables import campaign, happening, loyalty_decision
from loyalty.campaigns.drafts import GrantDraft, Winner, draft_grants
from loyalty.campaigns.gathering import Told, build_facts, fetch_customer_and_stars, is_first, is_still_first, read_told
from loyalty.campaigns.giving import give
from loyalty.campaigns.happenings import count_parts
from loyalty.campaigns.live import CampaignShelf, LiveRules
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.notation import write_action
from loyalty.campaigns.uses import Exhausted, fetch_taken, find_uses, take
from loyalty.claiming import unchanged
from loyalty.needs import insert_new
from loyalty.rules.action import Decision
from loyalty.rules.compiling import Rules
from loyalty.rules.decision import decide
from loyalty.rules.facts import Facts, Taken
from loyalty.tables import to_us

ATTEMPTS: Final = 100
"""Each time that something is exhausted, one campaign or reward less is decided about: no happening has as many."""


class _Overtaken(Exception):  # noqa: N818  no error: another is at it
    """Somebody else has the happening, or a campaign changed meanwhile; nothing of the transaction may stand."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A happening that is being decided, with all that is known of it."""

    row: Row[Any]
    told: Told
    facts: Facts
    customer: LoyaltyCustomer


class Decisions:
    """Decides happenings: the engine says what, one transaction writes all of it or nothing."""

    def __init__(self, bureau: Bureau, shelf: CampaignShelf) -> None:
        self._bureau, self._shelf = bureau, shelf

    async def decide(self, row: Row[Any]) -> bool:
        """Decides about a happening that this worker claimed; False where another was faster. Raises BssFault where
        nobody can say whose line it is: then it waits."""
        told = read_told(row)
        if row.back_parts >= count_parts(row):
            return await self._write_nothing(row, "given_back")
        customer, stars = await fetch_customer_and_stars(self._bureau, row.line_id)
        if customer is None:
            return await self._write_nothing(row, "no_line")
        return await self._decide_case(row, told, customer, stars)

    async def _decide_case(self, row: Row[Any], told: Told, customer: LoyaltyCustomer, stars: int) -> bool:
        seen, without, exhausted = set[str](), set[str](), list[dict[str, str]]()
        case = _Case(row, told, build_facts(told, customer, stars, first=True), customer)
        for _ in range(ATTEMPTS):
            live, facts = await self._read(case)
            decision = decide(live.rules, facts, without=without)
            try:
                await self._write(case, decision, exhausted, first=facts.is_first)
            except Exhausted as found:  # what was taken meanwhile is read again; where that says nothing, without it
                if found.whose in seen:
                    without.add(found.whose)
                else:
                    seen.add(found.whose)
                    exhausted.append({"whose": found.whose, "what": found.what})
                continue
            except _Overtaken:
                if not await self._is_mine(row):
                    return False
                continue  # a campaign was switched off, has another version, or was won for the first time meanwhile
            self._bureau.cross("decision.written")
            return True
        raise LookupError("campaigns change as fast as they are decided about")

    async def _read(self, case: _Case) -> tuple[LiveRules, Facts]:
        """The campaigns as they stand now, what was taken of those that may match, and whether it is the first time."""
        async with self._bureau.reading() as connection:
            live = await self._shelf.fetch_live(connection)
            facts = replace(case.facts, is_first=await is_first(connection, case.told))
            taken = await fetch_candidates_taken(connection, live.rules, facts, case.customer.customer_id)
        return live, replace(facts, taken=taken)

    async def _write(self, case: _Case, decision: Decision, exhausted: list[dict[str, str]], *, first: bool) -> None:
        row, bureau = case.row, self._bureau
        bureau.cross("decision.made")
        async with bureau.transaction() as connection:
            if first and not await is_still_first(connection, case.told):
                raise _Overtaken
            await self._close(connection, row)
            await _hold_campaigns(connection, decision)
            uses = find_uses(decision.actions, case.customer.customer_id)
            await take(connection, uses)
            given = [write_action(action) for action in decision.actions]
            await self._write_decision(connection, row, given, exhausted)
            await give(bureau, connection, self._draft(case, decision))

    def _draft(self, case: _Case, decision: Decision) -> list[GrantDraft]:
        row, left = case.row, count_parts(case.row) - case.row.back_parts
        winner = Winner(
            happening_id=row.id,
            line_id=row.line_id,
            account_id=row.account_id,
            package=case.customer.package,
            channel=case.facts.channel,
            earned_on=left,
            left=left,
            now=self._bureau.now(),
            choose_for=self._bureau.rules.choose_for,
        )
        return [draft for action in decision.actions for draft in draft_grants(action, winner)]

    async def _write_nothing(self, row: Row[Any], why: str) -> bool:
        try:
            async with self._bureau.transaction() as connection:
                await self._close(connection, row)
                await self._write_decision(connection, row, [], [{"whose": "", "what": why}])
        except _Overtaken:
            return False
        return True

    async def _close(self, connection: AsyncConnection, row: Row[Any]) -> None:
        """Of all that try, one decides: whose turn it still is."""
        done = {"state": "decided", "free_at_us": None}
        if (await connection.execute(update(happening).where(*unchanged(happening, row)).values(done))).rowcount != 1:
            raise _Overtaken

    async def _write_decision(
        self, connection: AsyncConnection, row: Row[Any], given: list[dict[str, Any]], refused: list[dict[str, str]]
    ) -> None:
        written = {
            "happening_id": row.id,
            "at_us": to_us(self._bureau.now()),
            "given": json.dumps(given),
            "refused": json.dumps(refused),
        }
        if not await insert_new(connection, loyalty_decision, written):
            raise _Overtaken

    async def _is_mine(self, row: Row[Any]) -> bool:
        mine = select(happening.c.id).where(*unchanged(happening, row))
        async with self._bureau.reading() as connection:
            return (await connection.execute(mine)).one_or_none() is not None


async def fetch_candidates_taken(
    connection: AsyncConnection, rules: Rules, facts: Facts, customer_id: str | None
) -> Mapping[str, Taken]:
    """What was taken of the campaigns that may match."""
    candidates = [clause.plan.campaign.id for clause in rules.find_clauses(facts)]
    return await fetch_taken(connection, candidates, customer_id=customer_id) if candidates else {}


async def _hold_campaigns(connection: AsyncConnection, decision: Decision) -> None:
    """Whoever switches one of them off waits for this transaction, and no other grants anything by it afterwards."""
    wanted = {action.campaign.id: action.campaign.version for action in decision.actions}
    if not wanted:
        return
    asked = select(campaign.c.id, campaign.c.version).where(campaign.c.id.in_(wanted), campaign.c.is_on)
    held = await connection.execute(asked.order_by(campaign.c.id).with_for_update(read=True))
    if {row.id: row.version for row in held.all()} != wanted:
        raise _Overtaken
