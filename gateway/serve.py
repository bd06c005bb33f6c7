"""How does the gateway's process serve, and drain when it is told to end?"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

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
        server = _Server(config)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, server.drain)
        await server.serve()


class _Server(uvicorn.Server):
    """uvicorn's own handling raises the signal anew once it has drained: the hall behind it would never be closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to us."""
        yield

    def drain(self) -> None:
        """Takes nothing new; a second signal does not wait for what is under way."""
        self.force_exit = self.should_exit
        self.should_exit = True
