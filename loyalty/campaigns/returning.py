"""What becomes of rewards when what earned them is given back, or the customer leaves early?

The rule of how much may be kept stands in ladder.py. What is not kept goes in this order (ADR 14): parts that were not
released never come, money that is not spent goes back, points leave the lot that they came in, then others, and what is
missing of points is owed. Packs, goods and codes that the operator was asked for stay; those that it was not asked for
yet never come. The workers do it, in the turn of each grant: here it is only written down what may be kept, in the
transaction in which the recharge itself goes back.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import happening, reward_grant
from loyalty.campaigns.drafts import find_tiers
from loyalty.campaigns.gathering import read_told
from loyalty.campaigns.happenings import count_parts
from loyalty.campaigns.ladder import Won, build_ladder, find_kept, find_quantity, is_divisible, parse_ladder
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.notation import parse_rewards, render_rewards
from loyalty.points.policies import find_business_day
from loyalty.rules.effects import Reward
from loyalty.tables import to_us

OVER = ("refused", "not_won", "taken_back")
DIVISIBLE = ("money", "frozen_money", "points")


class Returns:
    """Writes down what may be kept. Whoever is at a grant meanwhile loses its turn, and writes nothing any more."""

    def __init__(self, bureau: Bureau, shelf: CampaignShelf) -> None:
        self._bureau, self._shelf = bureau, shelf

    async def take_back_for(self, connection: AsyncConnection, happening_id: str, *, back_fen: int | None) -> bool:
        """``back_fen`` of what happened was given back, in all and so far (None: all of it, whatever it was). In the
        caller's transaction; told again it changes nothing. False: nobody knows of it, or nothing is new.

        What is not decided yet is decided about what is left of it.
        """
        found = await _write_back(connection, happening_id, back_fen, now_us=to_us(self._bureau.now()))
        if found is None:
            return False
        for grant in await _hold_grants(connection, reward_grant.c.happening_id == happening_id):
            await self._reduce(connection, grant, found)
        return True

    async def take_back_on_leaving(self, connection: AsyncConnection, line_id: str, *, package: str | None) -> int:
        """The line was closed (``package`` None), or gave this package up: whatever it won within its campaign's months
        goes back. In the caller's transaction; of how many rewards."""
        today = find_business_day(self._bureau.now()).isoformat()
        mine = (reward_grant.c.line_id == line_id) & (reward_grant.c.clawback_until >= today)
        if package is not None:
            mine &= reward_grant.c.package == package
        grants = await _hold_grants(connection, mine)
        for grant in grants:
            await self._keep(connection, grant, 0)
        return len(grants)

    async def _reduce(self, connection: AsyncConnection, grant: Row[Any], found: Row[Any]) -> None:
        left = count_parts(found) - found.back_parts
        if grant.reward_key is None:
            await self._narrow(connection, grant, found, left)
            return
        divisible, ladder = grant.effect in DIVISIBLE, parse_ladder(grant.ladder)
        kept = find_kept(grant.quantity, ladder, divisible=divisible, left=left, earned_on=grant.earned_on)
        await self._keep(connection, grant, min(kept, grant.kept))

    async def _keep(self, connection: AsyncConnection, grant: Row[Any], kept: int) -> None:
        """No more than that may be kept; a worker sees to it."""
        if kept == grant.kept:
            return
        now_us = to_us(self._bureau.now())
        changed = {"kept": kept, "turn": grant.turn + 1, "changed_at_us": now_us}
        if grant.state == "choosing":
            over = {"state": "taken_back", "free_at_us": None, "ended_at_us": now_us, "delivery": ""}
            changed |= over if kept == 0 else {}
        elif grant.effect in DIVISIBLE:
            changed |= {"state": "taking_back", "free_at_us": now_us, "ended_at_us": None, "attempts": 0}
        elif grant.state == "granting":
            changed |= {"free_at_us": now_us, "attempts": 0}
        await connection.execute(update(reward_grant).where(reward_grant.c.id == grant.id).values(changed))

    async def _narrow(self, connection: AsyncConnection, grant: Row[Any], found: Row[Any], left: int) -> None:
        """Of a choice only that can still be chosen which would be kept."""
        campaign = await self._shelf.fetch_version(connection, grant.campaign_id, grant.version)
        tiers = find_tiers(campaign, read_told(found).channel)

        def stays(option: Reward) -> bool:
            won, quantity = Won(option, option.key, find_quantity(option.effect)), find_quantity(option.effect)
            ladder = build_ladder(campaign, tiers, won, reached_fen=grant.tier_from_fen)
            divisible = is_divisible(option.effect)
            return find_kept(quantity, ladder, divisible=divisible, left=left, earned_on=grant.earned_on) > 0

        options = [option for option in parse_rewards(grant.options) if stays(option)]
        if not options:
            await self._keep(connection, grant, 0)
            return
        changed = {"options": render_rewards(options), "turn": grant.turn + 1}
        await connection.execute(update(reward_grant).where(reward_grant.c.id == grant.id).values(changed))


async def _write_back(
    connection: AsyncConnection, happening_id: str, back_fen: int | None, *, now_us: int
) -> Row[Any] | None:
    """The happening as it then stands; None where no more of it was given back than before. Who decides about it at
    this moment loses its turn, and decides again about what is left."""
    table = happening
    asked = select(table).where(table.c.id == happening_id).with_for_update()
    found = (await connection.execute(asked)).one_or_none()
    if found is None:
        return None
    parts = count_parts(found)
    back_parts = parts if back_fen is None else min(back_fen, parts)
    if back_parts <= found.back_parts:
        return None
    changed = {"back_parts": back_parts, "turn": found.turn + 1}
    if found.state == "waiting":
        changed["free_at_us"] = now_us
    mine = table.c.id == happening_id
    return (await connection.execute(update(table).where(mine).values(changed).returning(*table.c))).one()


async def _hold_grants(connection: AsyncConnection, mine: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Those that are not over, in the order in which everybody takes them."""
    asked = select(reward_grant).where(mine, reward_grant.c.state.not_in(OVER)).order_by(reward_grant.c.id)
    return (await connection.execute(asked.with_for_update())).all()
