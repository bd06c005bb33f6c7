"""Which reward does an order (TMF622) ask for, and what of it is shown again?"""

from hashlib import sha256
from typing import Any, Final

from sandbox.bss.goods import GOODS
from sandbox.bss.order_book import StoredOrder
from sandbox.bss.order_life import Life, sent_ms
from sandbox.bss.reward import Reward
from sandbox.bss.tmf.body import wanted, wanted_text
from sandbox.bss.tmf.change_wish import parse_wish
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import Json, characteristic

REWARD: Final = "reward"
"""The category of an order of something that is given."""
PRIVATE: Final = frozenset({"notificationContact"})
"""What nobody is told again of an order of goods, beside whom and where they are sent to."""
_MOST_MONTHS: Final = 120


def parse_reward(wire: Json, items: str) -> Reward:
    """The wish of an order of the category ``reward``. Raises Problem 400."""
    wish, item = parse_wish(wire, items, start=None, channel=None), wire[items][0]
    if wish.action != "add" or wish.offering_id is None:
        raise bad_request("badProperty", "A reward is an offering that is added.")
    if wish.offering_id in GOODS:
        _check_delivery(wire, item)
    elif not _is_free(item):
        raise bad_request("badProperty", "itemPrice of a reward must have a priceAlteration of 100 percent.")
    return Reward(wish.line_id, wish.offering_id, _months(item))


def shown_item(order: StoredOrder, life: Life, at_ms: int) -> Json:
    """The item as it was asked for, without person and place, and with its tracking number once it was sent."""
    item: Json = dict(order.request["productOrderItem"][0])
    if order.facts["action"] != "goods":
        return item
    hidden = {"place", "relatedParty"}
    item["product"] = {name: value for name, value in item.get("product", {}).items() if name not in hidden}
    left_ms = sent_ms(order, life)
    if left_ms is not None and left_ms <= at_ms:
        item["product"]["productCharacteristic"] = [characteristic("tracking", _tracking(order))]
    return item


def _is_free(item: Json) -> bool:
    alterations = [each for price in _objects(item, "itemPrice") for each in _objects(price, "priceAlteration")]
    return any(wanted(each, "price", "percentage") == 100 for each in alterations)


def _months(item: Json) -> int | None:
    """For how long, by the item's term; absent: as its offering says."""
    for term in _objects(item, "itemTerm"):
        amount = wanted(term, "duration", "amount")
        if type(amount) is not int or not 1 <= amount <= _MOST_MONTHS or wanted(term, "duration", "units") != "month":
            raise bad_request("badProperty", f"itemTerm.duration must be 1 to {_MOST_MONTHS} months.")
        return amount
    return None


def _check_delivery(wire: Json, item: Json) -> None:
    """Goods need a place, a person and a number."""
    product = item.get("product", {})
    places = [each for each in _objects(product, "place") if each.get("role") == "delivery"]
    people = [each for each in _objects(product, "relatedParty") if each.get("role") == "recipient"]
    if len(places) != 1 or len(people) != 1:
        raise bad_request("missingProperty", "Goods need one place (delivery) and one relatedParty (recipient).")
    wanted_text(places[0], "name")
    wanted_text(people[0], "name")
    wanted_text(wire, "notificationContact")


def _objects(wire: Json, name: str) -> list[Any]:
    found = wire.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise bad_request("badProperty", f"{name} must be a list of objects.")
    return found


def _tracking(order: StoredOrder) -> str:
    """``SF`` and twelve digits, always the same for an order."""
    return f"SF{int(sha256(order.id.encode()).hexdigest(), 16) % 10**12:012}"
