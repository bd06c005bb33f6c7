"""What happens when the operator is asked to give something: a pack free of charge, or a thing that is sent?"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.bss.catalogue import OFFERING
from sandbox.bss.change import Effect, Take
from sandbox.bss.change_case import UnknownThingError, held_at
from sandbox.bss.goods import GOODS
from sandbox.bss.offering import Offering
from sandbox.bss.order import OrderRefusedError
from sandbox.bss.order_book import StoredOrder
from sandbox.bss.portfolio import Line, Portfolio
from sandbox.bss.world import World


@dataclass(frozen=True, slots=True)
class Reward:
    """What is to be given to a line; of a pack for how many months, this one among them (None: see its offering)."""

    line_id: str
    offering_id: str
    months: int | None = None


def give(world: World, reward: Reward, *, reference: str | None, request: dict[str, Any]) -> StoredOrder:
    """Orders it; a reference that stands answers its order, and nothing more is done.

    Raises OrderRefusedError (``referenceReused`` for another wish, ``notQualified``) and UnknownThingError.
    """
    standing = world.store.orders.find_by_reference(reference) if reference else None
    if standing is None:
        portfolio, line = _owner(world, reward.line_id)
        at_ms = world.clock.stamp_ms()
        facts = _facts_of_goods(reward) if reward.offering_id in GOODS else _facts_of_pack(world, line, reward, at_ms)
        standing = world.place_order(StoredOrder(0, portfolio.index, line.id, at_ms, reference, request, facts))
    if standing.request != request:
        raise OrderRefusedError("referenceReused", "This externalId stands for another order.")
    return standing


def _owner(world: World, line_id: str) -> tuple[Portfolio, Line]:
    try:
        return world.portfolio_of(line_id), world.line(line_id)
    except LookupError:
        raise UnknownThingError("unknownLine", line_id) from None


def _facts_of_goods(reward: Reward) -> dict[str, Any]:
    """Things can be sent to whoever has, or had, a line."""
    goods = GOODS[reward.offering_id]
    return _facts("goods", reward, goods.zh, goods.en, Effect()) | {"outOfStock": not goods.in_stock}


def _facts_of_pack(world: World, line: Line, reward: Reward, at_ms: int) -> dict[str, Any]:
    offering = OFFERING.get(reward.offering_id)
    if offering is None:
        raise UnknownThingError("unknownOffering", reward.offering_id)
    codes = tuple(dict.fromkeys(_obstacles(world, line, offering, at_ms)))
    if codes:
        raise OrderRefusedError("notQualified", "This can't be given.", codes)
    months = reward.months or offering.given_months or None
    effect = Effect(takes=(Take(line.id, offering.id, free=True, months=months),))
    return _facts("reward", reward, offering.zh, offering.en, effect)


def _obstacles(world: World, line: Line, offering: Offering, at_ms: int) -> Iterator[str]:
    """What speaks against giving a line an offering. Whether it is sold, and held already, does not: a gift comes on
    top."""
    standing, portfolio = world.standing(line, at_ms), world.portfolio_of(line.id)
    if standing == "terminated":
        yield "lineClosed"
        return
    if standing in ("suspended", "pendingActive"):
        yield "suspended" if standing == "suspended" else "underWay"
    fits = line.kind in offering.lines and offering.account in (None, portfolio.account.kind)
    if offering.kind != "add-on" or not fits:
        yield "notOffered"
    held = [OFFERING[package.offering_id] for one in portfolio.lines for package in held_at(one, at_ms)]
    own = [OFFERING[package.offering_id] for package in held_at(line, at_ms)]
    if any(one.id in offering.excludes or offering.id in one.excludes for one in own):
        yield "excluded"
    if offering.requires and not {one.id for one in held} & set(offering.requires):
        yield "required"


def _facts(action: str, reward: Reward, zh: str, en: str, effect: Effect) -> dict[str, Any]:
    return {
        "action": action,
        "start": "atOnce",
        "wanted": asdict(reward),
        "service": None,
        "zh": zh,
        "en": en,
        "priceLi": None,
        "repeats": False,
        "visit": False,
        "closesMs": None,
        "effect": asdict(effect),
        "ownEnds": 0,
        "items": [{"action": "", "zh": zh, "en": en}],
    }
