"""Which things does the operator send as rewards, and which are gone?"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Goods:
    """A thing that can be sent."""

    id: str
    zh: str
    en: str
    in_stock: bool = True


GOODS: Final = {
    goods.id: goods
    for goods in (
        Goods("goods-cup", "保温杯", "Vacuum cup"),
        Goods("goods-umbrella", "晴雨伞", "Umbrella"),
        Goods("goods-earphones", "蓝牙耳机", "Earphones"),
        Goods("goods-router", "路由器", "Router", in_stock=False),
    )
}
"""By id."""
