"""What do two lines have in common that tell of one person behind both?"""

import hmac
from collections.abc import Iterable
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read
from gateway.identity.tables import device_proof, hall_session
from loyalty.campaign_tables import reward_grant
from loyalty.referral.needs import Ties
from loyalty.reward_tables import redemption
from ordering.money_tables import recharge

PAYERS_MOST = 500


class KnownTies:
    """The ``TiesOfLines`` of loyalty over what this house knows: devices that proved a line, lines that recharged
    another, addresses that goods were sent to. Nothing of it leaves this but keyed digests."""

    def __init__(self, engine: AsyncEngine, *, secret: bytes) -> None:
        self._read, self._secret = partial(read, engine), secret

    async def fetch_ties(self, line_id: str) -> Ties:
        """As it is now."""
        async with self._read() as connection:
            devices = await _fetch_devices(connection, line_id)
            payers = await _fetch_payers(connection, line_id)
            addresses = await _fetch_addresses(connection, line_id)
        return Ties(self._digest("device", devices), self._digest("payer", payers), addresses)

    def _digest(self, what: str, values: Iterable[str]) -> frozenset[str]:
        return frozenset(hmac.digest(self._secret, f"tie:{what}:{value}".encode(), "sha256").hex() for value in values)


async def _fetch_devices(connection: AsyncConnection, line_id: str) -> set[str]:
    """Those that proved it, and those of sessions that began with it."""
    proved = select(device_proof.c.device_id).where(device_proof.c.line_id == line_id)
    signed_in = select(hall_session.c.device_id).where(
        hall_session.c.home_line_id == line_id, hall_session.c.device_id.is_not(None)
    )
    return {each for asked in (proved, signed_in) for each in (await connection.execute(asked)).scalars()}


async def _fetch_payers(connection: AsyncConnection, line_id: str) -> set[str]:
    """The line itself, and whichever line put money onto it: who pays for another is tied to it by that."""
    by_others = (recharge.c.line_id == line_id, recharge.c.by_line_id != line_id)
    asked = select(recharge.c.by_line_id).where(*by_others).distinct().limit(PAYERS_MOST)
    return {line_id, *(await connection.execute(asked)).scalars()}


async def _fetch_addresses(connection: AsyncConnection, line_id: str) -> frozenset[str]:
    """Their digests, which stay when the goods are there and the address is forgotten."""
    of_redemption, of_grant = redemption.c.address_digest, reward_grant.c.address_digest
    redeemed = select(of_redemption).where(redemption.c.line_id == line_id, of_redemption.is_not(None))
    mine = (reward_grant.c.line_id == line_id, reward_grant.c.is_hidden.is_(False))
    won = select(of_grant).where(*mine, of_grant.is_not(None))
    return frozenset((await connection.execute(redeemed.union(won))).scalars())
