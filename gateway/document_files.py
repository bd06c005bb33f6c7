"""How does a bill or an export leave the house as a file, and who may have it?"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import Response, StreamingResponse

from channels.rendering import Language
from channels.web_hall.periods import spell_months
from gateway.database import write
from gateway.identity.app_words import NEVER_KEPT
from gateway.identity.audit.entry import AuditEntry, record
from graphql_schema.access import RECORDS
from graphql_schema.client import Caller, Graph, Outcome
from graphql_schema.door import Doorkeeper
from graphql_schema.guard import find_refusal
from graphql_schema.identity_ports import RecordLock
from graphql_schema.problems import NotFound, Problem, RecordsLocked
from graphql_schema.types.month import Month
from statements.bill_pdf import set_bill_pdf
from statements.bill_sheet import BILL_DOCUMENT, BillSheet, lay_out_bill
from statements.bill_tables import write_bill_csv, write_bill_xlsx
from statements.exports import ExportFile, SqlRecordExports
from statements.record_rows import name_file
from statements.shares import SqlBillShares
from statements.wording import load_wording

MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SetBill = Callable[[BillSheet, datetime], bytes]
WAYS_TO_SET: Mapping[str, SetBill] = {
    "pdf": lambda sheet, now: set_bill_pdf(sheet, made_at=now),
    "csv": lambda sheet, _: write_bill_csv(sheet),
    "xlsx": lambda sheet, _: write_bill_xlsx(sheet),
}
"""By the ending of the file."""


@dataclass(frozen=True, slots=True)
class Documents:
    """What documents are made of and who keeps them. ``operators`` is what the house calls itself in each language."""

    graph: Graph
    doorkeeper: Doorkeeper
    engine: AsyncEngine
    exports: SqlRecordExports
    shares: SqlBillShares
    record_lock: RecordLock
    operators: Mapping[Language, str]
    now: Callable[[], datetime]

    async def read_bill(self, caller: Caller, bill_id: str) -> Outcome:
        """The one question that screen and paper share."""
        return await self.graph.run(BILL_DOCUMENT, {"id": bill_id}, caller)

    def lay_out(self, me: Mapping[str, Any], language: Language, number: str | None = None) -> BillSheet:
        """The answer as a sheet."""
        return lay_out_bill(me, language, operator=self.operators[language], number=number, spell=spell_months)

    async def open_export(self, caller: Caller, export_id: str) -> ExportFile | Problem:
        """The file for who may look at call records at this moment; that they fetch it stands in the trail before."""
        refusal = find_refusal(caller, "Me.callRecords", RECORDS, self.now())
        if refusal is not None:
            return refusal
        if caller.subscriber is not None and await self.record_lock.is_locked(caller.subscriber):
            return RecordsLocked()
        file = await self.exports.open_file(caller, export_id)
        if file is None:
            return NotFound()
        await self._note(AuditEntry.by(caller, "fetch_record_export", note=f"{file.format.value} {file.month.text}"))
        return file

    async def give_bill(self, sheet: BillSheet, way: str, entry: AuditEntry) -> Response:
        """The file, once it stands in the trail that it was fetched. Raises DatabaseFault."""
        content = await asyncio.to_thread(WAYS_TO_SET[way], sheet, self.now())
        month = Month(sheet.month.year, sheet.month.month).text
        await self._note(replace(entry, note=f"{way} {month}"))
        headers = NEVER_KEPT | {"Content-Disposition": name_attachment(sheet.wording("bill.file", month=month), way)}
        return Response(content, media_type=MEDIA_TYPES[way], headers=headers)

    async def _note(self, entry: AuditEntry) -> None:
        async with write(self.engine) as connection:
            await record(connection, entry, now=self.now())


def give_export(file: ExportFile, language: Language) -> Response:
    """The file, piece by piece as it is opened: it is never whole in memory."""
    way, name = file.format.value, name_file(load_wording(language), file.month, file.ready_at)
    headers = NEVER_KEPT | {
        "Content-Disposition": name_attachment(name, way),
        "Content-Length": str(file.size_bytes),
    }
    return StreamingResponse(file.pieces, media_type=MEDIA_TYPES[way], headers=headers)


def name_attachment(name: str, way: str) -> str:
    """Content-Disposition (RFC 6266): a plain name for old programs, and the real one; dates, never a number."""
    plain = "".join(sign for sign in name if sign.isascii()).strip("-") or "onehall"
    return f"attachment; filename=\"{plain}.{way}\"; filename*=UTF-8''{quote(name, safe='')}.{way}"
