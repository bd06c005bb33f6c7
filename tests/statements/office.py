"""Who asks for exports in these tests, works on them, and looks at what became of them?"""

from typing import Any

from sqlalchemy import func, select

from gateway.identity.seal import Seal
from graphql_schema.types.call_record import CallRecordFilter
from graphql_schema.types.record_export import ExportFormat, RecordExport
from statements.export_work import ExportSources, ExportWork
from statements.exports import SqlRecordExports
from statements.needs import Transaction, View
from statements.tables import record_export_part
from statements.wording import Language
from tests.statements.records import OCTOBER, Lock, Records, make_sources
from tests.statements.world import Letters, Watch, make_caller, make_deed


class Office:
    """A customer, their exports, and whoever works on them."""

    def __init__(  # noqa: PLR0917  the world around it
        self, transaction: Transaction, view: View, exports: SqlRecordExports, seal: Seal, watch: Watch,
        letters: Letters,
    ) -> None:  # fmt: skip
        self.transaction, self.view, self.exports, self.seal = transaction, view, exports, seal
        self.watch, self.letters, self.records, self.lock = watch, letters, Records(), Lock()
        self.language: Language = "zh"
        self._asked = 0

    def hire(self, **rules: Any) -> ExportWork:
        sources: ExportSources = make_sources(self.records, self.lock, self.language)
        return ExportWork(self.transaction, sources, self.letters, seal=self.seal, now=self.watch, **rules)

    async def ask(
        self, export_format: ExportFormat = ExportFormat.CSV, wanted: CallRecordFilter | None = None, *,
        reveal: bool = False,
    ) -> str:  # fmt: skip
        self._asked += 1
        deed = make_deed(f"D{self._asked}")
        return (await self.exports.begin(deed, OCTOBER, export_format, wanted, reveal=reveal)).id

    async def tell(self, export_id: str) -> RecordExport:
        told = await self.exports.fetch_exports(make_caller())
        return next(export for export in told if export.id == export_id)

    async def fetch(self, export_id: str) -> bytes:
        file = await self.exports.open_file(make_caller(), export_id)
        assert file is not None, await self.tell(export_id)
        content = b"".join([piece async for piece in file.pieces])
        assert len(content) == file.size_bytes
        return content

    async def make(self, export_format: ExportFormat = ExportFormat.CSV, **wish: Any) -> bytes:
        export_id = await self.ask(export_format, **wish)
        assert await self.hire().work_on_exports() == 1
        return await self.fetch(export_id)

    async def count_parts(self) -> int:
        async with self.view() as connection:
            counted = select(func.count()).select_from(record_export_part)
            return int((await connection.execute(counted)).scalar_one())
