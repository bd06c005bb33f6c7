"""What rests now or soon, as every page of the hall says it?"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from graphql_schema.client import Caller, Channel, Graph, Operation

LOG = logging.getLogger(__name__)
READ_WITHIN_SECONDS = 0.5
"""A notice must not hold up the page that it stands on."""
Notice = Mapping[str, Any]


@dataclass(slots=True)
class Noticeboard:
    """The operator's notices: read once in ``kept_seconds`` for everybody; the last known ones if that fails."""

    graph: Graph
    operation: Operation
    kept_seconds: float
    _known: Sequence[Notice] = field(default=(), init=False)
    _read_at: float | None = field(default=None, init=False)

    async def read(self) -> Sequence[Notice]:
        """Those that rest now and those of the coming week, by their beginning."""
        now = monotonic()
        if self._read_at is None or now - self._read_at >= self.kept_seconds:
            self._read_at = now  # whoever comes meanwhile gets what is known
            await self._read_anew()
        return self._known

    async def _read_anew(self) -> None:
        try:
            async with asyncio.timeout(READ_WITHIN_SECONDS):
                outcome = await self.graph.run(self.operation, {}, Caller(Channel.WEB))
        except TimeoutError:
            LOG.warning("the service notices were not read in time")
            return
        if outcome.data is not None:
            self._known = outcome.data["serviceNotices"]


def name_area(deeds: Sequence[str]) -> str:
    """Of what a notice speaks, by the deeds that rest: ``all``, ``change``, ``recharge``, ``points``, or ``other``."""
    if "*" in deeds:
        return "all"
    areas = {_AREA_OF.get(deed, "other") for deed in deeds}
    return areas.pop() if len(areas) == 1 else "other"


_AREA_OF: Mapping[str, str] = {
    **dict.fromkeys(("prepareChange", "confirmChange", "withdrawChange", "cancelOrder"), "change"),
    **dict.fromkeys(
        ("startRecharge", "redeemVoucher", "cancelRecharge", "transferBalance", "setAutoRecharge", "endAutoRecharge"),
        "recharge",
    ),
    **dict.fromkeys(("redeemReward", "transferPoints", "chooseGift", "acceptInvitation"), "points"),
}
