"""TMF632 v4 Party: does this number of an ID document belong to the holder of a line?

Nothing of a person is kept: every answer comes from the BSS at that moment, past the readings, and is forgotten.
"""

import hashlib
import hmac
from typing import Any

from bss_adapters.tmf.call import is_plain_id, read_call
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
        The comparison takes the same time whatever the number; reading three or four systems' answers does not.
        Raises BssFault ``customer_*``, or ``line_*`` where it is the inventory that fails.
        """
        customer_id = await self._fetch_holder(line_id)
        if customer_id is None:
            return False
        path = f"{_CUSTOMERS}/{customer_id}"
        kind, engaged_id = parse_engaged(await self._fetch(path), customer_id=customer_id)
        people = [engaged_id] if kind == "Individual" else await self._fetch_agents(engaged_id)
        return is_among(identity_number, [number for id_ in people for number in await self._fetch_numbers(id_)])

    async def _fetch_holder(self, line_id: str) -> str | None:
        """The customer of the line, or None where there is no line."""
        if not is_plain_id(line_id):
            return None
        answer = await self._client.fetch(read_call("line", f"{PRODUCTS}/{line_id}", may_be_absent=True))
        return None if answer.absent else parse_holder(answer.json, line_id=line_id)

    async def _fetch_agents(self, company_id: str) -> list[str]:
        return parse_agents(await self._fetch(f"{_PARTIES}/organization/{company_id}"), company_id=company_id)

    async def _fetch_numbers(self, person_id: str) -> list[str]:
        return parse_numbers(await self._fetch(f"{_PARTIES}/individual/{person_id}"), person_id=person_id)

    async def _fetch(self, path: str) -> Any:  # noqa: ANN401  any JSON value
        return (await self._client.fetch(read_call("customer", path))).json


def parse_holder(body: Any, *, line_id: str) -> str:  # noqa: ANN401  any JSON value
    """Product → the id of the line's customer. Raises BssFault ``line_garbled``, also when it is another line."""
    wire = _open(body, line_id, system="line")
    for party in wire.children("relatedParty"):
        if party.maybe_text("role") == "customer":
            return _parse_id(party)
    raise wire.garbled("relatedParty has no customer")


def parse_engaged(body: Any, *, customer_id: str) -> tuple[str, str]:  # noqa: ANN401  any JSON value
    """Customer → ``Individual`` or ``Organization``, and its id. Raises BssFault ``customer_garbled``."""
    engaged = _open(body, customer_id).child("engagedParty")
    kind = engaged.text("@referredType")
    if kind not in ("Individual", "Organization"):
        raise engaged.garbled("engagedParty is neither a person nor a company")
    return kind, _parse_id(engaged)


def parse_agents(body: Any, *, company_id: str) -> list[str]:  # noqa: ANN401  any JSON value
    """Organization → who acts for it: at most five people's ids. Raises BssFault ``customer_garbled``."""
    parties = _open(body, company_id).children("relatedParty")
    return [_parse_id(party) for party in parties if party.maybe_text("role") == "agent"][:_AGENTS_MOST]


def parse_numbers(body: Any, *, person_id: str) -> list[str]:  # noqa: ANN401  any JSON value
    """Individual → the numbers of the ID documents. Raises BssFault ``customer_garbled``."""
    documents = _open(body, person_id).children("individualIdentification")
    return [document.text("identificationId") for document in documents]


def is_among(number: str, known: list[str]) -> bool:
    """Whether a number is one of the known ones, written in whatever way; nothing is told by how long it takes."""
    asked = _digest(number)
    same = [hmac.compare_digest(asked, _digest(each)) for each in known if _normal(each)]
    return any(same)


def _open(body: Any, id_: str, *, system: str = "customer") -> Wire:  # noqa: ANN401  any JSON value
    wire = Wire(body, system=system, currency="")
    if wire.text("id") != id_:
        raise wire.garbled("id is another's")
    return wire


def _parse_id(wire: Wire) -> str:
    id_ = wire.text("id")
    if not is_plain_id(id_):
        raise wire.garbled("id is no id")
    return id_


def _digest(number: str) -> bytes:
    return hashlib.sha256(_normal(number).encode("utf-8", "surrogatepass")).digest()


def _normal(number: str) -> str:
    return "".join(number.translate(_WIDE_TO_NARROW).split()).upper()
