"""What becomes of links and permissions when their time is over, or their line gone?"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.line_watch import LineEnded
from gateway.identity.people.link import end_links_of_line
from gateway.identity.people.permission import concerns, fetch_permissions, is_living
from gateway.identity.people.permission_change import end
from gateway.identity.people.tables import helper_permission
from gateway.identity.session import end_sessions
from gateway.identity.tables import to_us
from graphql_schema.types.own_line import HelpState

_T = helper_permission.c


def line_forgetter(now: Callable[[], datetime]) -> LineEnded:
    """``forget_line`` as the doorkeeper's ``line_ended`` takes it."""

    async def forget(connection: AsyncConnection, line_id: str) -> None:
        await forget_line(connection, line_id, now=now())

    return forget


async def forget_line(connection: AsyncConnection, line_id: str, *, now: datetime) -> None:
    """The line ended, its number went to somebody else, or somebody else holds it now: nothing opens it or by it.

    The other side of a permission is told, in the next round of ``Tidings.tell_waiting``. Links and permissions end
    before sessions do, so that none is begun over them meanwhile.
    """
    await end_links_of_line(connection, line_id, now=now)
    for living in await fetch_permissions(connection, concerns(line_id), is_living(now)):
        other = "helper" if living.owner.line_id == line_id else "owner"
        untold = f"{other}_ended" if living.state is HelpState.ACTIVE else None
        await end(connection, living.id, by="line", now=now, untold=untold)
    await end_sessions(connection, line_id)


async def close_over(connection: AsyncConnection, now: datetime) -> int:
    """Marks what time has ended already, and says how much: silence is a no, a permission that is over is ended.

    Neither opened anything before this ran: every look and every session minds the time itself.
    """
    late = _T.until_us <= to_us(now)
    silent = update(helper_permission).where(_T.state == HelpState.ASKED.value, late)
    refused = await connection.execute(silent.values(state=HelpState.REFUSED.value, untold=None))
    over = update(helper_permission).where(_T.state == HelpState.ACTIVE.value, late)
    ended = await connection.execute(
        over.values(state=HelpState.ENDED.value, ended_at_us=_T.until_us, ended_by="time", untold=None)
    )
    return refused.rowcount + ended.rowcount
