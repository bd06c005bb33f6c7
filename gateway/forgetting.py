"""What is over, and goes by itself every hour?"""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from gateway.identity.upkeep import forget_of_identity
from gateway.wiring import Hall

log = structlog.get_logger(__name__)
Forget = Callable[[], Awaitable[object]]


async def forget_all(hall: Hall) -> None:
    """Lets each part forget what is over; one that can't leaves its own for the next hour, and nobody else's."""
    parts: Mapping[str, Forget] = {
        "texts": hall.sms_queue.forget_old,
        "counters": hall.counters.forget_old,
        "exports": hall.statements.exports.forget_old,
        "links": hall.statements.shares.forget_old,
        "days": hall.deals.transfers.forget_days,
        "months": hall.deals.auto_work.forget_months,
        "deliveries": hall.rewards.forget_deliveries,
        "identity": lambda: forget_of_identity(hall.identity),
    }
    for name, forget in parts.items():
        try:
            await forget()
        except Exception as error:  # noqa: BLE001  whatever keeps one part from it must not keep the others
            log.error("forgetting_failed", step=name, error=type(error).__name__)
