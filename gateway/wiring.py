"""How do settings become ports, ports a graph, and the graph channels? This is the only assembly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.party import TmfPeople
from bss_adapters.tmf.sim_card import TmfSimCards
from bss_adapters.tmf.usage import TmfUsage
from bss_adapters.tmf.use_effects import UseEffects
from gateway.conversations import SqlConversations
from gateway.database import open_database, read, write
from gateway.graph import HallGraph
from gateway.identity.assembly import assemble_identity
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.keys import identity_secret
from gateway.notices import SmsNotices
from gateway.settings import Settings
from gateway.snapshots import RedisSnapshots
from gateway.texts import SmsCodes, alert_wording, signatures_of
from gateway.wake_ups import RedisWakeUps
from graphql_schema.client import Operation, load_operations
from graphql_schema.ports import Ports
from notifications.alerts import ALERTS
from notifications.counters import UsageCounters
from notifications.inbox import SqlInbox
from notifications.journal import SqlJournal
from notifications.outbox import AlertOutbox
from notifications.sms_queue import SqlSmsQueue

ROOT = Path(__file__).parent.parent
SMS_LINK = "sms"
IVR_LINK = "ivr"


@dataclass(frozen=True, slots=True)
class Hall:
    """Everything that a process of ours works with."""

    settings: Settings
    engine: AsyncEngine
    client: TmfClient
    use_effects: UseEffects
    graph: HallGraph
    doorkeeper: HallDoorkeeper
    conversations: SqlConversations
    wake_ups: RedisWakeUps
    sms_queue: SqlSmsQueue
    journal: SqlJournal
    counters: UsageCounters
    outbox: AlertOutbox


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
    hall = _assemble(settings, engine, client, wake_ups)
    try:
        yield hall
    finally:
        await hall.doorkeeper.finish()
        await client.aclose()
        await snapshots.aclose()
        await wake_ups.aclose()
        await engine.dispose()


def _assemble(settings: Settings, engine: AsyncEngine, client: TmfClient, wake_ups: RedisWakeUps) -> Hall:
    transaction = partial(write, engine)
    lines, usage = TmfLines(client, TmfCatalogue(client)), TmfUsage(client)
    accounts, bills = TmfAccounts(client), TmfBills(client)
    conversations, signatures = SqlConversations(engine), signatures_of(settings.sms_signature)
    sms_queue, journal = SqlSmsQueue(transaction, secret=identity_secret(settings)), SqlJournal(transaction)
    ports = Ports(
        lines=lines,
        accounts=accounts,
        usage=usage,
        bills=bills,
        clock=client.clock,
        wake_ups=wake_ups,
        inbox=SqlInbox(partial(read, engine)),
        identity=assemble_identity(engine, secret=identity_secret(settings)),
    )
    graph = _make_graph(settings, ports)
    kinds, wording = {kind.name: kind for kind in ALERTS}, alert_wording(conversations, signatures=signatures)
    return Hall(
        settings=settings,
        engine=engine,
        client=client,
        use_effects=UseEffects(lines, usage, accounts, bills),
        graph=graph,
        doorkeeper=_make_doorkeeper(
            settings,
            engine,
            client,
            lines,
            SmsCodes(sms_queue, conversations, signatures=signatures),
            SmsNotices(
                sms_queue,
                conversations,
                signatures=signatures,
                hall_number=settings.hall_number,
                now=lambda: datetime.now(UTC),
            ),
        ),
        conversations=conversations,
        wake_ups=wake_ups,
        sms_queue=sms_queue,
        journal=journal,
        counters=UsageCounters(transaction, journal, usage),
        outbox=AlertOutbox(transaction, graph, sms_queue, wake_ups, kinds=kinds, wording=wording),
    )


def _make_graph(settings: Settings, ports: Ports) -> HallGraph:
    return HallGraph(
        ports,
        trusted_operations(),
        deadline_seconds=settings.request_seconds,
        open_documents=settings.open_documents,
    )


def _make_doorkeeper(  # noqa: PLR0913, PLR0917  all that a door stands on
    settings: Settings, engine: AsyncEngine, client: TmfClient, lines: TmfLines, texts: SmsCodes, notices: SmsNotices
) -> HallDoorkeeper:
    return HallDoorkeeper(
        engine,
        lines,
        texts,
        people=TmfPeople(client),
        sim_cards=TmfSimCards(client),
        notices=notices,
        secret=identity_secret(settings),
        trusted_links=frozenset(filter(None, (link.strip() for link in settings.trusted_links.split(",")))),
        business_now=client.clock.now,
    )


def trusted_operations() -> list[Operation]:
    """Every .graphql file beside a channel or an alert; the app's first, since callers from outside may name those."""
    folders = [ROOT / "channels" / name for name in ("app", "web_hall", "sms", "ivr")]
    operations = [operation for folder in folders for operation in load_operations(folder).values()]
    return [*operations, *(kind.operation for kind in ALERTS)]
