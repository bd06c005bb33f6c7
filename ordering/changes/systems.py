"""Who is asked about changes, and whose time counts?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from graphql_schema.order_ports import OrderSystem, Qualifications
from graphql_schema.ports import Lines


@dataclass(frozen=True, slots=True)
class ChangeSystems:
    """The operator's: lines, what a change would do, orders."""

    lines: Lines
    qualifications: Qualifications
    orders: OrderSystem


@dataclass(frozen=True, slots=True)
class ChangeClocks:
    """``now`` is our own time, by which answers count and leases end; ``business`` the operator's, by which orders are
    dated. Aware UTC."""

    now: Callable[[], datetime]
    business: Callable[[], datetime]
