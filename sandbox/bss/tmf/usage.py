"""TMF635 usage management: which uses were made?"""

from collections.abc import Sequence

from starlette.routing import Route

from sandbox.bss.month import Month, render_instant
from sandbox.bss.portfolio import Line, Portfolio
from sandbox.bss.rating import Rated
from sandbox.bss.tmf.collection import Collection, collection_routes, of_portfolios, owner_by_id
from sandbox.bss.tmf.inventory import product_reference
from sandbox.bss.tmf.wire import INVENTORY, USAGE, Json, characteristic, money, reference
from sandbox.bss.usage import count_uses
from sandbox.bss.world import World

_AMOUNT_NAMES = {"voice": "durationSeconds", "sms": "messageCount", "data": "volumeBytes"}


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
                "offerTariffType": rated.rate.id if rated.rate else "included",
                "taxIncludedRatingAmount": money(rated.fee_li),
                "productRef": product_reference(line.id),
            }
        ],
        "relatedParty": [reference(f"{INVENTORY}/product", line.id, "Product", name=line.number, role="line")],
    }


def _characteristics(rated: Rated) -> list[Json]:
    use = rated.use
    traits = [
        characteristic("direction", "outgoing" if use.outgoing else "incoming"),
        characteristic("place", use.place),
        characteristic("roaming", use.roaming),
        characteristic(_AMOUNT_NAMES[use.kind], use.amount),
        characteristic("consumption", [{"bucketId": id_, "amount": amount} for id_, amount in rated.taken]),
    ]
    if use.other_number:
        traits.append(characteristic("otherNumber", use.other_number))
    if use.kind == "voice":
        traits.append(characteristic("callType", "domesticLongDistance" if use.long_distance else "local"))
    if use.app:
        traits.append(characteristic("application", use.app))
    return traits


def _uses(world: World, portfolio: Portfolio) -> Sequence[tuple[Rated, Line]]:
    """All uses of a portfolio, month after month, each in order of time."""
    lines = {line.id: line for line in portfolio.lines}
    now_ms = world.clock.now_ms()
    month, last = world.first_month, Month.of(now_ms)
    found: list[tuple[Rated, Line]] = []
    while month <= last:
        found += [(rated, lines[rated.use.line_id]) for rated in world.months.rated(portfolio, month, as_of_ms=now_ms)]
        month = month.plus(1)
    return found


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


_USES: Collection[tuple[Rated, Line]] = Collection(
    path="/usage",
    properties=frozenset({
        "id", "href", "usageDate", "usageType", "status", "usageCharacteristic", "ratedProductUsage", "relatedParty",
    }),
    select=of_portfolios(
        _uses, {"id": owner_by_id, "relatedParty.id": owner_by_id, "ratedProductUsage.productRef.id": owner_by_id},
        _count
    ),
    render=lambda world, found: render_usage(found[0], found[1], world.clock.now_ms()),
    quick={
        "id": lambda found: found[0].use.id,
        "relatedParty.id": lambda found: found[1].id,
        "usageType": lambda found: found[0].use.kind,
        "ratedProductUsage.productRef.id": lambda found: found[1].id,
    },
)  # fmt: skip
