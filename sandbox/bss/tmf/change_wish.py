"""Which change does an item of a qualification (TMF679) or an order (TMF622) ask for?"""

from typing import Any, Final, NamedTuple

from sandbox.bss.change import CHANNELS, Action, Wanted
from sandbox.bss.month import parse_instant_ms
from sandbox.bss.tmf.body import wanted_text
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import Json

_LOST: Final[dict[bool, Action]] = {True: "reportLoss", False: "resume"}
_SWITCHED: Final[dict[bool, Action]] = {True: "switchOn", False: "switchOff"}


class _About(NamedTuple):
    """What an item names; ``traits`` are its product's characteristics by name."""

    action: str
    offering_id: str | None
    product_id: str | None
    number: str | None
    traits: dict[str, Any]


def parse_wish(wire: Json, items: str, *, start: str | None, channel: Json | None) -> Wanted:
    """The wish of a request whose only item stands under the name ``items``. Raises Problem 400 for what is not
    understood; whether it exists is not asked here."""
    item = _only_item(wire, items)
    about = _parse_item(item)
    line_id = _line_id(wire, item)
    action = _action(about, line_id)
    return Wanted(
        action=action,
        line_id=line_id,
        channel=_channel(channel),
        offering_id=about.offering_id,
        package_id=about.product_id if action == "drop" else None,
        service=about.traits.get("serviceSwitch"),
        number=about.number,
        start_ms=_instant(start),
    )


def _only_item(wire: Json, items: str) -> Json:
    found = wire.get(items)
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        raise bad_request("badProperty", f"{items} must be a list of one item.")
    item: Json = found[0]
    wanted_text(item, "id")
    return item


def _parse_item(item: Json) -> _About:
    product, offering = item.get("product", {}), item.get("productOffering", {})
    if not isinstance(product, dict) or not isinstance(offering, dict):
        raise bad_request("badProperty", "product and productOffering must be objects.")
    return _About(
        wanted_text(item, "action"),
        wanted_text(offering, "id") if offering else None,
        wanted_text(product, "id") if "id" in product else None,
        wanted_text(product, "productSerialNumber") if "productSerialNumber" in product else None,
        _traits(product.get("productCharacteristic", [])),
    )


def _traits(wire: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    if not isinstance(wire, list) or not all(isinstance(item, dict) and "value" in item for item in wire):
        raise bad_request("badProperty", "productCharacteristic must be a list of {name, value}.")
    traits = {wanted_text(item, "name"): item["value"] for item in wire}
    for name, kind in {"serviceSwitch": str, "on": bool, "lost": bool, "closing": bool}.items():
        if name in traits and not isinstance(traits[name], kind):
            raise bad_request("badProperty", f"{name} is of the wrong type.")
    return traits


def _line_id(wire: Json, item: Json) -> str:
    """Of ``relatedParty`` with role ``line``, and of ``reliesOn`` if there is one: both say the same."""
    parties = wire.get("relatedParty", [])
    if not isinstance(parties, list):
        raise bad_request("badProperty", "relatedParty must be a list.")
    said = [wanted_text(party, "id") for party in parties if isinstance(party, dict) and party.get("role") == "line"]
    relations = item.get("product", {}).get("productRelationship", [])
    if not isinstance(relations, list):
        raise bad_request("badProperty", "productRelationship must be a list.")
    said += [wanted_text(relation, "product", "id") for relation in relations if _relies(relation)]
    if not said or len(set(said)) > 1:
        raise bad_request("badProperty", "relatedParty with role line must name the one line that this is about.")
    return said[0]


def _relies(relation: Any) -> bool:  # noqa: ANN401  JSON
    return isinstance(relation, dict) and relation.get("relationshipType") == "reliesOn"


def _action(about: _About, line_id: str) -> Action:
    """What the item means. Raises Problem 400: it means nothing."""
    found: Action | None = None
    if about.action == "add" and about.offering_id:
        found = "openLine" if about.number else "add"
    elif about.action == "delete" and about.product_id:
        found = "close" if about.product_id == line_id else "drop"
    elif about.action == "modify" and about.offering_id:
        found = "changePlan"
    elif about.action == "modify" and about.product_id == line_id:
        found = _of_traits(about.traits)
    if found is None:
        raise bad_request("badProperty", "The item asks for no change that is known here.")
    return found


def _of_traits(traits: dict[str, Any]) -> Action | None:
    if "serviceSwitch" in traits and "on" in traits:
        return _SWITCHED[traits["on"]]
    if "lost" in traits:
        return _LOST[traits["lost"]]
    return "keepOpen" if traits.get("closing") is False else None


def _channel(channel: Json | None) -> str:
    """Absent: none of ours, so whatever is sold in certain channels only is not sold there."""
    if channel is None:
        return "-"
    id_ = wanted_text(channel, "id")
    if id_ not in CHANNELS:
        raise bad_request("badProperty", f"channel.id must be one of {', '.join(CHANNELS)}.")
    return id_


def _instant(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_instant_ms(text)
    except (ValueError, TypeError, OverflowError):
        raise bad_request("badProperty", "The start must be an instant.") from None
