"""How do a SIM card and a free number look as TMF637 products?"""

from random import Random
from typing import Final, NamedTuple

from sandbox.bss.portfolio import Line, Portfolio
from sandbox.bss.tmf.wire import ACCOUNT, CATALOGUE, INVENTORY, Json, characteristic, reference
from sandbox.bss.world import World

SIM_CARD: Final = "sim-card"
FREE_NUMBER: Final = "free-number"
ENDING: Final = "productSerialNumberEnding"
LONGEST_ENDING: Final = 4
NUMBER_SCHEMA: Final = f"{INVENTORY}/schema/FreeNumber.schema.json"
_TRIES: Final = 10


class SimCard(NamedTuple):
    """The card of a mobile line."""

    portfolio: Portfolio
    line: Line

    @property
    def id(self) -> str:
        """``S000001-1``."""
        return f"S{self.line.id[1:]}"


class FreeNumber(NamedTuple):
    """A number that can be reserved."""

    number: str

    @property
    def id(self) -> str:
        """``N13700138001``."""
        return f"N{self.number}"


def render_card(world: World, card: SimCard) -> Json:
    """Its PUK stands here and in no other answer; another card has another one."""
    changed_ms = world.lines.sim_changed_ms(card.line.id, world.clock.now_ms())
    puk = f"{Random(f'{world.seed}/puk/{card.line.id}/{changed_ms}').randrange(10**8):08}"
    line = reference(f"{INVENTORY}/product", card.line.id, "Product")
    return {
        **_product(card.id, "SIM卡", SIM_CARD),
        "status": "active",
        "billingAccount": reference(f"{ACCOUNT}/billingAccount", card.portfolio.account.id, "BillingAccount"),
        "productRelationship": [{"relationshipType": "isCardOf", "product": line}],
        "productCharacteristic": [characteristic("puk", puk), characteristic("pukTries", _TRIES)],
    }


def render_number(free: FreeNumber) -> Json:
    """A number that is nobody's; its ending is what it is looked for by."""
    return {
        **_product(free.id, "可选号码", FREE_NUMBER),
        "status": "created",
        "productSerialNumber": free.number,
        ENDING: free.number[-LONGEST_ENDING:],
        "@type": "FreeNumber",
        "@baseType": "Product",
        "@schemaLocation": NUMBER_SCHEMA,
    }


def number_schema() -> Json:
    """The schema of the extension; as a filter the ending may be shorter."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "FreeNumber",
        "description": "A TMF637 Product that is a number to be reserved.",
        "type": "object",
        "properties": {ENDING: {"type": "string", "pattern": f"^[0-9]{{{LONGEST_ENDING}}}$"}},
    }


def _product(id_: str, name: str, specification: str) -> Json:
    return {
        "id": id_,
        "href": f"{INVENTORY}/product/{id_}",
        "name": name,
        "productSpecification": reference(
            f"{CATALOGUE}/productSpecification", specification, "ProductSpecification", name=name
        ),
    }
