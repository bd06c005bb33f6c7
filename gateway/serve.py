"""How does the gateway's process serve, and drain when it is told to end?"""

import asyncio

import uvicorn

from gateway.app import create_app
from gateway.settings import Settings
from gateway.wiring import open_hall

DRAINED_WITHIN_SECONDS = 7
LARGEST_FRAME_BYTES = 64 * 1024


def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; then takes nothing new and lets what is under way end."""
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with open_hall(settings) as hall:
        config = uvicorn.Config(
            create_app(hall),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            ws_max_size=LARGEST_FRAME_BYTES,
            timeout_graceful_shutdown=DRAINED_WITHIN_SECONDS,
        )
        await uvicorn.Server(config).serve()
