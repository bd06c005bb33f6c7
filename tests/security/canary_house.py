"""How do people come to a house whose every door is watched?"""

import asyncio
import html
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.sms.answering import Answerer
from gateway.app import create_app
from gateway.database import read
from gateway.migrations import upgrade_database
from gateway.settings import load_settings
from gateway.wiring import Hall
from notifications.tables import inbound_sms, outbound_sms
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.conformance.serving import served
from tests.contract.conftest import BORN_MS, House, assembled
from tests.security.canary_watch import Watch

PUBLIC_URL = "https://hall.example"
HUB, IVR, BSS, UAM = "hub-canary-5e1f", "ivr-canary-77ab", "bss-canary-b0a4", "uam-canary-93d2"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"


@dataclass
class WatchedHouse:
    """The house, what is seen of it, and the ways in: each visitor has an address of their own."""

    house: House
    watch: Watch
    app: Any
    address: str
    login: str
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def hall(self) -> Hall:
        return self.house.hall

    def plant(self, name: str, secret: str) -> str:
        return self.watch.canaries.plant(name, secret)

    @asynccontextmanager
    async def visitor(self, source: str, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self._as_served, client=(source, 4711))
        hooks = {"response": [self._note]}
        async with httpx.AsyncClient(
            transport=transport, base_url=PUBLIC_URL, headers={"user-agent": BROWSER} | headers, event_hooks=hooks
        ) as client:
            yield client

    async def _as_served(self, scope: Any, receive: Any, send: Any) -> None:
        """What the server does with a fault: it logs it, and the answer is made below."""
        try:
            await self.app(scope, receive, send)
        except Exception as fault:
            self.watch.note_fault(fault)
            logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=fault)

    async def _note(self, response: httpx.Response) -> None:
        await response.aread()
        asked = f"{response.request.method} {response.request.url.path}"
        if response.status_code >= 400:
            self.watch.refusals.append((asked, f"{response.text} {response.headers.multi_items()}"))
        led = [response.headers[name] for name in ("location", "refresh") if name in response.headers]
        self.watch.addresses += [(asked, address) for address in (*led, str(response.request.url))]

    async def read_code(self, number: str, before: str = "") -> str:
        """The newest one-time code."""
        async with asyncio.timeout(10):
            while True:
                codes = [code for text in await self._texts(number, 10) for code in re.findall(r"\d{6}", text)[:1]]
                if codes and codes[-1] != before:
                    return codes[-1]
                await asyncio.sleep(0.05)

    async def _texts(self, number: str, lane: int | None = None) -> list[str]:
        mine = (outbound_sms.c.recipient == number, *([outbound_sms.c.lane == lane] if lane else ()))
        async with read(self.hall.engine) as connection:
            wanted = select(outbound_sms.c.text).where(*mine).order_by(outbound_sms.c.id)
            return list((await connection.execute(wanted)).scalars())

    async def text_in(self, number: str, *texts: str) -> None:
        """Texts that come in, are kept, and are answered by whoever answers texts."""
        answerer = Answerer(self.hall.sms_queue, self.house.sms, answered=lambda: None)
        for text in texts:
            self.tokens["sequence"] = str(int(self.tokens.get("sequence", "0")) + 1)
            await self.hall.sms_queue.receive(
                sender=number, destination="10086", text=text, session="s", sequence=int(self.tokens["sequence"])
            )
        running = asyncio.create_task(answerer.run())
        async with asyncio.timeout(20), read(self.hall.engine) as connection:
            while (await connection.execute(select(inbound_sms.c.id).where(inbound_sms.c.state == "received"))).first():
                await connection.rollback()
                await asyncio.sleep(0.05)
        answerer.finish()
        await running

    async def send_all(self) -> None:
        """Everything that waits leaves the house."""
        for message in await self.hall.sms_queue.claim_to_send(limit=1000, lease_seconds=30):
            await self.hall.sms_queue.mark_sent(message.id, part=1, parts_total=1, smsc_message_id=f"m{message.id}")

    async def break_bss(self, *systems: str) -> None:
        (await self.house.levers.post("/sandbox/outage", json={"systems": list(systems)})).raise_for_status()


def read_field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no {name} in {page[:2000]}"
    return html.unescape(found.group(1))


async def send_form(client: httpx.AsyncClient, path: str, *, page: str | None = None, **fields: str) -> httpx.Response:
    """Opens a page and sends its form."""
    token = read_field((await client.get(page or path)).text, "form")
    return await client.post(path, data={"form": token} | fields, headers={"origin": PUBLIC_URL})


@asynccontextmanager
async def watched_house(folder: Path, redis_url: str, watch: Watch) -> AsyncIterator[WatchedHouse]:
    """An assembled house on SQLite over the sandbox, with an operator's login that tells everything it is told."""
    async with AsyncExitStack() as stack:
        login = await stack.enter_async_context(served(_talkative_login()))
        secrets = {"hub_token": HUB, "ivr_token": IVR, "bss_token": BSS, "uam_client_secret": UAM}
        settings = load_settings(
            data_folder=folder, redis_url=redis_url, public_url=PUBLIC_URL, open_documents=True, request_seconds=10,
            snapshot_seconds=0, uam_issuer=login, uam_client_id="onehall", **secrets,
        )  # fmt: skip
        for name, secret in secrets.items():
            watch.canaries.plant(name, secret)
        world = World.open(subscribers=20, now_ms=BORN_MS)
        stack.callback(world.store.close)
        await asyncio.to_thread(upgrade_database, settings.database)
        sandbox = httpx.ASGITransport(create_sandbox(world), raise_app_exceptions=False)
        house = await stack.enter_async_context(assembled(settings, "http://bss.example", sandbox))
        await house.seed()
        app = create_app(house.hall)
        address = await stack.enter_async_context(served(app))
        for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # the house lets its server log on one road
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [], True
        yield WatchedHouse(house, watch, app, address, login)


def _talkative_login() -> Starlette:
    async def describe(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        addresses = {name: f"{base}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        return JSONResponse({"issuer": base} | addresses)

    async def refuse(request: Request) -> Response:
        told = f"{(await request.body()).decode()} {json.dumps(dict(request.headers))} {UAM}"
        return JSONResponse({"error": "invalid_client", "error_description": told}, 400)

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", describe),
            Route("/token_endpoint", refuse, methods=["POST"]),
        ]
    )
