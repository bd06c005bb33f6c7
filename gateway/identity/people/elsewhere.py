"""Which sessions rest on somebody else's consent, and end with it?"""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.tables import hall_session


async def end_sessions_over_link(connection: AsyncConnection, line_id: str, other_line_id: str) -> None:
    """Ends the sessions in which the person of either line looks at the other. End the link first."""
    table = hall_session
    for home, opened in ((line_id, other_line_id), (other_line_id, line_id)):
        over = (table.c.home_line_id == home, table.c.line_id == opened, table.c.helper_line_id.is_(None))
        await connection.execute(delete(table).where(*over))


async def end_sessions_of_help(connection: AsyncConnection, *, helper_line_id: str, owner_line_id: str) -> None:
    """Ends the sessions in which this helper acts for this owner. End the permission first."""
    table = hall_session
    acting = (table.c.helper_line_id == helper_line_id, table.c.line_id == owner_line_id)
    await connection.execute(delete(table).where(*acting))
