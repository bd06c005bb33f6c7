"""Where does a file wait to be fetched, so that nobody else can read it?"""

from collections.abc import AsyncIterator

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from statements.needs import Seal, View
from statements.tables import record_export_part

PART_BYTES = 1024 * 1024


class MissingPart(Exception):  # noqa: N818  what happened
    """A piece of a file is not there: it was deleted while it was on its way out."""


class ExportParts:
    """Files in the database, in sealed pieces. A piece can't be taken for another one's, nor a file be cut short: only
    the last piece says that it is."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    async def keep(  # noqa: PLR0913  a piece's place
        self, connection: AsyncConnection, export_id: str, attempt: int, part: int, content: bytes, *, line_id: str,
        last: bool,
    ) -> None:  # fmt: skip
        """Puts one piece away, in the caller's transaction."""
        sealed = self._seal.close_bytes(content, about=_name(export_id, attempt, part, last=last))
        row = {"export_id": export_id, "attempt": attempt, "part": part, "line_id": line_id, "sealed": sealed}
        await connection.execute(record_export_part.insert().values(row))

    async def read(self, view: View, export_id: str, attempt: int) -> AsyncIterator[bytes]:
        """The pieces in their order, each read when it is wanted. Raises MissingPart, and what the seal raises."""
        table = record_export_part
        mine = (table.c.export_id == export_id, table.c.attempt == attempt)
        async with view() as connection:
            parts = (await connection.execute(select(table.c.part).where(*mine).order_by(table.c.part))).scalars().all()
        if list(parts) != list(range(len(parts))) or not parts:
            raise MissingPart
        for part in parts:
            async with view() as connection:
                asked = select(table.c.sealed).where(*mine, table.c.part == part)
                sealed = (await connection.execute(asked)).scalar_one_or_none()
            if sealed is None:
                raise MissingPart
            yield self._seal.open_bytes(sealed, about=_name(export_id, attempt, part, last=part == parts[-1]))


async def drop_parts(connection: AsyncConnection, export_id: str, *, but: int | None = None) -> None:
    """Deletes what was written of a file; ``but`` is the try whose pieces stay."""
    table = record_export_part
    of = [table.c.export_id == export_id] + ([table.c.attempt != but] if but is not None else [])
    await connection.execute(delete(table).where(*of))


def _name(export_id: str, attempt: int, part: int, *, last: bool) -> str:
    return f"{export_id}:{attempt}:{part}:{'last' if last else 'more'}"
