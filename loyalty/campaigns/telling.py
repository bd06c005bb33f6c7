"""What is a customer told by text of a reward that was won, chosen, or sent?

Nobody is told of a reward whose line changed hands, and no text holds a voucher's code: it says where that is seen.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import reward_grant
from loyalty.campaigns.drafts import GrantDraft
from loyalty.campaigns.money_steps import Part
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.notation import parse_reward
from loyalty.notices import LineNotice
from loyalty.points.policies import find_business_day
from loyalty.rules.effects import Code
from loyalty.tables import from_us

GRANTED: Final = "reward_granted"
CHOICE: Final = "reward_choice"
SENT: Final = "reward_sent"


async def tell_draft(bureau: Bureau, connection: AsyncConnection, draft: GrantDraft) -> None:
    """In the transaction that writes a grant: what is given with it, or that there is something to choose."""
    row, reward = draft.row, draft.reward
    if bureau.teller is None:
        return
    if row["state"] == "choosing":
        until = find_business_day(from_us(row["choose_until_us"])).isoformat()
        name = ("", "") if reward is None else (reward.name_zh, reward.name_en)
        told = LineNotice(CHOICE, row["id"], row["line_id"], name, {"until": until, "address": reward is not None})
    elif row["state"] == "granted" and reward is not None and (draft.points or isinstance(reward.effect, Code)):
        facts = {"kind": "points" if draft.points else "code", "points": draft.points}
        told = LineNotice(GRANTED, row["id"], row["line_id"], (reward.name_zh, reward.name_en), facts)
    else:
        return
    await bureau.teller.tell(connection, told)


async def tell_money(bureau: Bureau, connection: AsyncConnection, row: Row[Any], parts: Sequence[Part]) -> None:
    """In the transaction that says that the operator gave these parts together."""
    first, last = parts[0].on_day, parts[-1].on_day
    frozen = first > find_business_day(bureau.now()) or last > first
    facts = {
        "kind": "money",
        "amount_fen": sum(part.net_fen for part in parts),
        "begins": first.isoformat() if frozen else None,
        "parts": len(parts),
    }
    await _tell_grant(
        bureau, connection, row, LineNotice(GRANTED, str(parts[0].reference), row.line_id, ("", ""), facts)
    )


async def tell_pack(bureau: Bureau, connection: AsyncConnection, *, row: Row[Any], tracking: str | None) -> None:
    """In the transaction that says that the line has it, under the operator's name ``tracking`` for it, if any."""
    facts = {"kind": "pack", "tracking": tracking}
    await _tell_grant(bureau, connection, row, LineNotice(GRANTED, row.id, row.line_id, ("", ""), facts))


async def tell_sent(bureau: Bureau, connection: AsyncConnection, *, row: Row[Any], tracking: str | None) -> None:
    """In the transaction that says so: goods are on their way, or there. Told once."""
    told = LineNotice(SENT, row.id, row.line_id, ("", ""), {"tracking": tracking})
    await _tell_grant(bureau, connection, row, told)


async def _tell_grant(bureau: Bureau, connection: AsyncConnection, row: Row[Any], told: LineNotice) -> None:
    """Under the reward's name. The caller holds the grant: whoever hides it from the line's next holder waits for this
    transaction, and drops what was not told by then."""
    if bureau.teller is None:
        return
    hidden = select(reward_grant.c.is_hidden).where(reward_grant.c.id == row.id)
    if not (await connection.execute(hidden)).scalar_one():
        reward = parse_reward(row.reward)
        await bureau.teller.tell(connection, replace(told, name=(reward.name_zh, reward.name_en)))
