"""What does a copy of somebody's data look like, and where does it wait to be fetched?"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.personal_data.tables import personal_data_export
from gateway.identity.seal import BrokenSeal, Seal
from gateway.identity.tables import to_us

PART_BYTES = 1024 * 1024
READMES = {name: Path(__file__).with_name(name) for name in ("README.zh.txt", "README.en.txt")}
Records = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """Whose copy, as of when. ``cut`` names kinds of which the oldest alone are in it."""

    line_id: str
    number: str | None
    made_at: datetime
    expires_at: datetime
    cut: tuple[str, ...] = ()


def pack_export(records: Records, facts: ExportFacts) -> bytes:
    """A ZIP: a JSON file a kind of record, a README in Chinese and in English, and a manifest with counts and SHA-256.

    Works through everything in memory: call it in a thread.
    """
    files = {f"{kind}.json": _render(rows) for kind, rows in records.items()}
    named = {"number": facts.number or "—", "made_at": facts.made_at.isoformat(), "until": facts.expires_at.isoformat()}
    for name, path in READMES.items():
        files[name] = Template(path.read_text(encoding="utf-8")).substitute(named).encode()
    counts = {f"{kind}.json": len(rows) for kind, rows in records.items()}
    files["manifest.json"] = _render(_list_files(files, counts, facts))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, facts.made_at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


class ExportStore:
    """Keeps exports in the database, closed with the house's secret, until they are fetched or their time is over."""

    def __init__(self, *, secret: bytes) -> None:
        self._seal = Seal(secret=secret, purpose="personal-data-export")

    async def keep(
        self, connection: AsyncConnection, request_id: str, content: bytes, *, line_id: str, expires_at: datetime
    ) -> None:
        """Puts the ZIP away in the place of any other of the line."""
        table = personal_data_export
        await connection.execute(delete(table).where(table.c.line_id == line_id))
        for part, begin in enumerate(range(0, len(content), PART_BYTES)):
            last = begin + PART_BYTES >= len(content)
            piece = content[begin : begin + PART_BYTES]
            row = {
                "request_id": request_id,
                "part": part,
                "line_id": line_id,
                "sealed": self._seal.close_bytes(piece, about=_name_part(request_id, part, last=last)),
                "expires_at_us": to_us(expires_at),
            }
            await connection.execute(insert(table).values(**row))

    async def open(self, connection: AsyncConnection, request_id: str, *, line_id: str, now: datetime) -> bytes | None:
        """The ZIP, or None where there is none (any more), or it is another line's. Raises BrokenSeal."""
        table = personal_data_export
        mine = (table.c.request_id == request_id, table.c.line_id == line_id, table.c.expires_at_us > to_us(now))
        rows = (
            await connection.execute(select(table.c.part, table.c.sealed).where(*mine).order_by(table.c.part))
        ).all()
        if not rows:
            return None
        if [row.part for row in rows] != list(range(len(rows))):
            raise BrokenSeal("a piece of the export is missing")
        return b"".join(
            self._seal.open_bytes(row.sealed, about=_name_part(request_id, row.part, last=row is rows[-1]))
            for row in rows
        )


def _name_part(request_id: str, part: int, *, last: bool) -> str:
    # A piece can't be taken for another one, and an export can't be cut short: only the last piece says that it is.
    return f"{request_id}:{part}:{'last' if last else 'more'}"


def _list_files(files: Mapping[str, bytes], counts: Mapping[str, int], facts: ExportFacts) -> dict[str, Any]:
    listed = [
        {"file": name, "records": counts.get(name), "sha256": sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    ]
    whose = {"line": facts.line_id, "number": facts.number, "made_at": facts.made_at.isoformat()}
    return {**whose, "incomplete": list(facts.cut), "files": listed}


def _render(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode() + b"\n"
