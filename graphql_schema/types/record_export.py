"""What is an export of call records?"""

from datetime import datetime
from enum import Enum

import strawberry

from graphql_schema.types.month import MonthText
from graphql_schema.types.word import word


@strawberry.enum
class ExportFormat(Enum):
    """CSV and XLSX of any length, PDF up to a stated number of rows."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


@strawberry.enum
class ExportState(Enum):
    """Where an export stands; FAILED says why in ``failure``."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"


@word
class RecordExport:
    """An export of one month's records as a job: it goes on when the customer leaves, is kept for 24 h once it is
    ready, and can be fetched at level 3 until ``expires_at``.

    ``progress`` is 0-100 of the records read; ``rows`` and ``bytes`` stand once it is ready. ``failure`` is a code:
    ``too_many_rows`` (PDF), ``locked``, ``bss``, ``internal``.
    """

    id: str
    month: MonthText
    format: ExportFormat
    state: ExportState
    progress: int
    rows: int | None
    bytes: int | None
    filtered: bool
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    failure: str | None
