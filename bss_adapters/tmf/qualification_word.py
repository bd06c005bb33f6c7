"""TMF679 v4 Product Offering Qualification: which preview does an answer describe?"""

from enum import Enum

from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.wire import Wire, word_codes
from graphql_schema.order_ports import Qualified, WantedChange
from graphql_schema.types.change import (
    ChangeCharge,
    ChangeChargeKind,
    ChangeLoss,
    ChangeObstacle,
    ChangePreview,
    ChangeStart,
    LossKind,
    ObstacleCode,
)

OBSTACLES = word_codes(ObstacleCode)
UNKNOWN = frozenset({"unknownLine", "unknownOffering", "unknownProduct", "unknownService"})
"""What a BSS says of a thing that is not there, or another line's."""
_STARTS = word_codes(ChangeStart)
_CHARGES = word_codes(ChangeChargeKind)
_LOSSES = word_codes(LossKind)


class _Task(Enum):
    DONE = "done"


class _Result(Enum):
    QUALIFIED = "qualified"
    UNQUALIFIED = "unqualified"


_TASKS, _RESULTS = word_codes(_Task), word_codes(_Result)


def parse_qualified(reading: Reading, *, line_id: str, wanted: WantedChange, currency: str) -> Qualified:
    """ProductOfferingQualification → Qualified. Raises BssFault ``qualification_garbled``, also for another line's, for
    one that is not done, and for one that both allows and refuses."""
    wire = Wire(reading.bodies[0], system="qualification", currency=currency)
    wire.code("state", _TASKS)
    items = list(wire.children("productOfferingQualificationItem"))
    if line_id not in [each.text("id") for each in wire.children("relatedParty")] or len(items) != 1:
        raise wire.garbled("it is about something else")
    offering = items[0].maybe_child("productOffering")
    if offering is not None and wanted.offering_id not in {None, offering.text("id")}:
        raise wire.garbled("it is about another offering")
    return Qualified(wire.text("id"), _parse_preview(items[0], wanted, reading))


def parse_obstacle(wire: Wire) -> ChangeObstacle:
    """One ``reasonDetail``, or one bare reason."""
    offering = wire.maybe_child("offering")
    return ChangeObstacle(
        code=wire.code("code", OBSTACLES),
        offering=offering.named() if offering else None,
        until=wire.maybe_day("until"),
        order_id=wire.maybe_text("orderId"),
    )


def _parse_preview(item: Wire, wanted: WantedChange, reading: Reading) -> ChangePreview:
    """An impossible change has neither starts nor figures, whatever else the answer holds."""
    shown, obstacles = item.child("changePreview"), _parse_obstacles(item)
    allowed = not obstacles
    starts = shown.code_list("starts", _STARTS) if allowed else []
    start = shown.code("start", _STARTS) if allowed else None
    if allowed and start not in starts:
        raise shown.garbled("start is none of starts")
    return ChangePreview(
        action=wanted.action,
        offering_id=wanted.offering_id,
        package_id=wanted.package_id,
        service=wanted.service,
        number=wanted.number,
        name=shown.named(),
        allowed=allowed,
        obstacles=obstacles,
        start=start,
        starts=starts,
        starts_on=shown.day("startsOn") if allowed else None,
        price=shown.maybe_money("price"),
        repeats=shown.flag("repeats"),
        charges=[_parse_charge(each) for each in shown.children("charges")] if allowed else [],
        losses=[_parse_loss(each) for each in shown.children("losses")] if allowed else [],
        takes_away=[each.named() for each in shown.children("takesAway")] if allowed else [],
        monthly_before=shown.money("monthlyBefore"),
        monthly_after=shown.money("monthlyAfter"),
        contract_until=shown.maybe_day("contractUntil"),
        terms=shown.maybe_localized("terms"),
        as_of=reading.as_of,
        stale=reading.stale,
    )


def _parse_obstacles(item: Wire) -> list[ChangeObstacle]:
    """Every reason, with its detail where there is one; the details may tell one code several times."""
    codes = [each.code("code", OBSTACLES) for each in item.children("eligibilityUnavailabilityReason")]
    result = item.code("qualificationItemResult", _RESULTS)
    if (result is _Result.QUALIFIED) == bool(codes):
        raise item.garbled("qualificationItemResult does not fit the reasons")
    details = [parse_obstacle(each) for each in item.child("changePreview").children("reasonDetail")]
    told = {each.code for each in details}
    bare = [
        ChangeObstacle(code=code, offering=None, until=None, order_id=None)
        for code in dict.fromkeys(codes)
        if code not in told
    ]
    return [*(each for each in details if each.code in codes), *bare]


def _parse_charge(wire: Wire) -> ChangeCharge:
    return ChangeCharge(
        kind=wire.code("kind", _CHARGES), name=wire.named(), amount=wire.money("amount"), since=wire.day("since")
    )


def _parse_loss(wire: Wire) -> ChangeLoss:
    return ChangeLoss(
        kind=wire.code("kind", _LOSSES),
        name=wire.named(),
        left=wire.maybe_whole("left"),
        amount=wire.maybe_money("amount"),
        on=wire.day("on"),
    )
