"""What does the graph, and the room of deeds, need from others to change what a line has?

Faults of a system are ``ports.BssFault`` (systems ``catalogue``, ``qualification``, ``order``, ``line``); refusals
are raised as ``Problem``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.change import ChangeAction, ChangePreview, ChangeStart, PreparedChange
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.line_service import FreeNumber, LineLife, Puk, ServiceSwitch
from graphql_schema.types.money import Money
from graphql_schema.types.offering import Offering, OfferingCategory
from graphql_schema.types.order import Order


@dataclass(frozen=True, slots=True)
class WantedChange:
    """What somebody wants done to a line: an offering to take (ADD, CHANGE_PLAN, OPEN_LINE), a package to drop, a
    service to switch, a number to reserve. ``start`` None is the usual one."""

    action: ChangeAction
    offering_id: str | None = None
    package_id: str | None = None
    service: str | None = None
    number: str | None = None
    start: ChangeStart | None = None


@dataclass(frozen=True, slots=True)
class UsageRate:
    """What use in the home country costs outside every allowance: ``price`` for each started ``unit`` bytes, seconds or
    messages."""

    id: str
    usage_type: UsageType
    price: Money
    unit: int


@dataclass(frozen=True, slots=True)
class CatalogueReading:
    """Everything on sale or lately so, in the operator's order; ``rates`` where the operator publishes them."""

    categories: tuple[OfferingCategory, ...]
    offerings: tuple[Offering, ...]
    as_of: datetime
    stale: bool
    rates: tuple[UsageRate, ...] = ()


class Catalogue(Protocol):
    """What can be bought (TMF620). Raises BssFault; a last known catalogue stands in."""

    async def fetch_catalogue(self) -> CatalogueReading:
        """All categories, and the offerings that are on sale."""
        ...


@dataclass(frozen=True, slots=True)
class Qualified:
    """A preview and the id under which the BSS remembers it (TMF679)."""

    id: str
    preview: ChangePreview


class Qualifications(Protocol):
    """What a change would do, computed by the BSS (TMF679). Never a last known value. Raises BssFault."""

    async def preview(self, line_id: str, wanted: WantedChange, *, channel: Channel) -> Qualified:
        """Raises NotFound for an offering, package or service that does not exist or is another line's."""
        ...


class LineServices(Protocol):
    """Services of a line, its PUK, free numbers (TMF637). Raises BssFault."""

    async def fetch_switches(self, line_id: str) -> Sequence[ServiceSwitch]:
        """Every service that the line can have on or off."""
        ...

    async def fetch_life(self, line_id: str) -> LineLife:
        """Whether its owner reported it lost, or closes it."""
        ...

    async def fetch_puk(self, line_id: str) -> Puk | None:
        """Asked anew each time and kept nowhere; None: no card, or not known."""
        ...

    async def fetch_free_numbers(self, ending: str, *, limit: int) -> Sequence[FreeNumber]:
        """Numbers that can be reserved and end so (0-4 digits)."""
        ...


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """What is sent to order management. ``reference`` is ours: asked again with it, one order is there."""

    reference: str
    line_id: str
    account_id: str
    wanted: WantedChange
    qualification_id: str
    channel: Channel


class OrderSystem(Protocol):
    """Order management (TMF622). Raises BssFault; a write of unknown outcome is one with ``outcome_unknown``."""

    async def place(self, order: PlacedOrder) -> Order:
        """Places it, or answers the one of that reference. Raises ChangeRefused where the operator says no for good."""
        ...

    async def find(self, line_id: str, reference: str) -> Order | None:
        """The order of a reference, asked anew, or None: it never arrived."""
        ...

    async def fetch_orders(self, line_id: str) -> Sequence[Order]:
        """The line's, newest first, at most 100; ours under our reference."""
        ...

    async def cancel(self, line_id: str, order_id: str) -> Order:
        """Calls it off; doing it twice is doing it once. Raises NotFound, NotCancellable."""
        ...


class OrderDesk(Protocol):
    """Prepare, confirm, follow: implemented by ordering."""

    async def prepare(self, deed: Deed, wanted: WantedChange) -> PreparedChange:
        """Keeps what was shown and waits for the answer; another one that waits for the same is withdrawn. The same
        deed prepares once. Raises ChangeRefused, NotFound, TooMany (5 waiting), BssFault."""
        ...

    async def fetch_prepared(self, caller: Caller, prepared_id: str) -> PreparedChange:
        """One of the caller's line. Raises NotFound."""
        ...

    async def fetch_waiting(self, caller: Caller) -> Sequence[PreparedChange]:
        """Those that wait, newest first."""
        ...

    async def confirm(self, deed: Deed, prepared_id: str) -> Order:
        """Keeps the answer as evidence and places the order; confirmed twice, one order. The order is PLACING while its
        outcome is unknown. Raises ConfirmationExpired, PreviewChanged, ChangeRefused, NotFound, BssFault."""
        ...

    async def withdraw(self, deed: Deed, prepared_id: str) -> None:
        """It will not be made. Raises NotFound; ConfirmationExpired if it was confirmed."""
        ...

    async def fetch_orders(self, caller: Caller) -> Sequence[Order]:
        """The BSS's orders of the line and those of ours that it does not know yet, newest first."""
        ...

    async def cancel(self, deed: Deed, order_id: str) -> Order:
        """Raises NotFound, NotCancellable, BssFault."""
        ...


@dataclass(frozen=True, slots=True)
class WantedSwitch:
    """Deeds of the graph (``*``: all that customers do) that shall rest; ``ends_at`` None: until further notice."""

    deeds: tuple[str, ...]
    begins_at: datetime
    ends_at: datetime | None
    reason_zh: str
    reason_en: str


class DeedSwitches(Protocol):
    """Which deeds rest: freeze windows, planned maintenance, switched off. Implemented by ordering."""

    async def find_resting(self, deed: str) -> ServiceNotice | None:
        """Why this mutation rests now, or None. What was read within 2 s may be answered."""
        ...

    async def fetch_notices(self) -> Sequence[ServiceNotice]:
        """Those that rest now and those that are planned, by their beginning."""
        ...

    async def switch_off(self, deed: Deed, wanted: WantedSwitch) -> ServiceNotice:
        """Raises BadArgument for a deed that is none or must never rest."""
        ...

    async def end(self, deed: Deed, notice_id: str) -> None:
        """The deeds go on at once. Raises NotFound."""
        ...
