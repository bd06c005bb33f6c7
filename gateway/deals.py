"""How are the deeds put together that change what a line has, or move money?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.money import TmfMoney
from bss_adapters.tmf.order import TmfOrders
from bss_adapters.tmf.qualification import TmfQualifications
from gateway.database import read, write
from gateway.identity.number import parse_number
from gateway.identity.seal import Seal
from gateway.keys import identity_secret
from gateway.money_budgets import MoneyBudgets
from gateway.pay_providers import OpenProvider, find_agreements, open_providers
from gateway.payment_notices import notice_path
from gateway.settings import Settings
from graphql_schema.order_ports import Qualifications
from graphql_schema.ports import Accounts, Lines
from graphql_schema.types.recharge import RechargeSource
from ordering.changes.desk import SqlOrderDesk
from ordering.changes.needs import OrderRewards
from ordering.changes.systems import ChangeClocks, ChangeSystems
from ordering.changes.work import ChangeWork
from ordering.crossing import Cross, pass_by
from ordering.money.auto_recharge import SqlAutoRecharges
from ordering.money.auto_work import AutoRechargeWork
from ordering.money.needs import Rewards, Till
from ordering.money.notices import PaymentNotices
from ordering.money.recharges import SqlRecharges
from ordering.money.reconciliation import ReconciliationWork
from ordering.money.transfers import SqlTransfers
from ordering.money.work import PaymentWork
from ordering.needs import Teller
from ordering.switches import SqlDeedSwitches


@dataclass(frozen=True, slots=True)
class Deals:
    """Changes, money, and which deeds rest."""

    qualifications: Qualifications
    switches: SqlDeedSwitches
    desk: SqlOrderDesk
    change_work: ChangeWork
    recharges: SqlRecharges
    payment_work: PaymentWork
    notices: PaymentNotices
    transfers: SqlTransfers
    auto_recharges: SqlAutoRecharges
    auto_work: AutoRechargeWork
    reconciliation: ReconciliationWork
    providers: tuple[OpenProvider, ...]

    async def wake(self) -> None:
        """Goes on with whatever is due."""
        await self.change_work.wake()
        await self.payment_work.wake()
        await self.auto_work.behind.wake()
        await self.transfers.behind.wake()
        await self.reconciliation.wake()

    async def close(self) -> None:
        """Leaves what is under way to its leases, and closes every connection to a provider."""
        await self.change_work.stop()
        await self.payment_work.stop()
        await self.auto_work.behind.stop()
        await self.transfers.behind.stop()
        await self.reconciliation.stop()
        for provider in self.providers:
            await provider.aclose()


@dataclass(frozen=True, slots=True)
class DealNeeds:
    """What the deals are made from."""

    engine: AsyncEngine
    client: TmfClient
    lines: Lines
    accounts: Accounts
    teller: Teller
    announce: Callable[[str], Awaitable[None]]
    now: Callable[[], datetime]
    rewards: Rewards
    order_rewards: OrderRewards
    transport: httpx.AsyncBaseTransport | None = None
    cross: Cross = pass_by


def assemble_deals(settings: Settings, needs: DealNeeds) -> Deals:
    """Everything that orders, pays and rests, over one database and one BSS."""
    transaction, view, secret = partial(write, needs.engine), partial(read, needs.engine), identity_secret(settings)
    orders, qualifications = TmfOrders(needs.client), TmfQualifications(needs.client)
    systems = ChangeSystems(needs.lines, qualifications, orders, needs.order_rewards)
    clocks = ChangeClocks(now=needs.now, business=needs.client.clock.now)
    providers = open_providers(settings, transport=needs.transport)
    till = _open_till(settings, needs, providers)
    reconciliation = ReconciliationWork(till)
    recharges = SqlRecharges(till, reconciliation.fetch_reports)
    switches = SqlDeedSwitches(transaction, view, now=needs.now, cross=needs.cross)
    return Deals(
        qualifications=systems.qualifications,
        switches=switches,
        desk=SqlOrderDesk(transaction, view, systems, secret=secret, clocks=clocks, cross=needs.cross),
        change_work=ChangeWork(
            transaction, view, systems, needs.teller, secret=secret, clocks=clocks, cross=needs.cross
        ),
        recharges=recharges,
        payment_work=PaymentWork(till),
        notices=PaymentNotices(till),
        transfers=SqlTransfers(till, needs.accounts),
        auto_recharges=SqlAutoRecharges(till),
        auto_work=AutoRechargeWork(till, recharges, needs.accounts, rests=switches.rests),
        reconciliation=reconciliation,
        providers=tuple(providers.values()),
    )


def _open_till(settings: Settings, needs: DealNeeds, providers: dict[RechargeSource, OpenProvider]) -> Till:
    secret, budgets = identity_secret(settings), MoneyBudgets(needs.engine, now=needs.now)
    return Till(
        transaction=partial(write, needs.engine),
        reading=partial(read, needs.engine),
        lines=needs.lines,
        money=TmfMoney(needs.client),
        providers=providers,
        agreements=find_agreements(list(providers.values())),
        teller=needs.teller,
        tries=budgets,
        seal=Seal(secret=secret, purpose="recharge"),
        spell=parse_number,
        lookups=budgets.look_up,
        now=needs.now,
        pages=settings.public_url,
        notice_url=lambda source: settings.public_url.rstrip("/") + notice_path(source),
        secret=secret,
        announce=needs.announce,
        rewards=needs.rewards,
        cross=needs.cross,
    )
