"""What can be done to changes in a house that may die of it?"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.order import TmfOrders
from bss_adapters.tmf.qualification import TmfQualifications
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.order_ports import WantedChange, WantedSwitch
from graphql_schema.types.change import ChangeAction
from graphql_schema.types.order import Order
from notifications.tables import outbound_sms
from ordering.changes.desk import SqlOrderDesk
from ordering.changes.systems import ChangeClocks, ChangeSystems
from ordering.changes.work import ChangeWork
from ordering.switches import SqlDeedSwitches
from tests.crash.house import SECRET, DeedOfHouse, House

PAUSES_SECONDS = (0, 5, 16, 31, 35, 45, 65, 100, 180)


def open_desk(house: House) -> SqlOrderDesk:
    return SqlOrderDesk(
        house.transaction,
        house.view,
        _systems(house),
        secret=SECRET,
        clocks=ChangeClocks(house.clock, house.client.clock.now),
        cross=house.cross,
    )


def hire(house: House) -> ChangeWork:
    return ChangeWork(
        house.transaction,
        house.view,
        _systems(house),
        house.notices,
        secret=SECRET,
        clocks=ChangeClocks(house.clock, house.client.clock.now),
        cross=house.cross,
    )


def open_switches(house: House) -> SqlDeedSwitches:
    return SqlDeedSwitches(house.transaction, house.view, now=house.clock, cross=house.cross)


async def prepare(house: House) -> str:
    wanted = WantedChange(ChangeAction.ADD, offering_id=house.asked["offering"])
    return (await open_desk(house).prepare(house.deed(), wanted)).state.value


async def confirm(house: House) -> dict[str, Any]:
    return _tell(await open_desk(house).confirm(house.deed(), house.asked["prepared"]))


async def withdraw(house: House) -> None:
    await open_desk(house).withdraw(house.deed(), house.asked["prepared"])


async def cancel(house: House) -> dict[str, Any]:
    return _tell(await open_desk(house).cancel(house.deed(), house.asked["prepared"]))


async def work(house: House) -> None:
    await hire(house).work_on_changes()


async def heal(house: House) -> None:
    """Workers work, and time passes, until everything is at rest."""
    worker, began = hire(house), house.clock.later_seconds
    for pause in PAUSES_SECONDS:
        house.clock.later_seconds = began + pause
        await worker.work_on_changes()


async def look(house: House) -> dict[str, Any]:
    """What the customer sees, and which texts are on their way."""
    desk = open_desk(house)
    prepared = await desk.fetch_prepared(house.caller, house.asked["prepared"])
    orders = await desk.fetch_orders(house.caller)
    async with house.view() as connection:
        texts = (await connection.execute(select(outbound_sms.c.text))).scalars().all()
    ours = [_tell(order) for order in orders if order.id == house.asked["prepared"]]
    return {"prepared": prepared.state.value, "orders": ours, "texts": list(texts)}


async def rest_deeds(house: House) -> str:
    now = house.clock()
    wanted = WantedSwitch(("confirmChange",), now - timedelta(seconds=1), None, "系统维护", "Maintenance")
    return (await open_switches(house).switch_off(_staff_deed(house), wanted)).id


async def end_rest(house: House) -> None:
    await open_switches(house).end(_staff_deed(house), house.asked["notice"])


async def list_rests(house: House) -> list[str]:
    return [notice.id for notice in await open_switches(house).fetch_notices()]


def _staff_deed(house: House) -> Deed:
    return Deed(house.asked["deed"], Caller(Channel.DESK, staff=Staff("2001", Role.OPERATIONS), assurance=2))


def _systems(house: House) -> ChangeSystems:
    catalogue = TmfCatalogue(house.client)
    orders, qualifications = TmfOrders(house.client), TmfQualifications(house.client)
    return ChangeSystems(TmfLines(house.client, catalogue), qualifications, orders)


def _tell(order: Order) -> dict[str, Any]:
    return {"id": order.id, "state": order.state.value}


CHANGE_DEEDS: Mapping[str, DeedOfHouse] = {
    "prepare": prepare,
    "confirm": confirm,
    "withdraw": withdraw,
    "cancel": cancel,
    "work": work,
    "heal": heal,
    "look": look,
    "rest_deeds": rest_deeds,
    "end_rest": end_rest,
    "list_rests": list_rests,
}
