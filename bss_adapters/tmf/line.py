"""TMF637 v4 Product Inventory: which line has this number, and how does it stand?"""

import asyncio
from functools import partial

from bss_adapters.tmf.call import is_plain_id, read_call
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.package import name_package, package_question
from bss_adapters.tmf.reading import Question, Reading, reading_key
from bss_adapters.tmf.wire import Wire, wire_list
from graphql_schema.types.line import FamilyRole, Line, LineKind, LineState, Payer, mask_number
from graphql_schema.types.package import Package

PRODUCTS = "/productInventory/v4/product"
_KINDS = {f"{kind.value}-line": kind for kind in LineKind}
_STATES = {
    "created": LineState.PENDING,
    "pendingActive": LineState.PENDING,
    "active": LineState.ACTIVE,
    "suspended": LineState.SUSPENDED,
    "pendingTerminate": LineState.ACTIVE,
    "terminated": LineState.CLOSED,
    "cancelled": LineState.CLOSED,
    "aborted": LineState.CLOSED,
}
_BARRINGS = (None, "", "none", "outgoing")
_ROLES = {"sharesFrom": FamilyRole.SECONDARY, "sharesTo": FamilyRole.MAIN}


class TmfLines:
    """Port ``Lines`` over TMF637, with names from the catalogue."""

    def __init__(self, client: TmfClient, catalogue: TmfCatalogue, *, currency: str = "CNY") -> None:
        self._client = client
        self._catalogue = catalogue
        self._currency = currency

    async def find_line(self, number: str) -> Line | None:
        """The line that has this number now, or None. Raises BssFault ``line_*``."""
        if not is_plain_id(number):
            return None
        query = {"productSerialNumber": number, "productSpecification.id": ",".join(_KINDS)}
        question: Question[Line] = Question(
            system="line",
            key=reading_key("line", "number", number),
            ask=partial(self._client.ask_once, read_call("line", PRODUCTS, query)),
            parse=partial(parse_found_lines, number=number, currency=self._currency),
        )
        return await self._client.read_if_any(question)

    async def fetch_line(self, line_id: str) -> Line | None:
        """The line with this id, or None. Raises BssFault ``line_*``."""
        if not is_plain_id(line_id):
            return None
        call = read_call("line", f"{PRODUCTS}/{line_id}", may_be_absent=True)
        question = Question(
            system="line",
            key=reading_key("line", "id", line_id),
            ask=partial(self._client.ask_once, call),
            parse=partial(parse_line_by_id, line_id=line_id, currency=self._currency),
        )
        return await self._client.read_if_any(question)

    async def fetch_packages(self, line_id: str) -> list[Package]:
        """The plan first, then the add-ons by start; ended ones are left out. Raises BssFault ``line_*``."""
        question = package_question(self._client, line_id, currency=self._currency)
        names, packages = await asyncio.gather(self._catalogue.fetch_names(), self._client.read(question))
        return [name_package(package, names) for package in packages]


def parse_found_lines(reading: Reading, *, number: str, currency: str) -> Line | None:
    """A list of Product → the one line that has the number now; closed ones had it before, a waiting one yields.

    Raises BssFault ``line_garbled``, also when two lines claim the number: then neither may be shown.
    """
    wires = wire_list(reading.bodies[0], system="line", currency=currency)
    lines = [parse_line(wire, reading) for wire in wires]
    if any(line.number != number for line in lines):
        raise bss_fault("line", FaultKind.GARBLED, "productSerialNumber is another line's")
    living = [line for line in lines if line.state not in {LineState.CLOSED, LineState.PENDING}]
    claimants = living or [line for line in lines if line.state is LineState.PENDING]
    if len(claimants) > 1:
        raise bss_fault("line", FaultKind.GARBLED, "two lines have this number")
    return claimants[0] if claimants else None


def parse_line_by_id(reading: Reading, *, line_id: str, currency: str) -> Line:
    """Product → Line. Raises BssFault ``line_garbled``, also when it is another line."""
    wire = Wire(reading.bodies[0], system="line", currency=currency)
    if wire.text("id") != line_id:
        raise wire.garbled("id is another line's")
    return parse_line(wire, reading)


def parse_line(wire: Wire, reading: Reading) -> Line:
    """Product → Line. Raises BssFault ``line_garbled``."""
    number, role = wire.text("productSerialNumber"), _parse_role(wire)
    customers = [each.text("id") for each in wire.children("relatedParty") if each.maybe_text("role") == "customer"]
    if not customers:
        raise wire.garbled("relatedParty has no customer")
    return Line(
        id=wire.text("id"),
        number=number,
        masked_number=mask_number(number),
        kind=wire.child("productSpecification").code("id", _KINDS),
        state=_parse_state(wire),
        family_role=role,
        payer=_parse_payer(wire, role),
        account_id=wire.child("billingAccount").text("id"),
        customer_id=customers[0],
        as_of=reading.as_of,
        stale=reading.stale,
    )


def _parse_state(wire: Wire) -> LineState:
    state = wire.code("status", _STATES)
    if state is not LineState.ACTIVE:
        return state
    barring = wire.characteristic("productCharacteristic", "barring")
    if barring not in _BARRINGS:
        raise wire.garbled("barring has an unknown code")
    return LineState.OUTGOING_BARRED if barring == "outgoing" else state


def _parse_role(wire: Wire) -> FamilyRole:
    kinds = {each.text("relationshipType") for each in wire.children("productRelationship")}
    return next((role for kind, role in _ROLES.items() if kind in kinds), FamilyRole.NONE)


def _parse_payer(wire: Wire, role: FamilyRole) -> Payer:
    """An organization that is named as the payer pays for a secondary line too."""
    for party in wire.children("relatedParty"):
        if party.maybe_text("role") == "payer" and party.maybe_text("@referredType") == "Organization":
            return Payer.ORGANIZATION
    return Payer.FAMILY if role is FamilyRole.SECONDARY else Payer.SELF
