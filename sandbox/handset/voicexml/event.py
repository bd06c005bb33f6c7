"""Who catches an event?"""

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from sandbox.handset.voicexml.document import name_of

_SHORT_FORMS = ("noinput", "nomatch", "error")


@dataclass(frozen=True, slots=True)
class Catch:
    """What a handler catches, and from which occurrence on."""

    element: etree._Element
    names: tuple[str, ...]
    count: int

    def catches(self, event: str) -> bool:
        """A handler's name is a prefix of the event's, by whole parts; no name at all is any event."""
        return not self.names or any(event == name or event.startswith(name.rstrip(".") + ".") for name in self.names)


def select_catch(
    scopes: list[etree._Element], event: str, occurrence: int, holds: Callable[[etree._Element], bool]
) -> etree._Element | None:
    """The handler for the n-th occurrence of an event (VoiceXML 2.0 §5.2.4).

    Of those that match, in the scopes from the innermost outwards: the first one with the highest count that is not
    above the occurrence.
    """
    catches = [
        catch
        for scope in scopes
        for catch in map(_parse_catch, (child for child in scope if name_of(child) in ("catch", *_SHORT_FORMS)))
        if catch.catches(event) and catch.count <= occurrence and holds(catch.element)
    ]
    best = max((catch.count for catch in catches), default=0)
    return next((catch.element for catch in catches if catch.count == best), None)


def _parse_catch(element: etree._Element) -> Catch:
    name = name_of(element)
    names = (name,) if name in _SHORT_FORMS else tuple(element.get("event", "").split())
    return Catch(element, names, int(element.get("count", "1")))
