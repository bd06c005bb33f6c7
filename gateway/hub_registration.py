"""How does the BSS know, and go on knowing, where to send its events?"""

import asyncio
from pathlib import Path
from typing import Protocol

import structlog

from bss_adapters.tmf.hub import BILLS, LINES, ORDERS, USAGE, TmfHub
from gateway.keys import hub_token
from gateway.wiring import Hall
from graphql_schema.ports import BssFault

log = structlog.get_logger(__name__)

RENEWED_EVERY_SECONDS = 600
RETRIED_AFTER_SECONDS = 5
REFUSED_AGAIN_AFTER_SECONDS = 60
"""A BSS that says no (it may have no such hub) will hardly have changed its mind after five seconds."""


class Hub(Protocol):
    """The BSS's hub, as TmfHub speaks to it. Raises BssFault."""

    async def register(self) -> str:
        """Registers our listener anew and returns the registration's id."""
        ...

    async def unregister(self, registration_id: str) -> None:
        """Ends a registration."""
        ...


class Registration:
    """Our registration at the BSS; its id stands in a file, so that a restart replaces it.

    The new one is made before the old one is ended: an event may come twice then, which its id tells, but none falls
    between. A file that can't be written costs a second registration after a restart, never the events.
    """

    def __init__(self, hub: Hub, kept: Path) -> None:
        self._hub = hub
        self._kept = kept
        self._last: str | None = None
        self._to_end: set[str] = set()

    async def renew(self) -> None:
        """Makes the registration anew and ends the one before. Raises BssFault where there is no new one."""
        before = await self._read_kept()
        now = await self._hub.register()
        await self._keep(now)
        if before is not None:
            self._to_end.add(before)
        await self._end_former(now)

    async def _end_former(self, now: str) -> None:
        for former in sorted(self._to_end - {now}):
            try:
                await self._hub.unregister(former)
            except BssFault as fault:
                log.warning("hub_registration_not_ended", code=fault.code)
                if fault.retryable:
                    continue  # the next renewal ends it
            self._to_end.discard(former)

    async def _read_kept(self) -> str | None:
        try:
            return await asyncio.to_thread(self._kept.read_text, encoding="ascii") or self._last
        except (OSError, UnicodeDecodeError):
            return self._last

    async def _keep(self, registration_id: str) -> None:
        self._last = registration_id
        try:
            await asyncio.to_thread(self._kept.write_text, registration_id, encoding="ascii")
        except (OSError, UnicodeEncodeError) as error:
            log.warning("hub_registration_not_kept", error=type(error).__name__)


async def keep_registered(hall: Hall) -> None:
    """Registers our listener at the BSS's hubs and renews it there, for as long as the gateway runs."""
    settings = hall.settings
    base = settings.hub_callback_url or f"http://{settings.host}:{settings.port}"
    callback = f"{base}/bss/{hub_token(settings)}"
    kept = {
        "hub-registration": USAGE,
        "hub-registration-lines": LINES,
        "hub-registration-bills": BILLS,
        "hub-registration-orders": ORDERS,
    }
    hubs = {name: TmfHub(hall.client, callback=callback, wanted=wanted) for name, wanted in kept.items()}
    await asyncio.gather(*(keep_renewed(Registration(hub, settings.data_folder / name)) for name, hub in hubs.items()))


async def keep_renewed(registration: Registration) -> None:
    """Renews for ever: soon again after any failure, since without a registration no event comes."""
    while True:
        try:
            await registration.renew()
            pause_seconds = RENEWED_EVERY_SECONDS
        except Exception as fault:  # noqa: BLE001  nobody watches this loop, so nothing may end it
            may_help = getattr(fault, "retryable", True)
            pause_seconds = RETRIED_AFTER_SECONDS if may_help else REFUSED_AGAIN_AFTER_SECONDS
            code = getattr(fault, "code", type(fault).__name__)
            log.warning("hub_not_registered", code=code, retry_seconds=pause_seconds)
        await asyncio.sleep(pause_seconds)
