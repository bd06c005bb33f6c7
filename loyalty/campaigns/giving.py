"""How does a grant come into the tables, with what is ours to give at once: points and codes?"""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import grant_part, reward_grant
from loyalty.campaigns.drafts import GrantDraft
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.telling import tell_draft
from loyalty.campaigns.uses import STOCK, Exhausted, Use
from loyalty.points.answers import Kind
from loyalty.points.earning import Earning, earn_many
from loyalty.rewards.codes import hand_out_code

POINTS_ELSEWHERE = "points_elsewhere"


async def give(bureau: Bureau, connection: AsyncConnection, drafts: list[GrantDraft]) -> None:
    """Writes new grants in the caller's transaction. Raises Exhausted where a batch has no code left: then the
    transaction must be undone."""
    for draft in drafts:
        await connection.execute(insert(reward_grant).values(settle_points(bureau, draft)))
        if draft.row["state"] == "choosing":
            await tell_draft(bureau, connection, draft)
    await give_at_once(bureau, connection, drafts)


async def give_at_once(bureau: Bureau, connection: AsyncConnection, drafts: list[GrantDraft]) -> None:
    """Parts, codes and points of grants whose rows stand, in the caller's transaction; and who won them is told."""
    for draft in drafts:
        if draft.parts:
            await connection.execute(insert(grant_part), [dict(part) for part in draft.parts])
    for draft in sorted((draft for draft in drafts if draft.batch), key=lambda draft: draft.batch or ""):
        await _hand_out_code(bureau, connection, draft)
    await _earn_points(bureau, connection, drafts)
    for draft in drafts:
        if draft.batch or (draft.points and bureau.policies is not None):
            await tell_draft(bureau, connection, draft)


def name_points(grant_id: str) -> str:
    """The ledger's event of the points that a grant gave."""
    return f"grant:{grant_id}"


def settle_points(bureau: Bureau, draft: GrantDraft) -> dict[str, Any]:
    """The row as it can be written. Points that live elsewhere can't be given by us: the grant says so instead of
    promising them."""
    if draft.points and bureau.policies is None:
        return draft.row | {"state": "refused", "failure": POINTS_ELSEWHERE}
    return draft.row


async def _hand_out_code(bureau: Bureau, connection: AsyncConnection, draft: GrantDraft) -> None:
    row = draft.row
    if not await hand_out_code(connection, draft.batch or "", to=row["id"], now=bureau.now()):
        raise Exhausted(Use(row["campaign_id"], STOCK, row["reward_key"], 1))


async def _earn_points(bureau: Bureau, connection: AsyncConnection, drafts: list[GrantDraft]) -> None:
    """All of a happening in one go: the ledger takes one of the house's accounts in hand for them, so that no two
    transactions wait for each other."""
    if bureau.policies is None:
        return
    earnings = [
        Earning(name_points(draft.row["id"]), draft.row["line_id"], draft.points, Kind.REWARD, draft.row["id"])
        for draft in drafts
        if draft.points
    ]
    await earn_many(connection, earnings, bureau.policies, now=bureau.now())
