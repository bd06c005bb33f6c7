"""TMF635 usage management: which uses were made?"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from starlette.routing import Route

from sandbox.bss.month import Month, parse_instant_ms, render_instant
from sandbox.bss.portfolio import Line, Portfolio
from sandbox.bss.rating import Rated
from sandbox.bss.tmf.collection import SORT, AllPortfolios, Collection, Filters, collection_routes
from sandbox.bss.tmf.inventory import product_reference
from sandbox.bss.tmf.wire import INVENTORY, USAGE, Json, characteristic, money, reference
from sandbox.bss.usage import count_uses
from sandbox.bss.world import World

_AMOUNT_NAMES: Final = {
    "voice": "durationSeconds", "sms": "messageCount", "data": "volumeBytes", "valueAdded": "eventCount",
}  # fmt: skip


def usage_routes(world: World) -> list[Route]:
    """TMF635 (its hub is with the others)."""
    return collection_routes(world, USAGE, _USES)


def render_usage(rated: Rated, line: Line, now_ms: int) -> Json:
    """A rated use → TMF635 Usage."""
    use = rated.use
    billed = Month.of(use.at_ms) < Month.of(now_ms)
    return {
        "id": use.id,
        "href": f"{USAGE}/usage/{use.id}",
        "usageDate": render_instant(use.at_ms),
        "usageType": use.kind,
        "status": "billed" if billed else "rated",
        "usageCharacteristic": _characteristics(rated),
        "ratedProductUsage": [
            {
                "isBilled": billed,
                "ratingDate": render_instant(use.at_ms),
                "ratingAmountType": "total",
                "offerTariffType": _tariff(rated)[0],
                "taxIncludedRatingAmount": money(rated.fee_li),
                "productRef": product_reference(line.id),
            }
        ],
        "relatedParty": [reference(f"{INVENTORY}/product", line.id, "Product", name=line.number, role="line")],
    }


def _characteristics(rated: Rated) -> list[Json]:
    use = rated.use
    _, zh, en = _tariff(rated)
    traits = [
        characteristic("direction", "outgoing" if use.outgoing else "incoming"),
        characteristic("place", use.place),
        characteristic("roaming", use.roaming),
        characteristic(_AMOUNT_NAMES[use.kind], use.amount),
        characteristic("consumption", [{"bucketId": id_, "amount": amount} for id_, amount in rated.taken]),
        characteristic("tariffName", zh),
        characteristic("tariffNameEn", en),
    ]
    if use.other_number:
        traits.append(characteristic("otherNumber", use.other_number))
    if use.kind == "voice":
        traits.append(characteristic("callType", "domesticLongDistance" if use.long_distance else "local"))
    if use.roaming:
        traits.append(characteristic("roamingType", "international" if use.abroad else "domestic"))
    if use.app:
        traits.append(characteristic("service" if use.kind == "valueAdded" else "application", use.app))
    return traits


def _tariff(rated: Rated) -> tuple[str, str, str]:
    """By what a use was rated, and what that is called: a rate of the catalogue, ``included`` or ``free``."""
    if rated.rate:
        return rated.rate.id, rated.rate.zh, rated.rate.en
    return ("included", "套餐内", "Included in the package") if rated.taken else ("free", "免费", "Free")


def _select(world: World, filters: Filters) -> Sequence[Rated]:
    """The uses that were asked for by line, by kind and by time, in the order that was asked for.

    Without ``sort`` they come account by account, each in order of time. Nobody reads more than the months that the
    time allows, and within them only that part.
    """
    owners = [filters[name] for name in _OWNERS if name in filters]
    if not filters:
        return AllPortfolios(world, _uses, _count)
    if not owners:
        portfolios = [world.portfolio(index) for index in range(world.size)]
    else:
        indexes = {portfolio.index for id_ in owners[0] if (portfolio := world.find_portfolio(id_))}
        portfolios = [world.portfolio(index) for index in sorted(indexes)]
    span = _span(world, filters)
    found = [use for portfolio in portfolios for use in _uses_in(world, portfolio, filters, span)]
    if SORT not in filters:
        return found
    if len(portfolios) > 1:
        found.sort(key=lambda rated: (rated.use.at_ms, rated.use.id))
    return found[::-1] if "-usageDate" in filters[SORT] else found


def _span(world: World, filters: Filters) -> tuple[int, int]:
    """From which instant, up to and including which."""
    first_ms, last_ms = world.first_month.start_ms, world.clock.now_ms()
    for name, wanted in filters.items():
        at_ms = parse_instant_ms(next(iter(wanted))) if name.startswith("usageDate.") else 0
        if name in {"usageDate.gt", "usageDate.gte"}:
            first_ms = max(first_ms, at_ms + (name == "usageDate.gt"))
        elif name in {"usageDate.lt", "usageDate.lte"}:
            last_ms = min(last_ms, at_ms - (name == "usageDate.lt"))
    return first_ms, last_ms


def _uses_in(world: World, portfolio: Portfolio, filters: Filters, span: tuple[int, int]) -> Sequence[Rated]:
    found = _uses(world, portfolio, span)
    for name in _LINES:
        if name in filters and not filters[name] >= {line.id for line in portfolio.lines}:
            found = [rated for rated in found if rated.use.line_id in filters[name]]
    if "usageType" in filters:
        found = [rated for rated in found if rated.use.kind in filters["usageType"]]
    return found


def _uses(world: World, portfolio: Portfolio, span: tuple[int, int] | None = None) -> list[Rated]:
    """The uses of a portfolio in a span (None: all so far), in order of time, equal ones by id."""
    now_ms = world.clock.now_ms()
    first_ms, last_ms = span or (world.first_month.start_ms, now_ms)
    if first_ms > last_ms:
        return []
    found: list[Rated] = []
    for ahead in range(Month.of(last_ms).since(Month.of(first_ms)) + 1):
        rated = world.months.rated(portfolio, Month.of(first_ms).plus(ahead), as_of_ms=now_ms)
        found += rated[bisect_left(rated, first_ms, key=_at) : bisect_right(rated, last_ms, key=_at)]
    return found


def _at(rated: Rated) -> int:
    return rated.use.at_ms


def _count(world: World, portfolio: Portfolio) -> int:
    now_ms = world.clock.now_ms()
    if now_ms < world.born_ms:  # the clock was moved back: some uses have not happened yet
        return len(_uses(world, portfolio))
    born = Month.of(world.born_ms)
    derived = sum(
        count_uses(line, born.plus(-ago), seed=world.seed, born_ms=world.born_ms)
        for line in portfolio.lines
        for ago in range(born.since(world.first_month) + 1)
    )
    return derived + len(world.store.uses(portfolio.index, world.born_ms, now_ms + 1))


_LINES: Final = ("relatedParty.id", "ratedProductUsage.productRef.id")
_OWNERS: Final = ("id", *_LINES)

_USES: Collection[Rated] = Collection(
    path="/usage",
    properties=frozenset({
        "id", "href", "usageDate", "usageType", "status", "usageCharacteristic", "ratedProductUsage", "relatedParty",
    }),
    select=_select,
    render=lambda world, rated: render_usage(rated, world.line(rated.use.line_id), world.clock.now_ms()),
    quick={"id": lambda rated: rated.use.id},
    ordered={"usageDate": parse_instant_ms},
    matched=frozenset({*_LINES, "usageType"}),
)  # fmt: skip
