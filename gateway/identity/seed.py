"""Which numbers can sign in from the first minute on?"""

import asyncio
from collections.abc import Iterable

from gateway.identity.doorkeeper import HallDoorkeeper


async def seed_credentials(doorkeeper: HallDoorkeeper, people: Iterable[tuple[str, str, str]]) -> int:
    """Gives each (number, service password, line id) its password and says how many are new.

    One that was set before is left as it is: its owner may have changed it. Raises ValueError for a weak password.
    """
    return sum(await asyncio.gather(*(_seed(doorkeeper, *person) for person in people)))


async def _seed(doorkeeper: HallDoorkeeper, number: str, password: str, line_id: str) -> int:
    if await doorkeeper.has_password(number, line_id=line_id):
        return 0
    weakness = await doorkeeper.set_password(number, password, line_id=line_id)
    if weakness is not None:
        raise ValueError(f"the password of {number} is too weak: {weakness.reason}")
    return 1
