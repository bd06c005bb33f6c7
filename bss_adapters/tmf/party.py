"""TMF632 v4 Party: does this number of an ID document belong to the holder of a line?

Nothing of a person is kept: every answer comes from the BSS at that moment, past the readings, and is forgotten.
"""

import hashlib
import hmac
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bss_adapters.tmf.call import is_plain_id, plain_id, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.line import PRODUCTS
from bss_adapters.tmf.wire import Wire

_CUSTOMERS = "/customerManagement/v4/customer"
_PARTIES = "/party/v4"
_AGENTS_MOST = 5
_WIDE_TO_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Full-width letters and digits, as some keyboards type them."""


class TmfPeople:
    """Port ``People`` over TMF637, TMF629 and TMF632."""

    def __init__(self, client: TmfClient) -> None:
        self._client = client

    async def matches_identity(self, line_id: str, identity_number: str) -> bool:
        """Whether the ID document of the customer who holds the line has this number; for a company: its agent's.

        Case, spaces and full-width forms do not matter. False also where there is no such line or no document on file.
        The comparison takes the same time whatever the number; the reading of three or four systems' answers does not.
        Raises BssFault ``customer_*``, or ``line_*`` where it is the inventory that fails.
        """
        customer_id = await self._fetch_holder(line_id)
        if customer_id is None:
            return False
        engaged = (await self._fetch(f"{_CUSTOMERS}/{plain_id(customer_id, system='customer')}")).child("engagedParty")
        holders = await self._fetch_people(engaged)
        known = [number for holder in holders for number in _identity_numbers(holder)]
        return is_among(identity_number, known)

    async def _fetch_holder(self, line_id: str) -> str | None:
        """The customer of the line, or None where there is no line."""
        if not is_plain_id(line_id):
            return None
        answer = await self._client.fetch(read_call("line", f"{PRODUCTS}/{line_id}", may_be_absent=True))
        return None if answer.absent else parse_holder(answer.json, line_id=line_id)

    async def _fetch_people(self, engaged: Wire) -> list[Wire]:
        """The person who is the customer, or those who act for the company that is."""
        kind, id_ = engaged.text("@referredType"), plain_id(engaged.text("id"), system="customer")
        if kind == "Individual":
            return [await self._fetch(f"{_PARTIES}/individual/{id_}")]
        if kind != "Organization":
            raise engaged.garbled("engagedParty is neither a person nor a company")
        company = await self._fetch(f"{_PARTIES}/organization/{id_}")
        return [await self._fetch(f"{_PARTIES}/individual/{agent}") for agent in _agents(company)]

    async def _fetch(self, path: str) -> Wire:
        """The object at a path. Raises BssFault ``customer_*``, also when it is another one."""
        answer = await self._client.fetch(read_call("customer", path))
        wire = Wire(answer.json, system="customer", currency="")
        if wire.text("id") != path.rpartition("/")[2]:
            raise wire.garbled("id is another's")
        return wire


def parse_holder(body: Any, *, line_id: str) -> str:  # noqa: ANN401  any JSON value
    """Product → the customer's id. Raises BssFault ``line_garbled``, also when it is another line."""
    wire = Wire(body, system="line", currency="")
    if wire.text("id") != line_id:
        raise wire.garbled("id is another line's")
    for party in wire.children("relatedParty"):
        if party.maybe_text("role") == "customer":
            return party.text("id")
    raise wire.garbled("relatedParty has no customer")


def is_among(number: str, known: list[str]) -> bool:
    """Whether a number is one of the known ones, written in whatever way; nothing is told by how long it takes."""
    asked = _digest(number)
    same = [hmac.compare_digest(asked, _digest(each)) for each in known if _normal(each)]
    return any(same)


def _identity_numbers(person: Wire) -> Iterator[str]:
    documents = person.children("individualIdentification")
    return (number for document in documents if (number := document.maybe_text("identificationId")))


def _agents(company: Wire) -> list[str]:
    agents = (party.text("id") for party in company.children("relatedParty") if party.maybe_text("role") == "agent")
    return [plain_id(agent, system="customer") for agent in islice(agents, _AGENTS_MOST)]


def _digest(number: str) -> bytes:
    return hashlib.sha256(_normal(number).encode("utf-8", "surrogatepass")).digest()


def _normal(number: str) -> str:
    return "".join(number.translate(_WIDE_TO_NARROW).split()).upper()
