"""What can anybody ask: what is sold, how money is put in, what an invitation gives, what rests?"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import strawberry

from graphql_schema.context import Context
from graphql_schema.order_ports import CatalogueReading
from graphql_schema.problems import BadArgument, NotFound
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.offering import Offering, OfferingCategory
from graphql_schema.types.package import PackageKind
from graphql_schema.types.promotion import PromisedReward
from graphql_schema.types.recharge import Recharge, RechargeOptions, RechargeStarted

TEXT_CHARACTERS_MOST = 60
COMPARED = range(2, 5)
RECEIPT_CHARACTERS_MOST = 64
ANNOUNCED_BEFORE = timedelta(days=7)
Info = strawberry.Info[Context, None]


@strawberry.type
class Catalogue:
    """What can be bought, the same in every channel."""

    reading: strawberry.Private[CatalogueReading]

    @strawberry.field
    def categories(self) -> list[OfferingCategory]:
        """The shelves, in the operator's order."""
        return list(self.reading.categories)

    @strawberry.field
    def offerings(
        self,
        kind: PackageKind | None = None,
        category_id: strawberry.ID | None = None,
        text: str | None = None,
        monthly_fee_most: Decimal | None = None,
    ) -> list[Offering]:
        """What is on sale: of a kind, of a shelf and those in it, with ``text`` in a name, at most so dear a month."""
        if len(text or "") > TEXT_CHARACTERS_MOST:
            raise BadArgument(name="text", most=TEXT_CHARACTERS_MOST)
        if monthly_fee_most is not None and not monthly_fee_most.is_finite():
            raise BadArgument(name="monthlyFeeMost")
        shelves = None if category_id is None else _shelves_within(self.reading.categories, category_id)
        return [
            offering
            for offering in self.reading.offerings
            if offering.on_sale
            and (kind is None or offering.kind is kind)
            and (shelves is None or offering.category_id in shelves)
            and (text is None or _names(offering, text))
            and (monthly_fee_most is None or _fee(offering) <= monthly_fee_most)
        ]

    @strawberry.field
    def offering(self, id: strawberry.ID) -> Offering | None:  # noqa: A002  the graph's word
        """One of them, on sale or not."""
        return self._find(id)

    @strawberry.field
    def compare(self, ids: list[strawberry.ID]) -> list[Offering]:
        """2 to 4 of them side by side, in the order asked for."""
        if len(ids) not in COMPARED or len(set(ids)) != len(ids):
            raise BadArgument(name="ids", least=COMPARED.start, most=COMPARED.stop - 1)
        return [self._find(each) for each in ids]

    def _find(self, offering_id: str) -> Offering:
        found = next((offering for offering in self.reading.offerings if offering.id == offering_id), None)
        if found is None:
            raise NotFound
        return found


@strawberry.type
class CatalogueQuestion:
    """Questions that need no line."""

    @strawberry.field
    async def catalogue(self, info: Info) -> Catalogue | None:
        """What can be bought."""
        return Catalogue(reading=await info.context.facts.catalogue())

    @strawberry.field
    async def service_notices(self, info: Info) -> list[ServiceNotice]:
        """What rests now, and what will within a week."""
        ports = info.context.facts.ports
        soon = datetime.now(UTC) + ANNOUNCED_BEFORE  # rest is planned in real time, whatever the operator's clock says
        return [notice for notice in await ports.switches.fetch_notices() if notice.begins_at <= soon]

    @strawberry.field
    async def invitation_rewards(self, info: Info) -> list[PromisedReward] | None:
        """What an invitation gives now, whoever's it is."""
        return list(await info.context.facts.ports.referrals.fetch_rewards())

    @strawberry.field
    def recharge_options(self, info: Info) -> RechargeOptions:
        """How much can be put in, and how it is paid."""
        return info.context.facts.ports.recharges.options()

    @strawberry.field
    async def recharge(self, info: Info, receipt: str) -> Recharge | None:
        """One recharge, for whoever holds its receipt."""
        return await info.context.facts.ports.recharges.fetch_by_receipt(_bound(receipt))

    @strawberry.field
    async def pay_offer(self, info: Info, receipt: str) -> RechargeStarted | None:
        """The same, and how to pay it while it waits."""
        return await info.context.facts.ports.recharges.fetch_pay_offer(_bound(receipt))


def _bound(receipt: str) -> str:
    if not 0 < len(receipt) <= RECEIPT_CHARACTERS_MOST or not receipt.isascii() or not receipt.isprintable():
        raise NotFound
    return receipt


def _shelves_within(categories: Sequence[OfferingCategory], category_id: str) -> frozenset[str]:
    """The shelf and all that stand in it. Raises NotFound."""
    if category_id not in {category.id for category in categories}:
        raise NotFound
    found = {category_id}
    while more := {category.id for category in categories if category.parent_id in found} - found:
        found |= more
    return frozenset(found)


def _names(offering: Offering, text: str) -> bool:
    wanted = text.casefold().strip()
    return wanted in offering.name.zh.casefold() or wanted in offering.name.en.casefold()


def _fee(offering: Offering) -> Decimal:
    return offering.monthly_fee.amount if offering.monthly_fee else Decimal(0)
