"""What do an item and a redemption say to a customer?"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.engine import Row

from graphql_schema.loyalty_ports import Delivery
from graphql_schema.types.line import mask_number
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.reward import (
    MaskedDelivery,
    Redemption,
    RedemptionObstacle,
    RedemptionState,
    RewardItem,
    RewardKind,
)
from loyalty.points.policies import find_business_day
from loyalty.rewards.deliveries import open_delivery
from loyalty.rewards.items import WantedItem, from_facts
from loyalty.rewards.needs import Mall
from loyalty.tables import from_us

SHOWN_AS: Final[Mapping[str, RedemptionState]] = {
    "held": RedemptionState.WORKING,
    "fulfilling": RedemptionState.WORKING,
    "sent": RedemptionState.SENT,
    "done": RedemptionState.DONE,
    "released": RedemptionState.RELEASED,
    "returning": RedemptionState.RETURNING,
    "returned": RedemptionState.RETURNED,
}
UNDER_WAY: Final = frozenset({"held", "fulfilling", "sent"})
SHOWN_OF_ADDRESS: Final = 6
"""Characters: a province and a city, and no street."""


def show_item(
    item: WantedItem, *, left: int | None, currency: str, obstacles: Sequence[RedemptionObstacle] = ()
) -> RewardItem:
    """An item of the mall; ``left`` None: there is no end to it."""
    return RewardItem(
        code=item.code,
        kind=item.kind,
        points=item.points,
        name=LocalizedText(zh=item.name_zh, en=item.name_en),
        terms=LocalizedText(zh=item.terms_zh, en=item.terms_en),
        amount=to_money(item, currency),
        offering_id=item.offering_id,
        left=left,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        per_month=item.per_month,
        on=item.is_on,
        obstacles=list(obstacles),
    )


def tell(mall: Mall, row: Row[Any], *, voucher_code: str | None = None) -> Redemption:
    """A redemption as its owner sees it."""
    item = read_kept_item(row)
    return Redemption(
        id=row.id,
        code=row.code,
        kind=item.kind,
        name=LocalizedText(zh=item.name_zh, en=item.name_en),
        terms=LocalizedText(zh=item.terms_zh, en=item.terms_en),
        amount=to_money(item, mall.rules.currency),
        points=row.points,
        state=SHOWN_AS[row.state],
        began_at=from_us(row.began_at_us),
        done_at=None if row.done_at_us is None else from_us(row.done_at_us),
        usable_until=find_usable_until(item, from_us(row.began_at_us)),
        voucher_code=voucher_code,
        tracking=row.tracking,
        delivery=_mask(open_delivery(mall.seal, row.delivery)) if row.delivery else None,
        returnable_until=find_returnable_until(mall, row),
        failure=row.failure,
        late=_is_late(mall, row),
    )


def read_kept_item(row: Row[Any]) -> WantedItem:
    """The item as it was when it was chosen."""
    return from_facts(json.loads(row.item))


def to_money(item: WantedItem, currency: str) -> Money | None:
    """What an item gives of balance."""
    return None if item.amount_fen is None else Money(amount=Decimal(item.amount_fen) / 100, currency=currency)


def find_usable_until(item: WantedItem, began_at: datetime) -> date | None:
    """The last business day of granted balance; None: it has no end of its own."""
    return None if item.valid_days is None else find_business_day(began_at) + timedelta(days=item.valid_days)


def find_returnable_until(mall: Mall, row: Row[Any]) -> datetime | None:
    """Until when goods that arrived can be given back."""
    if row.kind != RewardKind.GOODS.value or row.state != "done" or row.done_at_us is None:
        return None
    return from_us(row.done_at_us) + mall.rules.returnable_for


def _mask(to: Delivery) -> MaskedDelivery:
    person = to.person[:1] + "*" * max(1, len(to.person) - 1)
    return MaskedDelivery(person=person, number=mask_number(to.number), address=_mask_address(to.address))


def _mask_address(address: str) -> str:
    """Never more than a third of it."""
    return address[: min(SHOWN_OF_ADDRESS, len(address) // 3)] + "****"


def _is_late(mall: Mall, row: Row[Any]) -> bool:
    is_goods = row.kind == RewardKind.GOODS.value
    most = mall.rules.goods_late_after if is_goods else mall.rules.late_after
    return row.state in UNDER_WAY and mall.now() - from_us(row.began_at_us) > most
