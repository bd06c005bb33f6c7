"""What changed in the tables since the last revision? `python -m gateway.migrations "<why>"` writes it down."""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from gateway.database import open_database, write
from gateway.migrations import FOLDER, make_config, upgrade_database


def write_revision(why: str) -> Path:
    """A draft of the next revision, compared with every room's tables. Read it before you commit it."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/draft.db"
        upgrade_database(url)
        return asyncio.run(_write_revision(url, why))


async def _write_revision(url: str, why: str) -> Path:
    number = 1 + len(list(ScriptDirectory.from_config(make_config()).walk_revisions()))
    engine = open_database(url)
    async with write(engine) as connection:
        await connection.run_sync(
            lambda sync: command.revision(make_config(sync), why, autogenerate=True, rev_id=f"{number:04}")
        )
    await engine.dispose()
    written = next((FOLDER / "versions").glob(f"{number:04}_*.py"))
    lines = written.read_text(encoding="utf-8").splitlines(keepends=True)
    written.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    return written


if __name__ == "__main__":
    sys.stdout.write(f"{write_revision(' '.join(sys.argv[1:]))}\n")
