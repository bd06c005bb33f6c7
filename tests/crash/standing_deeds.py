"""What can be done with own money, standing orders and a day's books in a house that may die of it?"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from bss_adapters.tmf.account import TmfAccounts
from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import WantedAutoRecharge
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import AutoRechargeRule, RechargeSource
from notifications.tables import outbound_sms
from ordering.auto_tables import auto_charge, auto_recharge
from ordering.money.auto_recharge import SqlAutoRecharges
from ordering.money.auto_work import AutoRechargeWork
from ordering.money.needs import Till
from ordering.money.recharges import SqlRecharges
from ordering.money.reconciliation import ReconciliationWork
from ordering.money.transfers import SqlTransfers
from ordering.money.units import to_us
from ordering.money_tables import recharge
from ordering.switches import SqlDeedSwitches
from tests.crash.house import DeedOfHouse, House
from tests.crash.money_deeds import open_till

PAUSES_SECONDS = (0, 3, 11, 31, 45, 65, 100, 180)


async def give_money(house: House) -> str:
    transfers = SqlTransfers(open_till(house), TmfAccounts(house.client))
    deed = Deed(house.asked["deed"], house.caller)
    return (await transfers.transfer(deed, house.asked["to"], _yuan(house.asked["amount"]))).state.value


async def heal_transfers(house: House) -> None:
    transfers, began = SqlTransfers(open_till(house), TmfAccounts(house.client)), house.clock.later_seconds
    for pause in PAUSES_SECONDS:
        house.clock.later_seconds = began + pause
        await transfers.work()


async def look_at_transfers(house: House) -> dict[str, Any]:
    transfers = SqlTransfers(open_till(house), TmfAccounts(house.client))
    given = await transfers.fetch_transfers(house.caller)
    return {"transfers": [each.state.value for each in given], "texts": await _read_texts(house)}


async def set_up_auto(house: House) -> dict[str, Any]:
    wanted = WantedAutoRecharge(
        AutoRechargeRule.THRESHOLD, _yuan("100000"), None, _yuan("50"), _yuan("500"), RechargeSource.SANDBOX
    )
    made = await SqlAutoRecharges(open_till(house)).set_up(Deed(house.asked["deed"], house.caller), wanted)
    return {"state": made.state.value, "page": made.sign_page}


async def end_auto(house: House) -> None:
    await SqlAutoRecharges(open_till(house)).end(Deed(house.asked["deed"], house.caller))


async def work_on_auto(house: House) -> None:
    await _open_auto_work(house, open_till(house)).work()


async def heal_auto(house: House) -> None:
    worker, began = _open_auto_work(house, open_till(house)), house.clock.later_seconds
    for pause in PAUSES_SECONDS:
        house.clock.later_seconds = began + pause
        await worker.work()


async def look_at_auto(house: House) -> dict[str, Any]:
    """The line's standing orders and charges, and whether the provider's agreement of the last one is ended."""
    async with house.view() as connection:
        orders = (await connection.execute(select(auto_recharge).order_by(auto_recharge.c.asked_at_us))).all()
        charges = (await connection.execute(select(auto_charge.c.state))).scalars().all()
    agreement = orders[-1].agreement_id if orders else None
    ended = None
    if agreement is not None:
        provider = open_till(house).agreements[RechargeSource.SANDBOX]
        ended = (await provider.fetch_agreement(agreement)).ended
    return {"orders": [order.state for order in orders], "charges": list(charges), "agreement_ended": ended}


async def reconcile(house: House) -> None:
    await ReconciliationWork(open_till(house)).work()


async def look_at_books(house: House) -> list[dict[str, Any]]:
    """What was found of the recharge ``recharge`` on the day ``day``; nothing before anybody looked."""
    reports = await ReconciliationWork(open_till(house)).fetch_reports(date.fromisoformat(house.asked["day"]))
    return [
        {"kind": each.kind.value, "mended": each.mended}
        for report in reports
        for each in report.mismatches
        if each.reference == house.asked["recharge"]
    ]


async def believe_it_was_credited(house: House) -> None:
    """What no code of ours does: a paid recharge is called credited, and the operator never had the money."""
    now_us = to_us(house.clock())
    wrong = {"state": "credited", "credited_at_us": now_us, "free_at_us": None}
    async with house.transaction() as connection:
        mine = recharge.c.id == house.asked["recharge"]
        await connection.execute(update(recharge).where(mine).values(wrong))


def _open_auto_work(house: House, till: Till) -> AutoRechargeWork:
    recharges = SqlRecharges(till, ReconciliationWork(till).fetch_reports)
    rests = SqlDeedSwitches(house.transaction, house.view, now=house.clock).rests
    return AutoRechargeWork(till, recharges, TmfAccounts(house.client), rests=rests)


async def _read_texts(house: House) -> list[str]:
    async with house.view() as connection:
        return list((await connection.execute(select(outbound_sms.c.text))).scalars())


def _yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


STANDING_DEEDS: Mapping[str, DeedOfHouse] = {
    "give_money": give_money,
    "heal_transfers": heal_transfers,
    "look_at_transfers": look_at_transfers,
    "set_up_auto": set_up_auto,
    "end_auto": end_auto,
    "work_on_auto": work_on_auto,
    "heal_auto": heal_auto,
    "look_at_auto": look_at_auto,
    "reconcile": reconcile,
    "look_at_books": look_at_books,
    "believe_it_was_credited": believe_it_was_credited,
}
