"""Is this a VoiceXML document of which every element and attribute is understood here?"""

from dataclasses import dataclass, field

from lxml import etree

VXML = "http://www.w3.org/2001/vxml"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SPEECH = "s p prosody break say-as value"
_DEEDS = "assign var if submit goto exit disconnect throw reprompt clear log prompt value"
_EVENTS = "catch noinput nomatch error"

# element: (its attributes, its children). What stands in no row is an error, never skipped.
_KNOWN = {
    "vxml": ("version xml:lang", f"form property var meta {_EVENTS}"),
    "meta": ("name content http-equiv", ""),
    "property": ("name value", ""),
    "var": ("name expr", ""),
    "form": ("id", f"block field transfer var property filled {_EVENTS}"),
    "block": ("name cond expr", _DEEDS),
    "field": ("name cond expr type", f"prompt grammar property filled {_EVENTS}"),
    "transfer": ("name cond type bridge dest destexpr aai aaiexpr connecttimeout", f"prompt filled property {_EVENTS}"),
    "prompt": ("bargein timeout count cond xml:lang", _SPEECH),
    "s": ("xml:lang", _SPEECH),
    "p": ("xml:lang", _SPEECH),
    "prosody": ("rate volume", _SPEECH),
    "break": ("time strength", ""),
    "say-as": ("interpret-as format", ""),
    "value": ("expr", ""),
    "grammar": ("mode version root src type xml:lang", "rule"),
    "rule": ("id scope", "item one-of ruleref"),
    "one-of": ("", "item"),
    "item": ("repeat", "item one-of ruleref"),
    "ruleref": ("uri", ""),
    "filled": ("mode namelist", _DEEDS),
    "catch": ("event count cond", _DEEDS),
    "noinput": ("count cond", _DEEDS),
    "nomatch": ("count cond", _DEEDS),
    "error": ("count cond", _DEEDS),
    "assign": ("name expr", ""),
    "if": ("cond", f"{_DEEDS} elseif else"),
    "elseif": ("cond", ""),
    "else": ("", ""),
    "submit": ("next expr method namelist enctype", ""),
    "goto": ("next expr nextitem", ""),
    "exit": ("", ""),
    "disconnect": ("", ""),
    "throw": ("event message", ""),
    "reprompt": ("", ""),
    "clear": ("namelist", ""),
    "log": ("label expr", "value"),
}
_MIXED = {"block", "filled", "catch", "noinput", "nomatch", "error", "if", "log"} | {
    *("prompt", "s", "p", "prosody", "say-as", "item", "rule")
}


class NotUnderstood(Exception):  # noqa: N818  it is said of a document
    """The document uses something that this browser does not know."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is understood as a whole. ``url`` is what its addresses are relative to."""

    root: etree._Element
    url: str
    forms: dict[str | None, etree._Element] = field(default_factory=dict)

    @property
    def first_form(self) -> etree._Element:
        """Where execution begins."""
        return next(element for element in self.root if name_of(element) == "form")


def parse_document(body: bytes, url: str) -> Document:
    """Raises NotUnderstood for what is no XML, no VoiceXML 2.x, or has an element or attribute unknown here."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise NotUnderstood(f"not XML: {error}") from None
    if root.tag != f"{{{VXML}}}vxml" or root.get("version") not in ("2.0", "2.1"):
        raise NotUnderstood(f"not VoiceXML 2.x: <{root.tag}> of version {root.get('version')!r}")
    _require_known(root)
    forms = {form.get("id"): form for form in root if name_of(form) == "form"}
    if not forms:
        raise NotUnderstood("a document without a form")
    return Document(root, url, forms)


def name_of(element: etree._Element) -> str:
    """The element's name in VoiceXML's namespace; anything else is not understood."""
    qualified = etree.QName(element) if isinstance(element.tag, str) else None
    if qualified is None or qualified.namespace != VXML:
        raise NotUnderstood(f"<{element.tag}> at line {element.sourceline}: not an element of VoiceXML")
    return str(qualified.localname)


def language_of(element: etree._Element) -> str:
    """The nearest xml:lang; empty where none is given."""
    found = next((each.get(_LANG) for each in (element, *element.iterancestors()) if each.get(_LANG)), "")
    return found or ""


def _require_known(element: etree._Element) -> None:
    name = name_of(element)
    attributes, children = _KNOWN[name]
    for attribute in element.attrib:
        if str(attribute).replace(_LANG, "xml:lang") not in attributes.split():
            raise NotUnderstood(f"<{name}> at line {element.sourceline}: attribute {attribute!s} is unknown here")
    if name not in _MIXED and any((text or "").strip() for text in (element.text, *(each.tail for each in element))):
        raise NotUnderstood(f"<{name}> at line {element.sourceline}: text has no meaning there")
    for child in element:
        if name_of(child) not in children.split():
            raise NotUnderstood(f"<{name_of(child)}> in <{name}> at line {child.sourceline} is unknown here")
        _require_known(child)
