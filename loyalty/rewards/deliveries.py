"""Can goods be sent there, and how is it kept?"""

import json
from dataclasses import asdict

from graphql_schema.loyalty_ports import Delivery
from graphql_schema.problems import BadArgument
from graphql_schema.types.reward import RewardKind
from loyalty.needs import Seal

_MOST_CHARACTERS = {"person": 40, "number": 20, "address": 200}
_LEAST_ADDRESS = 6


def check_delivery(kind: RewardKind, to: Delivery | None) -> Delivery | None:
    """Where it goes, without blanks around it; None for what is not sent. Raises BadArgument (delivery, person, number,
    address)."""
    if kind is not RewardKind.GOODS:
        return None
    if to is None:
        raise BadArgument(name="delivery")
    trimmed = Delivery(to.person.strip(), to.number.strip(), to.address.strip())
    for name, most in _MOST_CHARACTERS.items():
        text: str = getattr(trimmed, name)
        least = _LEAST_ADDRESS if name == "address" else 1
        if not least <= len(text) <= most or not text.isprintable():
            raise BadArgument(name=name, least=least, most=most)
    if not trimmed.number.removeprefix("+").replace("-", "").isdecimal():
        raise BadArgument(name="number")
    return trimmed


def close_delivery(seal: Seal, to: Delivery) -> str:
    """Sealed, for the operator alone."""
    return seal.close(json.dumps(asdict(to)))


def open_delivery(seal: Seal, closed: str) -> Delivery:
    """The same again."""
    return Delivery(**json.loads(seal.open(closed)))


def digest_address(seal: Seal, to: Delivery) -> str:
    """By which two lines are known to have sent goods to one address, however it was spaced, also after the address
    itself is forgotten."""
    return seal.digest("address:" + "".join(to.address.split()).casefold())
