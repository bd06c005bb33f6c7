"""What was taken of a campaign's limits, budget and stock, and can one more be?

Only here the last word is said: each is one statement that takes nothing where it would be too much. All are taken in
one order, so that no two transactions wait for each other.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import campaign_use
from loyalty.rules.action import Action
from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import Reward
from loyalty.rules.facts import Taken

COUNT, COST, CUSTOMER, STOCK = "count", "cost", "customer", "stock"


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """``used`` more of what a campaign may give; ``most`` is how much that may be in all (below nothing: no end)."""

    campaign_id: str
    kind: str
    name: str
    used: int
    most: int = -1


class Exhausted(Exception):  # noqa: N818  an expected answer, as a refusal is
    """Somebody else was faster. ``whose`` is what the engine is to do ``without``: ``campaign``, or
    ``campaign/reward``."""

    def __init__(self, use: Use) -> None:
        whose = f"{use.campaign_id}/{use.name}" if use.kind == STOCK else use.campaign_id
        super().__init__(whose)
        self.whose, self.what = whose, use.kind


def find_uses(actions: Iterable[Action], customer_id: str) -> list[Use]:
    """Everything that these take, in the order in which everybody takes it."""
    return sorted(use for action in actions for use in _find_of_action(action, customer_id))


def find_stock_uses(campaign: Campaign, rewards: Iterable[Reward]) -> list[Use]:
    """One of each that is stocked; what has no end is counted too, for whoever wants to know."""
    return sorted(
        Use(campaign.id, STOCK, reward.key, 1, -1 if reward.stock is None else reward.stock) for reward in rewards
    )


async def take(connection: AsyncConnection, uses: Iterable[Use]) -> None:
    """Takes them in the caller's transaction. Raises Exhausted: then the transaction must be undone."""
    for use in uses:
        if use.used and not await _take_one(connection, use):
            raise Exhausted(use)


async def hold_cost(connection: AsyncConnection, campaign_id: str) -> None:
    """Takes the budget in hand before the stock, as everybody does, for whoever gives some of it back afterwards."""
    await give_back_cost(connection, campaign_id, 0)


async def give_back_cost(connection: AsyncConnection, campaign_id: str, cost_fen: int) -> None:
    """What was set apart for the dearest of a choice, and a cheaper one was chosen."""
    table = campaign_use
    mine = (table.c.campaign_id == campaign_id, table.c.kind == COST, table.c.name == "")
    await connection.execute(update(table).where(*mine).values(used=table.c.used - cost_fen))


async def fetch_taken(
    connection: AsyncConnection, campaign_ids: Collection[str], *, customer_id: str | None
) -> Mapping[str, Taken]:
    """What was taken of these, and by this customer (None: nobody's count). Each row is named by its key: those of the
    other customers, of whom there are as many as ever won, are not looked at."""
    table, given = campaign_use, campaign_use.c.campaign_id.in_(campaign_ids)
    asked = [select(table).where(given, table.c.kind.in_((COUNT, COST, STOCK)))]
    if customer_id is not None:
        asked.append(select(table).where(given, table.c.kind == CUSTOMER, table.c.name == customer_id))
    read: dict[str, dict[str, Any]] = {}
    for row in (await connection.execute(union_all(*asked))).all():
        mine = read.setdefault(row.campaign_id, {"stock": {}})
        if row.kind == STOCK:
            mine["stock"][row.name] = row.used
        else:
            mine[_FIELDS[row.kind]] = row.used
    return {campaign_id: Taken(**fields) for campaign_id, fields in read.items()}


_FIELDS = {COUNT: "total", COST: "cost_fen", CUSTOMER: "of_customer"}


def _find_of_action(action: Action, customer_id: str) -> list[Use]:
    campaign = action.campaign
    limits = campaign.limits
    return [
        Use(campaign.id, COUNT, "", 1, _end(limits.total)),
        Use(campaign.id, CUSTOMER, customer_id, 1, _end(limits.of_customer)),
        Use(campaign.id, COST, "", action.cost_fen, _end(campaign.budget_fen)),
        *find_stock_uses(campaign, (*action.rewards, *(campaign.find_reward(draw.lottery) for draw in action.draws))),
    ]


def _end(most: int | None) -> int:
    return -1 if most is None else most


async def _take_one(connection: AsyncConnection, use: Use) -> bool:
    if 0 <= use.most < use.used:
        return False
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    first = {"campaign_id": use.campaign_id, "kind": use.kind, "name": use.name, "used": use.used}
    more = campaign_use.c.used + use.used
    statement = insert(campaign_use).values(first)
    taken = statement.on_conflict_do_update(
        index_elements=["campaign_id", "kind", "name"],
        set_={"used": more},
        where=None if use.most < 0 else more <= use.most,
    )
    done: CursorResult[Any] = await connection.execute(taken)
    return done.rowcount == 1
