"""Is this process alive, can it serve, and which system behind it is down?"""

import asyncio
import ipaddress
import math
from collections.abc import Awaitable, Callable
from functools import partial

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from redis.asyncio import Redis
from sqlalchemy import func, select, text
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bss_adapters.tmf.call import SYSTEMS, read_call
from gateway.database import DatabaseFault, read
from gateway.metrics import AUDIT_AGE, REGISTRY, UNWELL, WAITING
from gateway.processes import accepts_connections
from gateway.rewards import ON_PLATFORM
from gateway.settings import Settings
from gateway.wiring import Hall
from graphql_schema.ports import BssFault
from loyalty.campaign_tables import happening
from loyalty.reward_tables import redemption
from loyalty.run_tables import loyalty_run
from loyalty.runs.calendar import RunKind
from loyalty.tables import to_us
from notifications.alert_tables import alert, usage_event
from notifications.tables import inbound_sms, outbound_sms
from statements.tables import record_export

CHECK_SECONDS = 2.0
BSS_LISTS = {
    "account": "/accountManagement/v4/billingAccount",
    "balance": "/prepayBalanceManagement/v4/topupBalance",
    "bill": "/customerBillManagement/v4/customerBill",
    "catalogue": "/productCatalogManagement/v4/productOffering",
    "customer": "/customerManagement/v4/customer",
    "line": "/productInventory/v4/product",
    "ticket": "/troubleTicket/v4/troubleTicket",
    "usage": "/usageConsumption/v4/queryUsageConsumption",
}
"""A list of each system of the BSS, asked for one item to see whether anybody answers."""

POINTS_LIST = {"loyalty": "/loyalty/v4/loyaltyProgramMember"}
"""Where points live on a platform of the operator's."""

_AUDITED = (loyalty_run.c.kind == RunKind.AUDIT.value, loyalty_run.c.state == "done")
LAST_AUDIT = select(loyalty_run.c.counted).where(*_AUDITED).order_by(loyalty_run.c.period.desc()).limit(1)
"""How many accounts were not the sum of their postings."""
AUDITED_AT_US = select(func.max(loyalty_run.c.ended_at_us)).where(*_AUDITED)

Check = Callable[[], Awaitable[None]]


def health_routes(hall: Hall) -> list[BaseRoute]:
    """``/healthz`` for anyone; ``/readyz`` and ``/metrics`` for the networks of ONEHALL_OPERATIONS_FROM alone."""
    return [
        Route("/healthz", lambda _: PlainTextResponse("alive\n")),
        Route("/readyz", partial(_for_operations, hall, _readiness)),
        Route("/metrics", partial(_for_operations, hall, _metrics)),
    ]


async def _for_operations(hall: Hall, answer: Callable[[Hall], Awaitable[Response]], request: Request) -> Response:
    networks = [ipaddress.ip_network(part.strip()) for part in hall.settings.operations_from.split(",")]
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return PlainTextResponse("Not found\n", 404)
    if not any(address in network for network in networks):
        return PlainTextResponse("Not found\n", 404)
    return await answer(hall)


async def _readiness(hall: Hall) -> Response:
    """200 while the database answers, each system behind us named with its state; a BSS that is down only degrades."""
    faults = await find_faults(hall)
    systems = {name: faults.get(name, "up") for name in ("database", "redis", "smsc", *bss_lists(hall.settings))}
    ready = "database" not in faults
    status = "ready" if not faults else ("degraded" if ready else "down")
    return JSONResponse({"status": status, "systems": systems}, 200 if ready else 503)


def bss_lists(settings: Settings) -> dict[str, str]:
    """The lists of the systems that these settings need, by system."""
    return BSS_LISTS | (POINTS_LIST if settings.points == ON_PLATFORM else {})


async def find_faults(hall: Hall) -> dict[str, str]:
    """The systems behind us that do not answer now, each with what is wrong, in a word."""
    checks: dict[str, Check] = {
        "database": partial(_check_database, hall),
        "redis": partial(_check_redis, hall.settings.redis),
        "smsc": partial(_check_smsc, *hall.settings.smsc),
        **{system: partial(_check_bss, hall, system, path) for system, path in bss_lists(hall.settings).items()},
    }
    found = await asyncio.gather(*(_fault_of(check) for check in checks.values()))
    return {name: fault for name, fault in zip(checks, found, strict=True) if fault}


async def _fault_of(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except TimeoutError:
        return "slow"
    except BssFault as fault:
        return fault.code
    except Exception as fault:  # noqa: BLE001  whatever is wrong with a system is this check's result
        return type(fault).__name__
    return ""


async def _check_database(hall: Hall) -> None:
    async with read(hall.engine) as connection:
        await connection.execute(text("SELECT 1"))


async def _check_redis(url: str) -> None:
    async with Redis.from_url(url) as redis:
        await redis.ping()


async def _check_bss(hall: Hall, system: str, path: str) -> None:
    try:
        await hall.client.fetch(read_call(system, path, {"limit": "1"}))
    except BssFault as fault:
        if fault.code != f"{system}_refused":  # a refusal is an answer: it would rather not list
            raise


async def _check_smsc(host: str, port: int) -> None:
    if not await accepts_connections(host, port):
        raise ConnectionRefusedError


async def _metrics(hall: Hall) -> Response:
    unwell = hall.client.unwell_systems()
    for system in SYSTEMS:
        UNWELL.labels(system).set(system in unwell)
    waiting = {
        "usage_event": select(func.count()).where(usage_event.c.state == "new"),
        "alert": select(func.count()).where(alert.c.state == "due"),
        "outbound_sms": select(func.count()).where(outbound_sms.c.state.in_(("queued", "leased"))),
        "inbound_sms": select(func.count()).where(inbound_sms.c.state == "received"),
        "record_export": select(func.count()).where(record_export.c.state == "waiting"),
        "happening": select(func.count()).where(happening.c.free_at_us.is_not(None)),
        "redemption": select(func.count()).where(redemption.c.free_at_us.is_not(None)),
        "points_difference": LAST_AUDIT,
    }
    try:
        async with asyncio.timeout(CHECK_SECONDS), read(hall.engine) as connection:
            for table, query in waiting.items():
                WAITING.labels(table).set(await connection.scalar(query) or 0)
            audited_at_us = await connection.scalar(AUDITED_AT_US)
        now_us = to_us(hall.client.clock.now())
        AUDIT_AGE.set(math.inf if audited_at_us is None else (now_us - audited_at_us) / 1e6)
    except (DatabaseFault, TimeoutError):  # the other figures matter most just then; what waits is not known
        WAITING.clear()
        AUDIT_AGE.set(math.nan)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
