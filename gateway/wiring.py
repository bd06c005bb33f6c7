"""How do settings become ports, ports a graph, and the graph channels? This is the only assembly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bss_adapters.tmf.charge_brake import TmfChargeBrakes
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.line_service import TmfLineServices
from bss_adapters.tmf.party import TmfPeople
from bss_adapters.tmf.sim_card import TmfSimCards
from bss_adapters.tmf.ticket import TmfTickets
from bss_adapters.tmf.use_effects import UseEffects
from gateway.conversations import SqlConversations
from gateway.database import open_database, read, write
from gateway.deals import DealNeeds, Deals, assemble_deals
from gateway.graph import HallGraph
from gateway.identity.assembly import Identity, IdentityNeeds, assemble_identity
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.doorkeeper import HallDoorkeeper, real_now
from gateway.identity.number import parse_number
from gateway.identity.seal import Seal
from gateway.identity.upstream.login import LoginSettings
from gateway.keys import identity_secret
from gateway.notices import SmsNotices
from gateway.reach import Bss, reach_bss
from gateway.rewards import RewardNeeds, Rewards, assemble_rewards
from gateway.settings import Settings
from gateway.snapshots import RedisSnapshots
from gateway.texts import SmsCodes, alert_wording, language_of, signatures_of
from gateway.wake_ups import RedisWakeUps
from graphql_schema.client import Operation, load_operations
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import Ports
from graphql_schema.queries.call_records import mask_record, matches
from graphql_schema.types.bill_event import BillEvent
from notifications.alerts import ALERTS
from notifications.bill_notices import BillNotices
from notifications.counters import UsageCounters
from notifications.inbox import SqlInbox
from notifications.journal import SqlJournal
from notifications.outbox import AlertOutbox
from notifications.sms_queue import SqlSmsQueue
from ordering.promises import SqlPromises
from statements.bill_sheet import BILL_DOCUMENT
from statements.export_work import ExportSources, ExportWork
from statements.exports import SqlRecordExports
from statements.shares import SqlBillShares

ROOT = Path(__file__).parent.parent
SMS_LINK = "sms"
IVR_LINK = "ivr"


@dataclass(frozen=True, slots=True)
class Statements:
    """Exports of call records and links to bills."""

    exports: SqlRecordExports
    work: ExportWork
    shares: SqlBillShares


@dataclass(frozen=True, slots=True)
class Hall:
    """Everything that a process of ours works with."""

    settings: Settings
    engine: AsyncEngine
    client: TmfClient
    use_effects: UseEffects
    graph: HallGraph
    identity: Identity
    statements: Statements
    deals: Deals
    rewards: Rewards
    conversations: SqlConversations
    wake_ups: RedisWakeUps
    sms_queue: SqlSmsQueue
    journal: SqlJournal
    counters: UsageCounters
    outbox: AlertOutbox
    bill_notices: BillNotices

    @property
    def doorkeeper(self) -> HallDoorkeeper:
        """Who lets people in."""
        return self.identity.doorkeeper

    async def take_line_change(self, line_id: str) -> None:
        """The BSS says that something about a line changed: what no longer holds ends, and whoever looks is woken.

        Raises BssFault, DatabaseFault: the event is sent again then.
        """
        await self.identity.doorkeeper.recheck_line(line_id)
        await self.wake_ups.announce(line_id)

    async def take_new_bill(self, event: BillEvent) -> None:
        """The BSS says that a bill was issued: whoever pays it is told once, and it earns points once it is paid.

        Raises BssFault, DatabaseFault: the event is sent again then.
        """
        await self.bill_notices.raise_issued(event, at=self.client.clock.now())
        await self.rewards.watch_bill(event)


@asynccontextmanager
async def open_hall(
    settings: Settings, *, bss_transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Hall]:
    """Assembles a hall for one event loop and closes it at the end. ``bss_transport`` stands in for the network."""
    engine = open_database(settings.database)
    snapshots, wake_ups = RedisSnapshots(settings.redis), RedisWakeUps(settings.redis)
    client = TmfClient(
        settings.bss,
        snapshots=snapshots,
        transport=bss_transport,
        token=settings.bss_token or None,
        limits=Limits(fresh_seconds=settings.snapshot_seconds, budget_seconds=settings.request_seconds / 2),
    )
    hall = _assemble(settings, engine, client, wake_ups, bss_transport)
    try:
        yield hall
    finally:
        await hall.identity.finish()
        await hall.statements.work.stop()  # it may wait for a document that is being set
        await hall.deals.close()
        await hall.rewards.close()
        await client.aclose()
        await snapshots.aclose()
        await wake_ups.aclose()
        await engine.dispose()


def _assemble(
    settings: Settings,
    engine: AsyncEngine,
    client: TmfClient,
    wake_ups: RedisWakeUps,
    transport: httpx.AsyncBaseTransport | None,
) -> Hall:
    transaction, bss = partial(write, engine), reach_bss(client)
    conversations, signatures = SqlConversations(engine), signatures_of(settings.sms_signature)
    sms_queue = SqlSmsQueue(transaction, secret=identity_secret(settings))
    journal = SqlJournal(transaction)
    needs = _list_needs(settings, engine, bss, sms_queue, conversations)
    rewards = assemble_rewards(settings, RewardNeeds(engine, bss, needs.notices, wake_ups.announce, real_now))
    identity = assemble_identity(replace(needs, line_ended=(rewards.left.forget_line,)))
    statements = _make_statements(settings, engine, bss, identity, conversations)
    deals = assemble_deals(settings, _list_deal_needs(engine, bss, identity, wake_ups, rewards, transport))
    graph = _make_graph(settings, _list_ports(settings, engine, bss, identity, statements, deals, rewards, wake_ups))
    kinds, wording = {kind.name: kind for kind in ALERTS}, alert_wording(conversations, signatures=signatures)
    return Hall(
        settings=settings,
        engine=engine,
        client=client,
        use_effects=UseEffects(bss.lines, bss.usage, bss.accounts, bss.bills, bss.usage_history),
        graph=graph,
        identity=identity,
        statements=statements,
        deals=deals,
        rewards=rewards,
        conversations=conversations,
        wake_ups=wake_ups,
        sms_queue=sms_queue,
        journal=journal,
        counters=UsageCounters(transaction, journal, bss.usage),
        bill_notices=BillNotices(transaction, bss.lines),
        outbox=AlertOutbox(transaction, graph, sms_queue, wake_ups, kinds=kinds, wording=wording),
    )


def _list_ports(  # noqa: PLR0913, PLR0917  everything that the graph may ask
    settings: Settings,
    engine: AsyncEngine,
    bss: Bss,
    identity: Identity,
    statements: Statements,
    deals: Deals,
    rewards: Rewards,
    wake_ups: RedisWakeUps,
) -> Ports:
    promises = SqlPromises(
        partial(write, engine),
        partial(read, engine),
        bss.lines,
        bss.catalogue,
        identity.notices,
        spell=parse_number,
        note_deed=_note_promise,
        now=bss.client.clock.now,
    )
    return Ports(
        lines=bss.lines,
        accounts=bss.accounts,
        usage=bss.usage,
        bills=bss.bills,
        usage_history=bss.usage_history,
        call_records=bss.call_records,
        tickets=TmfTickets(bss.client),
        brakes=TmfChargeBrakes(bss.client),
        promises=promises,
        exports=statements.exports,
        shares=statements.shares,
        catalogue=bss.catalogue,
        qualifications=deals.qualifications,
        line_services=TmfLineServices(bss.client),
        order_desk=deals.desk,
        switches=deals.switches,
        recharges=deals.recharges,
        auto_recharges=deals.auto_recharges,
        transfers=deals.transfers,
        points=rewards.points,
        rewards=rewards.mall,
        promotions=rewards.promotions,
        referrals=rewards.referrals,
        loyalty_desk=rewards.desk,
        clock=bss.client.clock,
        wake_ups=wake_ups,
        inbox=SqlInbox(partial(read, engine)),
        identity=identity.ports,
        brake_factor=settings.brake_factor,
        brake_least=settings.brake_least_yuan,
        cursor_key=identity_secret(settings),
    )


def _list_deal_needs(  # noqa: PLR0913, PLR0917  whatever deals are made from
    engine: AsyncEngine,
    bss: Bss,
    identity: Identity,
    wake_ups: RedisWakeUps,
    rewards: Rewards,
    transport: httpx.AsyncBaseTransport | None,
) -> DealNeeds:
    return DealNeeds(
        engine=engine,
        client=bss.client,
        lines=bss.lines,
        accounts=bss.accounts,
        teller=identity.notices,
        announce=wake_ups.announce,
        now=real_now,
        rewards=rewards.of_recharges,
        order_rewards=rewards.of_orders,
        transport=transport,
    )


def _make_statements(
    settings: Settings, engine: AsyncEngine, bss: Bss, identity: Identity, conversations: SqlConversations
) -> Statements:
    transaction, view, secret = partial(write, engine), partial(read, engine), identity_secret(settings)
    seal = Seal(secret=secret, purpose="record_export")
    sources = ExportSources(
        records=bss.call_records,
        matches=matches,
        mask=mask_record,
        record_lock=identity.ports.record_lock,
        language_of=partial(language_of, conversations),
        operators=signatures_of(settings.sms_signature),
    )
    return Statements(
        exports=SqlRecordExports(transaction, view, seal=seal, now=real_now),
        work=ExportWork(transaction, sources, identity.notices, seal=seal, now=real_now),
        shares=SqlBillShares(
            transaction,
            view,
            seal=Seal(secret=secret, purpose="bill_share"),
            secret=secret,
            public_url=settings.public_url,
            now=real_now,
        ),
    )


def _list_needs(
    settings: Settings, engine: AsyncEngine, bss: Bss, sms_queue: SqlSmsQueue, conversations: SqlConversations
) -> IdentityNeeds:
    signatures = signatures_of(settings.sms_signature)
    return IdentityNeeds(
        engine=engine,
        lines=bss.lines,
        people=TmfPeople(bss.client),
        sim_cards=TmfSimCards(bss.client),
        codes=SmsCodes(sms_queue, conversations, signatures=signatures),
        notices=SmsNotices(
            sms_queue, conversations, signatures=signatures, hall_number=settings.hall_number, now=real_now
        ),
        business_now=bss.client.clock.now,
        public_url=settings.public_url,
        hall_name=signatures["zh"],
        trusted_links=frozenset(_split(settings.trusted_links)),
        own_prefixes=tuple(_split(settings.own_prefixes)),
        secret=identity_secret(settings),
        login=LoginSettings(
            settings.uam_issuer, settings.uam_client_id, settings.uam_client_secret, settings.uam_levels
        )
        if settings.uam_issuer
        else None,
    )


def _split(listed: str) -> list[str]:
    return [part.strip() for part in listed.split(",") if part.strip()]


async def _note_promise(connection: AsyncConnection, deed: Deed, line_id: str, note: str) -> None:
    """Where the line's owner reads it; what the colleague did stands in the trail beside it, as every deed."""
    entry = replace(AuditEntry.by(deed.caller, "keepPromise", note=note), subject=line_id)
    await record(connection, entry, now=real_now())


def _make_graph(settings: Settings, ports: Ports) -> HallGraph:
    return HallGraph(
        ports,
        trusted_operations(),
        deadline_seconds=settings.request_seconds,
        open_documents=settings.open_documents,
    )


def trusted_operations() -> list[Operation]:
    """Every .graphql file beside a channel, an alert or a document; the app's first, since callers from outside may
    name those."""
    folders = [ROOT / "channels" / name for name in ("app", "web_hall", "sms", "ivr", "desk")]
    operations = [operation for folder in folders for operation in load_operations(folder).values()]
    return [*operations, *(kind.operation for kind in ALERTS), BILL_DOCUMENT]
