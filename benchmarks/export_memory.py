"""How much memory does an export of a million call records take, and how long?

    python benchmarks/export_memory.py [--records 1000000] [--formats csv xlsx] [--most-mib 150]

Each format is made by a process of its own: the real adapter reads TMF635 pages of 1,000 over the real client (its
transport makes them up as they are asked for), and the worker writes sealed pieces into a SQLite file. Counted is the
most that the whole process ever held (VmHWM), interpreter and libraries included. Ends with 1 where it was too much.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
from sqlalchemy.ext.asyncio import AsyncConnection  # noqa: E402

from bss_adapters.tmf.call_record import TmfCallRecords  # noqa: E402
from bss_adapters.tmf.client import TmfClient  # noqa: E402
from bss_adapters.tmf.snapshot import MemorySnapshots  # noqa: E402
from gateway.database import open_database, read, write  # noqa: E402
from gateway.identity.seal import Seal  # noqa: E402
from graphql_schema.client import Caller, Channel  # noqa: E402
from graphql_schema.identity_ports import Deed  # noqa: E402
from graphql_schema.queries.call_records import mask_record, matches  # noqa: E402
from graphql_schema.types.call_record import CallRecordSwitch  # noqa: E402
from graphql_schema.types.month import Month  # noqa: E402
from graphql_schema.types.record_export import ExportFormat  # noqa: E402
from statements.export_work import ExportSources, ExportWork  # noqa: E402
from statements.exports import SqlRecordExports  # noqa: E402
from statements.tables import metadata  # noqa: E402
from statements.wording import Language  # noqa: E402

OCTOBER = Month(2026, 10)
OWNER = Caller(Channel.WEB, subscriber="L1", number="13800138001", assurance=3)
KINDS = (("voice", "durationSeconds"), ("sms", "messageCount"), ("data", "volumeBytes"), ("valueAdded", "eventCount"))
APART = timedelta(seconds=2)


class MadeUpBss(httpx.AsyncBaseTransport):
    """Answers TMF635 lists of a month with so many records, two seconds apart, newest first."""

    def __init__(self, total: int) -> None:
        self._total = total

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        begin = int(asked["offset"])
        if "usageDate.lte" in asked:
            begin += (OCTOBER.ends_at - datetime.fromisoformat(asked["usageDate.lte"])) // APART - 1
        end = min(begin + int(asked["limit"]), self._total)
        body = json.dumps([_make_usage(order) for order in range(begin, end)], ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "Date": "Sun, 22 Nov 2026 04:00:00 GMT",
            "X-Total-Count": str(self._total - begin + int(asked["offset"])),
            "X-Result-Count": str(end - begin),
        }
        return httpx.Response(200, headers=headers, content=body, request=request)


def _make_usage(order: int) -> dict[str, Any]:
    kind, amount = KINDS[order % 4]
    return {
        "id": f"U{order:08}",
        "usageDate": (OCTOBER.ends_at - APART * (order + 1)).isoformat(),
        "usageType": kind,
        "relatedParty": [{"id": "L1", "role": "line", "@referredType": "Product"}],
        "usageCharacteristic": [
            {"name": "direction", "value": "outgoing" if order % 3 else "incoming"},
            {"name": "place", "value": "广东 广州"},
            {"name": "otherNumber", "value": f"139{order:08}"},
            {"name": amount, "value": order % 3600 + 1},
            {"name": "application", "value": "短视频"},
            {"name": "tariffName", "value": "国内长途通话费"},
            {"name": "tariffNameEn", "value": "Domestic long distance"},
        ],
        "ratedProductUsage": [{"taxIncludedRatingAmount": {"unit": "CNY", "value": order % 100 / 1000}}],
    }


class OpenLock:
    """Nobody has switched their records off."""

    async def fetch_switch(self, caller: Caller) -> CallRecordSwitch:
        return CallRecordSwitch(locked=False, since=None)

    async def is_locked(self, line_id: str) -> bool:
        return False

    async def set_switch(self, deed: Deed, *, locked: bool) -> CallRecordSwitch:
        return CallRecordSwitch(locked=locked, since=None)


class NoNotices:
    """Tells nobody."""

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        return


async def _speak_chinese(_connection: AsyncConnection, _number: str) -> Language:
    return "zh"


async def export(export_format: ExportFormat, total: int, folder: Path) -> dict[str, float]:
    """One export from asking to ready, in this process."""
    engine = open_database(f"sqlite:///{folder / 'onehall.db'}")
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    transaction, view, now = partial(write, engine), partial(read, engine), partial(datetime.now, UTC)
    seal = Seal(secret=b"a benchmark's", purpose="record-export")
    client = TmfClient("http://bss", snapshots=MemorySnapshots(), transport=MadeUpBss(total))
    operators: dict[Language, str] = {"zh": "一厅", "en": "OneHall"}
    sources = ExportSources(TmfCallRecords(client), matches, mask_record, OpenLock(), _speak_chinese, operators)
    exports = SqlRecordExports(transaction, view, seal=seal, now=now)
    await exports.begin(Deed("D1", OWNER), OCTOBER, export_format, None, reveal=True)
    before, began = _most_mib(), time.monotonic()
    assert await ExportWork(transaction, sources, NoNotices(), seal=seal, now=now).work_on_exports() == 1
    seconds = time.monotonic() - began
    [made] = await exports.fetch_exports(OWNER)
    assert (made.state.value, made.rows) == ("ready", total), made
    await client.aclose()
    await engine.dispose()
    return {"before": before, "most": _most_mib(), "seconds": seconds, "megabytes": (made.bytes or 0) / 1e6}


def _most_mib() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--records", type=int, default=1_000_000)
    asked.add_argument("--formats", nargs="+", default=["csv", "xlsx"])
    asked.add_argument("--most-mib", type=float, default=150)
    asked.add_argument("--here", action="store_true", help="in this process, as JSON")
    wished = asked.parse_args()
    if wished.here:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asyncio.run(export(ExportFormat(wished.formats[0]), wished.records, Path(folder)))))
        return
    too_much = False
    for each in wished.formats:
        words = [sys.executable, __file__, "--here", "--records", str(wished.records), "--formats", each]
        found = json.loads(subprocess.run(words, capture_output=True, check=True, text=True).stdout)
        too_much |= found["most"] > wished.most_mib
        print(
            f"{each}: {wished.records:,} records, {found['megabytes']:.0f} MB in {found['seconds']:.0f} s; "
            f"the process held {found['most']:.0f} MiB at most ({found['before']:.0f} before it began)"
        )
    sys.exit(too_much)


if __name__ == "__main__":
    main()
