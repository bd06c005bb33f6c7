"""Who is asked about changes, who hears of them, and whose time counts?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from graphql_schema.order_ports import OrderSystem, Qualifications
from graphql_schema.ports import Lines
from ordering.changes.needs import NoOrderRewards, OrderRewards


@dataclass(frozen=True, slots=True)
class ChangeSystems:
    """The operator's: lines, what a change would do, orders; and who rewards what is done."""

    lines: Lines
    qualifications: Qualifications
    orders: OrderSystem
    rewards: OrderRewards = field(default_factory=NoOrderRewards)


@dataclass(frozen=True, slots=True)
class ChangeClocks:
    """``now`` is our own time, by which answers count and leases end; ``business`` the operator's, by which orders are
    dated. Aware UTC."""

    now: Callable[[], datetime]
    business: Callable[[], datetime]
