"""TMF637 product inventory: which lines and packages are held?"""

from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.brake import Brake
from sandbox.bss.catalogue import OFFERING
from sandbox.bss.free_number import free_numbers
from sandbox.bss.line_history import Standing
from sandbox.bss.month import render_instant
from sandbox.bss.number import portfolios_by_number
from sandbox.bss.portfolio import Line, LineKind, Package, Portfolio
from sandbox.bss.tmf.card_and_number import (
    ENDING,
    FREE_NUMBER,
    LONGEST_ENDING,
    NUMBER_SCHEMA,
    SIM_CARD,
    FreeNumber,
    SimCard,
    number_schema,
    render_card,
    render_number,
)
from sandbox.bss.tmf.collection import (
    GREATEST_LIMIT,
    Collection,
    Filters,
    collection_routes,
    of_portfolios,
    owner_by_id,
    render_json,
)
from sandbox.bss.tmf.line_traits import life_traits
from sandbox.bss.tmf.party import organization_reference, party_reference, person_reference
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import ACCOUNT, CATALOGUE, INVENTORY, Json, characteristic, money, reference
from sandbox.bss.world import World

_SPECIFICATIONS: Final[dict[LineKind, tuple[str, str]]] = {
    "mobile": ("mobile-line", "移动电话"),
    "fixed": ("fixed-line", "固定电话"),
    "broadband": ("broadband-line", "家庭宽带"),
    "iptv": ("iptv-line", "IPTV"),
}


class Held(NamedTuple):
    """A line, or one package of it."""

    portfolio: Portfolio
    line: Line
    package: Package | None

    @property
    def id(self) -> str:
        """The product's id."""
        return self.package.id if self.package else self.line.id


def inventory_routes(world: World) -> list[Route]:
    """TMF637, and the schema of the extension that free numbers declare."""

    async def show_schema(_: Request) -> Response:
        return render_json(number_schema())

    return [Route(NUMBER_SCHEMA, show_schema, methods=["GET"]), *collection_routes(world, INVENTORY, _PRODUCTS)]


def product_reference(id_: str, name: str = "") -> Json:
    """A reference to a line or package."""
    more = {"name": name} if name else {}
    return reference(f"{INVENTORY}/product", id_, "Product", **more)


def render_line(
    portfolio: Portfolio, line: Line, *, standing: Standing, sim_changed_ms: int | None, brake: Brake
) -> Json:
    """Line → TMF637 Product."""
    specification, name = _SPECIFICATIONS[line.kind]
    traits = [characteristic("province", line.city.province), characteristic("city", line.city.zh)]
    if standing == "outgoingBarred":
        traits.append(characteristic("barring", "outgoing"))
    if sim_changed_ms is not None:
        traits.append(characteristic("simChangedAt", render_instant(sim_changed_ms)))
    if brake.paused and brake.since_ms is not None:
        traits.append(characteristic("chargeBrake", list(brake.paused)))
        traits.append(characteristic("chargeBrakeSince", render_instant(brake.since_ms)))
    wire = {
        **_product(line.id, name, portfolio, specification),
        "productSerialNumber": line.number,
        "status": "active" if standing == "outgoingBarred" else standing,
        "startDate": render_instant(line.since_ms),
        "productCharacteristic": traits,
        "productRelationship": _shares(portfolio, line),
        "relatedParty": _parties(portfolio, line),
    }
    if line.until_ms is not None:
        wire["terminationDate"] = render_instant(line.until_ms)
    return wire


def render_line_now(world: World, line: Line) -> Json:
    """Line → TMF637 Product, as it stands now."""
    now_ms = world.clock.now_ms()
    wire = render_line(
        world.portfolio_of(line.id),
        line,
        standing=world.standing(line, now_ms),
        sim_changed_ms=world.lines.sim_changed_ms(line.id, now_ms),
        brake=world.lines.brake(line.id, now_ms),
    )
    wire["productCharacteristic"] += life_traits(world, line, now_ms)
    return wire


def render_package(portfolio: Portfolio, line: Line, package: Package, now_ms: int) -> Json:
    """Package → TMF637 Product."""
    offering = OFFERING[package.offering_id]
    wire = {
        **_product(package.id, offering.zh, portfolio, offering.kind),
        "status": _status(package, now_ms),
        "startDate": render_instant(package.since_ms),
        "productOffering": reference(f"{CATALOGUE}/productOffering", offering.id, "ProductOffering", name=offering.zh),
        "productRelationship": [{"relationshipType": "reliesOn", "product": product_reference(line.id)}],
        "relatedParty": [party_reference(portfolio.customer, "customer")],
    }
    if offering.fee_li:
        wire["productPrice"] = [_monthly_price(0 if package.free else offering.fee_li, package)]
    if package.until_ms is not None:
        wire["terminationDate"] = render_instant(package.until_ms)
    if package.contract_until_ms is not None:
        valid = {
            "startDateTime": render_instant(package.since_ms),
            "endDateTime": render_instant(package.contract_until_ms),
        }
        wire["productTerm"] = [{"name": "contract", "description": "合约期", "validFor": valid}]
    return wire


def _monthly_price(fee_li: int, package: Package) -> Json:
    """The monthly fee; a lower one at first is an alteration that lasts so many billing months from the start."""
    price: Json = {
        "name": "月费",
        "priceType": "recurring",
        "recurringChargePeriod": "month",
        "price": {"taxIncludedAmount": money(fee_li)},
    }
    if package.introductory:
        alteration = {
            "name": "首期优惠",
            "description": "Introductory price",
            "priceType": "recurring",
            "recurringChargePeriod": "month",
            "applicationDuration": package.introductory.months,
            "price": {"taxIncludedAmount": money(-package.introductory.off_li)},
        }
        price["productPriceAlteration"] = [alteration]
    return price


