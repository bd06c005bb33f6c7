"""What does a field listen for, and how long?"""

from dataclasses import dataclass

from lxml import etree

from sandbox.handset.voicexml.document import NotUnderstood, name_of
from sandbox.handset.voicexml.grammar import Pattern, either, match_keys, parse_builtin, parse_grammar
from sandbox.handset.voicexml.prompt import parse_seconds

_PROPERTIES = {
    "timeout": "10s",
    "interdigittimeout": "3s",
    "termtimeout": "0s",
    "termchar": "#",
    "bargein": "true",
    "inputmodes": "dtmf",
    "fetchtimeout": "10s",
}


@dataclass(frozen=True, slots=True)
class Listening:
    """A field waits for keys: what would match, for how long, and whether speech may be cut off."""

    item: etree._Element
    name: str
    pattern: Pattern
    first_timeout_seconds: float
    next_timeout_seconds: float
    term_timeout_seconds: float
    term_char: str
    barge_in: bool

    def goes_on(self, keys: str) -> bool:
        """Whether more may follow: another key, or the one that only ends the input (within the termtimeout)."""
        match = match_keys(self.pattern, keys)
        return bool(match.next_keys) or (match.whole and self.term_timeout_seconds > 0)

    def silence_seconds(self, keys: str) -> float:
        """How long the field waits after these keys."""
        if not keys:
            return self.first_timeout_seconds
        return self.next_timeout_seconds if match_keys(self.pattern, keys).next_keys else self.term_timeout_seconds

    @property
    def is_single_key(self) -> bool:
        """Whether one key is always the whole answer."""
        first_keys = match_keys(self.pattern, "").next_keys
        return not any(match_keys(self.pattern, key).next_keys for key in first_keys)


def listen(item: etree._Element, prompts: list[etree._Element]) -> Listening:
    """Reads a field's grammars and timeouts. Raises NotUnderstood for a field that nothing could fill."""
    patterns = [parse_grammar(grammar) for grammar in children(item, "grammar")]
    if item.get("type") is not None:
        patterns.append(parse_builtin(item.get("type", "")))
    if not patterns:
        raise NotUnderstood(f"a field without a grammar at line {item.sourceline}")
    timeout = next((p.get("timeout") for p in reversed(prompts) if p.get("timeout")), None)
    return Listening(
        item=item,
        name=item_name(item),
        pattern=either(patterns),
        first_timeout_seconds=parse_seconds(timeout or _property(item, "timeout")),
        next_timeout_seconds=parse_seconds(_property(item, "interdigittimeout")),
        term_timeout_seconds=parse_seconds(_property(item, "termtimeout")),
        term_char=_property(item, "termchar"),
        barge_in=all(p.get("bargein", _property(item, "bargein")) == "true" for p in prompts),
    )


def children(parent: etree._Element, *names: str) -> list[etree._Element]:
    """The child elements of these names, in order."""
    return [child for child in parent if name_of(child) in names]


def item_name(item: etree._Element) -> str:
    """The name of a form item; one without has a name of the browser's own."""
    return item.get("name") or item.getroottree().getpath(item)


def _property(item: etree._Element, name: str) -> str:
    """The nearest value of a property (VoiceXML 2.0 §6.3)."""
    for scope in (item, *item.iterancestors()):
        for each in scope:
            if name_of(each) == "property" and each.get("name") == name:
                return each.get("value", "")
    return _PROPERTIES[name]
