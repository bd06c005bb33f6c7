"""What happens when a change is ordered, called off, or goes wrong?"""

from dataclasses import asdict, replace
from typing import Any, get_args

from sandbox.bss.change import Preview, Wanted
from sandbox.bss.order_book import OrderDeed, OrderDeedKind, StoredOrder
from sandbox.bss.order_life import TROUBLES, can_be_cancelled, life_of
from sandbox.bss.qualification import preview
from sandbox.bss.world import World

_CONTROLS = tuple(kind for kind in get_args(OrderDeedKind) if kind != "cancel")


class OrderRefusedError(Exception):
    """The operator does not do this; ``code`` says why, ``obstacles`` are the codes of what speaks against a change."""

    def __init__(self, code: str, reason: str, obstacles: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.obstacles = obstacles


def place(world: World, wanted: Wanted, *, reference: str | None, request: dict[str, Any]) -> StoredOrder:
    """Orders a change; a reference that stands answers its order, and nothing more is done.

    Raises OrderRefusedError (``referenceReused`` for another wish, ``notQualified``) and UnknownThingError.
    """
    standing = world.store.orders.find_by_reference(reference) if reference else None
    if standing is None:
        said = preview(world, wanted)
        if said.obstacles:
            codes = tuple(dict.fromkeys(obstacle.code for obstacle in said.obstacles))
            raise OrderRefusedError("notQualified", "This change is not possible.", codes)
        at_ms = world.clock.stamp_ms()
        index = world.portfolio_of(wanted.line_id).index
        asked = StoredOrder(0, index, wanted.line_id, at_ms, reference, request, _facts(said))
        standing = world.place_order(asked, also=_called_off(world, wanted, at_ms))
    if standing.facts["wanted"] != asdict(replace(wanted, start_ms=None)):
        raise OrderRefusedError("referenceReused", "This externalId stands for another order.")
    return standing


def cancel(world: World, order: StoredOrder, reason: str) -> StoredOrder:
    """Calls an order off; twice is once. Raises OrderRefusedError: it is too late."""
    now_ms = world.clock.now_ms()
    life = life_of(order)
    if life.state(now_ms) == "cancelled":
        return order
    if not can_be_cancelled(order, life, now_ms):
        raise OrderRefusedError("notCancellable", f"{order.id} is {life.state(now_ms)}.")
    return world.do_to_order(order, OrderDeed(world.clock.stamp_ms(), "cancel", reason))


def control(world: World, order: StoredOrder, kind: str, reason: str) -> StoredOrder:
    """What somebody at the operator does to it: ``fail``, ``partial`` or ``hold`` with a code of ``TROUBLES``,
    ``release``. Raises OrderRefusedError: no such deed, or not of this order now."""
    now_ms, life = world.clock.now_ms(), life_of(order)
    known = next((one for one in _CONTROLS if one == kind), None)
    if known is None or (known != "release" and reason not in TROUBLES):
        words = f"deed must be one of {', '.join(_CONTROLS)}, reason one of {', '.join(TROUBLES)}."
        raise OrderRefusedError("badDeed", words)
    held = life.state(now_ms) == "held"
    if life.is_over(now_ms) or (known != "fail" and held != (known == "release")):
        raise OrderRefusedError("notNow", f"{order.id} is {life.state(now_ms)}.")
    if known == "partial" and len(order.facts["items"]) < 2:
        raise OrderRefusedError("onePart", f"{order.id} has one part only.")
    deed = OrderDeed(world.clock.stamp_ms(), known, "" if known == "release" else reason)
    return world.do_to_order(order, deed)


def _called_off(world: World, wanted: Wanted, at_ms: int) -> list[tuple[int, OrderDeed]]:
    """Keeping a line open calls its closing off."""
    if wanted.action != "keepOpen":
        return []
    closing = world.orders.closing(wanted.line_id, at_ms)
    return [(closing.order.serial, OrderDeed(at_ms, "cancel", "keepOpen"))] if closing else []


def _facts(said: Preview) -> dict[str, Any]:
    """What is kept of the preview: it is what the order does, and what is charged."""
    wanted, effect = said.wanted, said.effect
    lost = said.lost_count
    return {
        "action": wanted.action,
        "start": said.start,
        "wanted": asdict(replace(wanted, start_ms=None)),
        "service": wanted.service,
        "zh": said.name.zh,
        "en": said.name.en,
        "priceLi": said.price_li,
        "repeats": said.repeats,
        "visit": said.visit,
        "closesMs": said.effect_ms if wanted.action == "close" else None,
        "effect": asdict(effect),
        "ownEnds": len(effect.ends) - lost,
        "items": _items(said, lost),
    }


def _items(said: Preview, lost: int) -> list[dict[str, str]]:
    """The change itself, the visit, and each benefit that ends with it."""
    items = [{"action": "", "zh": said.name.zh, "en": said.name.en}]
    if said.visit:
        items.append({"action": "add", "zh": "上门安装", "en": "Installation at home"})
    gone = said.takes_away[len(said.takes_away) - lost :] if lost else ()
    return items + [{"action": "delete", "zh": one.zh, "en": one.en} for one in gone]
