"""Does an export hold no more of a long month than of a short one? (benchmarks/export_memory.py: of a million.)"""

import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from graphql_schema.types.record_export import ExportFormat
from tests.statements.office import Office

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(tmp_path: object) -> str:
    return f"sqlite:///{tmp_path}/onehall.db"


@pytest.fixture
def young_heap() -> Iterator[None]:
    """Cycles of garbage wait for a full collection until they are a quarter of what the process keeps (CPython): here
    it sees nothing of what other tests left, so that only the export is measured."""
    gc.collect()
    gc.freeze()
    gc.collect()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("young_heap")
@pytest.mark.parametrize("export_format", [ExportFormat.CSV, ExportFormat.XLSX])
async def test_four_times_the_records_take_no_more_memory(
    office: Office,
    export_format: ExportFormat,
) -> None:
    short = await _measure(office, export_format, 1_000)
    long = await _measure(office, export_format, 4_000)
    assert long < short + 500_000


async def _measure(office: Office, export_format: ExportFormat, total: int) -> int:
    office.records.total = total
    export_id = await office.ask(export_format)
    work = office.hire(part_bytes=100_000)
    tracemalloc.start()
    try:
        assert await work.work_on_exports() == 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert (await office.tell(export_id)).rows == total
