"""TMF637 v4 Product Inventory: which line does a Product describe?"""

from bss_adapters.tmf.fault import FaultKind, bss_fault
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.wire import Wire, wire_list
from graphql_schema.types.line import FamilyRole, Line, LineKind, LineState, Payer, mask_number

LINE_SPECIFICATIONS = {f"{kind.value}-line": kind for kind in LineKind}
"""By the id of the product specification; any other Product is no line."""
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
_DEAD = frozenset({LineState.CLOSED, LineState.PENDING})
LIVING_STATUSES = tuple(status for status, state in _STATES.items() if state not in _DEAD)
"""Of a line that somebody has: neither one that is still to come nor one that is gone."""
_BARRINGS = (None, "", "none", "outgoing")
_ROLES = {"sharesFrom": FamilyRole.SECONDARY, "sharesTo": FamilyRole.MAIN}


def parse_found_lines(reading: Reading, *, number: str, currency: str) -> Line | None:
    """A list of Product → the one line that has the number now; closed ones had it before, a waiting one yields.

    Raises BssFault ``line_garbled``, also when two lines claim the number: then neither may be shown.
    """
    wires = wire_list(reading.bodies[0], system="line", currency=currency)
    lines = [parse_line(wire, reading) for wire in wires]
    if any(line.number != number for line in lines):
        raise bss_fault("line", FaultKind.GARBLED, "productSerialNumber is another line's")
    living = [line for line in lines if line.state not in _DEAD]
    claimants = living or [line for line in lines if line.state is LineState.PENDING]
    if len(claimants) > 1:
        raise bss_fault("line", FaultKind.GARBLED, "two lines have this number")
    return claimants[0] if claimants else None


def parse_living_lines(reading: Reading, *, customer_id: str = "", account_id: str = "", currency: str) -> list[Line]:
    """A list of Product → the living lines of a customer, or of an account, by number.

    What names the customer in another role only (a user, a payer) is left out. Raises BssFault ``line_garbled``, also
    for another account's line: the BSS was asked for none.
    """
    lines = [parse_line(wire, reading) for wire in wire_list(reading.bodies[0], system="line", currency=currency)]
    if account_id and any(line.account_id != account_id for line in lines):
        raise bss_fault("line", FaultKind.GARBLED, "billingAccount is another's")
    held = (line for line in lines if line.state not in _DEAD and customer_id in {"", line.customer_id})
    return sorted(held, key=lambda line: (line.number, line.id))


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
        kind=wire.child("productSpecification").code("id", LINE_SPECIFICATIONS),
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
