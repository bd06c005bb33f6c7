"""How do settings become ports, ports a graph, and the graph channels? This is the only assembly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
from gateway.identity.assembly import Identity, IdentityNeeds, assemble_identity
from gateway.identity.doorkeeper import HallDoorkeeper, real_now
from gateway.identity.upstream.login import LoginSettings
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
    identity: Identity
    conversations: SqlConversations
    wake_ups: RedisWakeUps
    sms_queue: SqlSmsQueue
    journal: SqlJournal
    counters: UsageCounters
    outbox: AlertOutbox

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
        await hall.identity.finish()
        await client.aclose()
        await snapshots.aclose()
        await wake_ups.aclose()
        await engine.dispose()


def _assemble(settings: Settings, engine: AsyncEngine, client: TmfClient, wake_ups: RedisWakeUps) -> Hall:
    transaction, secret = partial(write, engine), identity_secret(settings)
    lines, usage = TmfLines(client, TmfCatalogue(client)), TmfUsage(client)
    accounts, bills = TmfAccounts(client), TmfBills(client)
    conversations, signatures = SqlConversations(engine), signatures_of(settings.sms_signature)
    sms_queue, journal = SqlSmsQueue(transaction, secret=secret), SqlJournal(transaction)
    identity = assemble_identity(_list_needs(settings, engine, client, lines, sms_queue, conversations))
    ports = Ports(
        lines=lines,
        accounts=accounts,
        usage=usage,
        bills=bills,
        clock=client.clock,
        wake_ups=wake_ups,
        inbox=SqlInbox(partial(read, engine)),
        identity=identity.ports,
    )
    graph = _make_graph(settings, ports)
    kinds, wording = {kind.name: kind for kind in ALERTS}, alert_wording(conversations, signatures=signatures)
    return Hall(
        settings=settings,
        engine=engine,
        client=client,
        use_effects=UseEffects(lines, usage, accounts, bills),
        graph=graph,
        identity=identity,
        conversations=conversations,
        wake_ups=wake_ups,
        sms_queue=sms_queue,
        journal=journal,
        counters=UsageCounters(transaction, journal, usage),
        outbox=AlertOutbox(transaction, graph, sms_queue, wake_ups, kinds=kinds, wording=wording),
    )


def _list_needs(  # noqa: PLR0913, PLR0917  all that identity rests on
    settings: Settings,
    engine: AsyncEngine,
    client: TmfClient,
    lines: TmfLines,
    sms_queue: SqlSmsQueue,
    conversations: SqlConversations,
) -> IdentityNeeds:
    signatures = signatures_of(settings.sms_signature)
    return IdentityNeeds(
        engine=engine,
        lines=lines,
        people=TmfPeople(client),
        sim_cards=TmfSimCards(client),
        codes=SmsCodes(sms_queue, conversations, signatures=signatures),
        notices=SmsNotices(
            sms_queue, conversations, signatures=signatures, hall_number=settings.hall_number, now=real_now
        ),
        business_now=client.clock.now,
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


def _make_graph(settings: Settings, ports: Ports) -> HallGraph:
    return HallGraph(
        ports,
        trusted_operations(),
        deadline_seconds=settings.request_seconds,
        open_documents=settings.open_documents,
    )


def trusted_operations() -> list[Operation]:
    """Every .graphql file beside a channel or an alert; the app's first, since callers from outside may name those."""
    folders = [ROOT / "channels" / name for name in ("app", "web_hall", "sms", "ivr", "desk")]
    operations = [operation for folder in folders for operation in load_operations(folder).values()]
    return [*operations, *(kind.operation for kind in ALERTS)]
