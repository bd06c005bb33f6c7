"""Which packages has a line won rewards with that it would lose by giving them up?"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.campaign_tables import reward_grant
from loyalty.campaigns.returning import OVER
from loyalty.points.policies import find_business_day


async def fetch_binding_packages(connection: AsyncConnection, line_id: str, *, now: datetime) -> list[str]:
    """Those that it had when it won something that leaving early still takes back, in their order."""
    table = reward_grant
    bound = (table.c.clawback_until >= find_business_day(now).isoformat(), table.c.state.not_in(OVER), table.c.kept > 0)
    mine = (table.c.line_id == line_id, table.c.package.is_not(None))
    asked = select(table.c.package).distinct().where(*mine, *bound).order_by(table.c.package)
    return [str(package) for package in (await connection.execute(asked)).scalars()]
