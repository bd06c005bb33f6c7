"""How are identity's parts put together?"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.idempotency import SqlDeeds
from gateway.identity.doorkeeper import real_now
from graphql_schema.identity_ports import IdentityPorts


def assemble_identity(engine: AsyncEngine, *, secret: bytes) -> IdentityPorts:
    """The ports over one database."""
    parts: dict[str, Any] = dict.fromkeys(IdentityPorts.__dataclass_fields__)
    return IdentityPorts(**parts | {"deeds": SqlDeeds(engine, secret=secret, now=real_now)})
