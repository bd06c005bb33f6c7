"""Where are goods to be sent, as a form says it?"""

from collections.abc import Mapping

from channels.web_hall.evidence import read_plain
from graphql_schema.door import Turned

FIELDS = ("person", "phone", "address")
_KEPT_CHARACTERS = 300
PERSON_MOST, PHONE_LEAST, PHONE_MOST, ADDRESS_LEAST, ADDRESS_MOST = 40, 5, 20, 5, 200
"""Characters; the graph takes no more."""


def keep_typed(typed: Mapping[str, str]) -> dict[str, str]:
    """The fields as they were typed, to stand in the form again; longer than they can be, so that nothing is cut off
    unseen."""
    return {name: " ".join(typed.get(name, "").split())[:_KEPT_CHARACTERS] for name in FIELDS}


def read_delivery(typed: Mapping[str, str]) -> dict[str, str] | Turned:
    """The graph's ``DeliveryInput``, or the first field that is wrong."""
    plain = keep_typed(typed)
    person, phone, address = plain["person"], read_plain(plain["phone"]), plain["address"]
    if not 0 < len(person) <= PERSON_MOST or not person.isprintable():
        return Turned("delivery_person")
    digits = phone.removeprefix("+")
    if not PHONE_LEAST <= len(phone) <= PHONE_MOST or not (digits.isascii() and digits.isdecimal()):
        return Turned("delivery_phone")
    if not ADDRESS_LEAST <= len(address) <= ADDRESS_MOST or not address.isprintable():
        return Turned("delivery_address")
    return {"person": person, "number": phone, "address": address}


def find_fault(name: str) -> Turned | None:
    """The graph's word on a delivery (``delivery.person``) as the page says it; None: it is about something else."""
    whole, _, field = name.partition(".")
    return Turned(_FAULT_OF.get(field, "delivery_address")) if whole == "delivery" else None


_FAULT_OF = {"person": "delivery_person", "number": "delivery_phone"}
