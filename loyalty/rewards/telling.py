"""What is a customer told by text of a redemption that went on after its answer?"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.reward import RewardKind
from loyalty.notices import LineNotice
from loyalty.rewards.needs import Mall
from loyalty.rewards.view import read_kept_item

NOTICES: Final[Mapping[str, str]] = {
    "done": "redemption_done",
    "sent": "redemption_sent",
    "released": "redemption_released",
}


async def tell_ended(mall: Mall, connection: AsyncConnection, row: Row[Any]) -> None:
    """In the transaction that brought it into its state, once for each. Goods that arrived are not told of again: they
    are there. Nobody is told where the line changed hands."""
    arrived = row.kind == RewardKind.GOODS.value and row.state == "done" and bool(row.tracking)
    if mall.teller is None or row.line_id is None or arrived:
        return
    item = read_kept_item(row)
    facts = {"points": row.points, "tracking": row.tracking}
    told = LineNotice(NOTICES[row.state], row.id, row.line_id, (item.name_zh, item.name_en), facts)
    await mall.teller.tell(connection, told)