def _product(id_: str, name: str, portfolio: Portfolio, specification: str) -> Json:
    account = reference(
        f"{ACCOUNT}/billingAccount", portfolio.account.id, "BillingAccount", name=f"{portfolio.customer.name}的账户"
    )
    return {
        "id": id_,
        "href": f"{INVENTORY}/product/{id_}",
        "name": name,
        "isBundle": False,
        "isCustomerVisible": True,
        "productSpecification": reference(
            f"{CATALOGUE}/productSpecification", specification, "ProductSpecification", name=name
        ),
        "billingAccount": account,
    }


def _shares(portfolio: Portfolio, line: Line) -> list[Json]:
    if line.main_line_id:
        return [{"relationshipType": "sharesFrom", "product": product_reference(line.main_line_id)}]
    return [
        {"relationshipType": "sharesTo", "product": product_reference(other.id)}
        for other in portfolio.lines
        if other.main_line_id == line.id
    ]


def _parties(portfolio: Portfolio, line: Line) -> list[Json]:
    """Who signed, who uses it, and the company that pays, if it is one."""
    parties = [party_reference(portfolio.customer, "customer"), person_reference(line.user, "user")]
    return [*parties, organization_reference(portfolio.customer, "payer")] if portfolio.customer.company else parties


def _status(package: Package, now_ms: int) -> str:
    if package.since_ms > now_ms:
        return "pendingActive"
    if package.until_ms is None:
        return "active"
    return "pendingTerminate" if package.until_ms > now_ms else "terminated"


def _held(_: World, portfolio: Portfolio) -> Sequence[Held]:
    return [Held(portfolio, line, package) for line in portfolio.lines for package in (None, *line.packages)]


_select_held = of_portfolios(
    _held,
    {
        "id": owner_by_id,
        "productSerialNumber": portfolios_by_number,
        "productRelationship.product.id": owner_by_id,
        "billingAccount.id": owner_by_id,
        "relatedParty.id": owner_by_id,
    },
    lambda _, portfolio: sum(1 + len(line.packages) for line in portfolio.lines),
)


def _select(world: World, filters: Filters) -> Sequence[Held | SimCard | FreeNumber]:
    """A card is shown to who asks for the card of a line, and free numbers to who asks for such, and not else."""
    specifications = filters.get("productSpecification.id")
    if specifications == frozenset({FREE_NUMBER}):
        return _free(world, filters.get(ENDING, frozenset([""])))
    if ENDING in filters:
        raise bad_request("unknownFilter", f"Only a {FREE_NUMBER} is found by {ENDING}.")
    if specifications == frozenset({SIM_CARD}):
        return _cards(world, filters.get("productRelationship.product.id", frozenset()))
    return _select_held(world, filters)


def _free(world: World, endings: frozenset[str]) -> list[FreeNumber]:
    """At most as many as a page can hold."""
    taken = world.orders.numbers_given(world.clock.now_ms())
    found: list[FreeNumber] = []
    for ending in sorted(endings):
        if not (ending == "" or (ending.isascii() and ending.isdigit())) or len(ending) > LONGEST_ENDING:
            raise bad_request("badFilter", f"{ENDING} must be at most {LONGEST_ENDING} digits.")
        found += map(FreeNumber, islice(free_numbers(ending, seed=world.seed, taken=taken), GREATEST_LIMIT))
    return found


def _cards(world: World, line_ids: frozenset[str]) -> list[SimCard]:
    owners = ((owner, owner.line(id_)) for id_ in sorted(line_ids) for owner in owner_by_id(world, id_))
    now_ms = world.clock.now_ms()
    return [SimCard(own, line) for own, line in owners if line and line.kind == "mobile" and not line.is_ended(now_ms)]


def _render(world: World, held: Held | SimCard | FreeNumber) -> Json:
    if isinstance(held, SimCard):
        return render_card(world, held)
    if isinstance(held, FreeNumber):
        return render_number(held)
    portfolio, line, package = held
    return render_package(portfolio, line, package, world.clock.now_ms()) if package else render_line_now(world, line)


def _specification(held: Held | SimCard | FreeNumber) -> str:
    if not isinstance(held, Held):
        return SIM_CARD if isinstance(held, SimCard) else FREE_NUMBER
    return OFFERING[held.package.offering_id].kind if held.package else _SPECIFICATIONS[held.line.kind][0]


def _number(held: Held | SimCard | FreeNumber) -> str:
    if isinstance(held, FreeNumber):
        return held.number
    return held.line.number if isinstance(held, Held) and not held.package else ""


def _account(held: Held | SimCard | FreeNumber) -> str:
    return "" if isinstance(held, FreeNumber) else held.portfolio.account.id


_PRODUCTS: Collection[Held | SimCard | FreeNumber] = Collection(
    path="/product",
    properties=frozenset({
        "id", "href", "name", "isBundle", "isCustomerVisible", "productSerialNumber", "status", "startDate",
        "terminationDate",
        "productSpecification", "productOffering", "productPrice", "productTerm", "productRelationship",
        "productCharacteristic", "billingAccount", "relatedParty", ENDING,
    }),
    select=_select,
    render=_render,
    quick={
        "id": lambda held: held.id,
        "productSerialNumber": _number,
        "billingAccount.id": _account,
        "productSpecification.id": _specification,
    },
    matched=frozenset({ENDING}),
)  # fmt: skip
