"""What can a caller ask about changing what the line has?"""

import strawberry

from graphql_schema.context import Context, Facts
from graphql_schema.order_ports import WantedChange
from graphql_schema.problems import BadArgument, NotFound
from graphql_schema.queries.my_security import bound
from graphql_schema.types.change import ChangeAction, ChangePreview, ChangeStart, PreparedChange
from graphql_schema.types.line_service import FreeNumber, LineLife, Puk, ServiceSwitch, SubscribedItem
from graphql_schema.types.order import Order
from graphql_schema.types.package import Package, PackageKind, PackageState

ID_CHARACTERS_MOST = 128
ENDING_DIGITS_MOST = 4
NUMBERS_MOST = 20
Info = strawberry.Info[Context, None]


@strawberry.input
class ChangeWanted:
    """What is to be done to the line: ``offering_id`` to take (ADD, CHANGE_PLAN, OPEN_LINE), ``package_id`` to drop,
    ``service`` to switch, ``number`` to reserve for another line; ``start`` null is the usual one."""

    action: ChangeAction
    offering_id: strawberry.ID | None = None
    package_id: strawberry.ID | None = None
    service: str | None = None
    number: str | None = None
    start: ChangeStart | None = None

    def read(self) -> WantedChange:
        """The same, checked: what its action needs is there, and nothing else. Raises BadArgument."""
        given = {
            "offeringId": self.offering_id,
            "packageId": self.package_id,
            "service": self.service,
            "number": self.number,
        }
        needed = _NEEDED[self.action]
        for name, value in given.items():
            wrong = value is not None and len(value) not in range(1, ID_CHARACTERS_MOST + 1)
            if wrong or (value is not None) != (name in needed):
                raise BadArgument(name=name)
        return WantedChange(
            action=self.action,
            offering_id=self.offering_id,
            package_id=self.package_id,
            service=self.service,
            number=self.number,
            start=self.start,
        )


_NEEDED: dict[ChangeAction, tuple[str, ...]] = {
    ChangeAction.ADD: ("offeringId",),
    ChangeAction.CHANGE_PLAN: ("offeringId",),
    ChangeAction.DROP: ("packageId",),
    ChangeAction.SWITCH_ON: ("service",),
    ChangeAction.SWITCH_OFF: ("service",),
    ChangeAction.REPORT_LOSS: (),
    ChangeAction.RESUME: (),
    ChangeAction.CLOSE: (),
    ChangeAction.KEEP_OPEN: (),
    ChangeAction.OPEN_LINE: ("offeringId", "number"),
}


@strawberry.type
class MyOrders:
    """The caller's orders, and what could be ordered."""

    facts: strawberry.Private[Facts]

    @strawberry.field
    async def change_preview(self, info: Info, wanted: ChangeWanted) -> ChangePreview | None:
        """What a change would do, before anyone confirms it."""
        return await self.facts.preview(wanted.read(), channel=info.context.caller.channel)

    @strawberry.field
    async def prepared_changes(self, info: Info) -> list[PreparedChange] | None:
        """Changes that wait to be confirmed, in whichever channel they were prepared."""
        return list(await self.facts.ports.order_desk.fetch_waiting(info.context.caller))

    @strawberry.field
    async def prepared_change(self, info: Info, id: strawberry.ID) -> PreparedChange | None:  # noqa: A002
        """One of them, also when its time is over."""
        return await self.facts.ports.order_desk.fetch_prepared(info.context.caller, id)

    @strawberry.field
    async def orders(self, info: Info, first: int = 20) -> list[Order] | None:
        """What was ordered, newest first (1-100)."""
        orders = await self.facts.orders(info.context.caller)
        return list(orders[: bound(first)])

    @strawberry.field
    async def order(self, info: Info, id: strawberry.ID) -> Order | None:  # noqa: A002  the graph's word
        """One order."""
        orders = await self.facts.orders(info.context.caller)
        found = next((order for order in orders if order.id == id), None)
        if found is None:
            raise NotFound
        return found

    @strawberry.field
    async def subscribed(self) -> list[SubscribedItem] | None:
        """Everything that the line has, numbered (``0000``)."""
        return number_items(await self.facts.packages(), await self.facts.third_party_offerings())

    @strawberry.field
    async def service_switches(self) -> list[ServiceSwitch] | None:
        """Services of the line that can be on or off."""
        return list(await self.facts.switches())

    @strawberry.field
    async def life(self) -> LineLife | None:
        """Whether the line was reported lost, or is being closed."""
        return await self.facts.life()

    @strawberry.field
    async def puk(self) -> Puk | None:
        """The code that unlocks the SIM card; null where it has none."""
        return await self.facts.puk()

    @strawberry.field
    async def free_numbers(self, ending: str = "") -> list[FreeNumber] | None:
        """Numbers for another line that end so (at most 4 digits); at most 20."""
        if len(ending) > ENDING_DIGITS_MOST or not (ending == "" or (ending.isascii() and ending.isdigit())):
            raise BadArgument(name="ending", least=0, most=ENDING_DIGITS_MOST)
        return list(await self.facts.free_numbers(ending, limit=NUMBERS_MOST))


def number_items(packages: list[Package], of_third_parties: frozenset[str]) -> list[SubscribedItem]:
    """The line's packages with the numbers that drop them: the plan first, which can only be changed."""
    return [
        SubscribedItem(
            position=position,
            package_id=package.id,
            offering_id=package.offering_id,
            name=package.name,
            kind=package.kind,
            state=package.state,
            monthly_fee=package.monthly_fee,
            of_third_party=package.offering_id in of_third_parties,
            droppable=package.kind is PackageKind.ADD_ON and package.state is PackageState.ACTIVE,
            since=package.since,
            until=package.until,
            as_of=package.as_of,
            stale=package.stale,
        )
        for position, package in enumerate(packages, start=1)
    ]
