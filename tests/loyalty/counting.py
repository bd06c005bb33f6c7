"""How many statements does a question ask the database?"""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


async def count_statements(engine: AsyncEngine, ask: Callable[[], Awaitable[Any]]) -> int:
    """Those that are executed while it is asked."""
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", listen)
    try:
        await ask()
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", listen)
    return len(said)
