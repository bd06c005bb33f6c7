"""Which characteristics of a line tell of its services, its loss and its closing (TMF637)?"""

from sandbox.bss.catalogue import OFFERING
from sandbox.bss.month import render_day, render_instant
from sandbox.bss.order_life import life_of
from sandbox.bss.portfolio import Line
from sandbox.bss.service import SERVICES, Service
from sandbox.bss.tmf.wire import Json, characteristic, money
from sandbox.bss.world import World


def life_traits(world: World, line: Line, at_ms: int) -> list[Json]:
    """``serviceSwitches``, and where it is so ``lostSince``, ``closesOn`` and ``closingSince``."""
    traits: list[Json] = []
    services = [_switch(world, line, service, at_ms) for service in SERVICES if line.kind in service.lines]
    if services and not line.is_ended(at_ms):
        traits.append(characteristic("serviceSwitches", services))
    lost_ms, closing = world.orders.lost_since_ms(line.id, at_ms), world.orders.closing(line.id, at_ms)
    if lost_ms is not None:
        traits.append(characteristic("lostSince", render_instant(lost_ms)))
    if line.preclosed_ms is not None and line.preclosed_ms <= at_ms:
        traits.append(characteristic("closingSince", render_instant(line.preclosed_ms)))
    if closing is not None and closing.life.closes_ms is not None:
        traits.append(characteristic("closesOn", render_day(closing.life.closes_ms)))
    return traits


def _switch(world: World, line: Line, service: Service, at_ms: int) -> Json:
    wire: Json = {
        "id": service.id,
        "name": service.zh,
        "nameEn": service.en,
        "on": world.orders.is_switched_on(line, service.id, at_ms),
    }
    changing_to = _changing_to(world, line, service, at_ms)
    if changing_to is not None:
        wire["changingTo"] = changing_to
    if service.offering_id is not None:
        wire["monthlyFee"] = money(OFFERING[service.offering_id].fee_li)
    return wire


def _changing_to(world: World, line: Line, service: Service, at_ms: int) -> bool | None:
    """What an order that is under way makes of it."""
    index = world.portfolio_of(line.id).index
    for order in reversed(world.store.orders.of_portfolio(index)):
        about = order.line_id == line.id and order.facts["service"] == service.id
        if about and order.at_ms <= at_ms and not life_of(order).is_over(at_ms):
            return bool(order.facts["action"] == "switchOn")
    return None
