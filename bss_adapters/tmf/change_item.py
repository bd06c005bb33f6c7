"""TMF679 and TMF622 v4: which item of a qualification or an order says what is wanted of a line?"""

from datetime import datetime
from typing import Any

from bss_adapters.tmf.call import plain_id
from graphql_schema.order_ports import WantedChange
from graphql_schema.types.change import ChangeAction, ChangeStart
from graphql_schema.types.month import BUSINESS_ZONE, Month

ITEM_ID = "1"
"""There is always one."""
_ADD, _MODIFY, _DELETE = "add", "modify", "delete"
_ON = {ChangeAction.SWITCH_ON: True, ChangeAction.SWITCH_OFF: False}
_OF_LINE = {
    ChangeAction.REPORT_LOSS: {"name": "lost", "value": True},
    ChangeAction.RESUME: {"name": "lost", "value": False},
    ChangeAction.KEEP_OPEN: {"name": "closing", "value": False},
}


def write_item(line_id: str, wanted: WantedChange, *, system: str) -> dict[str, Any]:
    """The item without its start. Raises BssFault ``<system>_refused`` for what can be no id."""
    plain_id(line_id, system=system)
    if wanted.action in _OF_LINE:
        return _modify_line(line_id, [_OF_LINE[wanted.action]])
    if wanted.action is ChangeAction.CLOSE:
        return {"id": ITEM_ID, "action": _DELETE, "product": {"id": line_id}}
    if wanted.action in _ON:
        switched = {"name": "serviceSwitch", "value": _needed(wanted.service, system)}
        return _modify_line(line_id, [switched, {"name": "on", "value": _ON[wanted.action]}])
    if wanted.action is ChangeAction.DROP:
        package_id = _needed(wanted.package_id, system)
        return {"id": ITEM_ID, "action": _DELETE, "product": {"id": package_id, **_on_line(line_id)}}
    offering = {"productOffering": {"id": _needed(wanted.offering_id, system)}}
    if wanted.action is ChangeAction.OPEN_LINE:
        product = {"productSerialNumber": _needed(wanted.number, system), **_on_line(line_id)}
        return {"id": ITEM_ID, "action": _ADD, **offering, "product": product}
    action = _ADD if wanted.action is ChangeAction.ADD else _MODIFY
    return {"id": ITEM_ID, "action": action, **offering, "product": _on_line(line_id)}


def write_start(wanted: WantedChange, *, now: datetime) -> str | None:
    """The instant that says a start: now, or the first of the next cycle; None: the usual one."""
    if wanted.start is None:
        return None
    at = now if wanted.start is ChangeStart.AT_ONCE else Month.of(now).ends_at
    return at.astimezone(BUSINESS_ZONE).isoformat()


def party_of_line(line_id: str) -> dict[str, str]:
    """The line as a related party."""
    return {"id": line_id, "role": "line", "@referredType": "Product"}


def _modify_line(line_id: str, traits: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": ITEM_ID, "action": _MODIFY, "product": {"id": line_id, "productCharacteristic": traits}}


def _on_line(line_id: str) -> dict[str, Any]:
    return {"productRelationship": [{"relationshipType": "reliesOn", "product": {"id": line_id}}]}


def _needed(value: str | None, system: str) -> str:
    return plain_id(value or "", system=system)
