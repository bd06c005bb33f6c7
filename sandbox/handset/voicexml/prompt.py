"""What does a prompt say, and how?"""

from dataclasses import dataclass, replace

from lxml import etree

from sandbox.handset.voicexml.document import language_of, name_of
from sandbox.handset.voicexml.expression import Lookup, as_text, evaluate


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of speech in one voice. ``language`` is a BCP 47 tag; ``rate`` and ``volume`` are SSML's words.

    An empty text with a ``pause_ms`` is silence.
    """

    text: str
    language: str
    rate: str = "medium"
    volume: str = "medium"
    pause_ms: int = 0


_PAUSES_MS = {"none": 0, "x-weak": 100, "weak": 250, "medium": 500, "strong": 1000, "x-strong": 2000}


def render_prompt(element: etree._Element, lookup: Lookup) -> list[Piece]:
    """The speech inside an element, in order. Raises SemanticError for an expression without a value."""
    return _inside(element, Piece("", language_of(element)), lookup)


def render_text(text: str | None, element: etree._Element) -> list[Piece]:
    """Bare text among deeds is a prompt of its own."""
    said = " ".join((text or "").split())
    return [Piece(said, language_of(element))] if said else []


def parse_seconds(duration: str) -> float:
    """``10s`` → 10.0, ``500ms`` → 0.5 (a CSS2 time). Raises ValueError."""
    if duration.endswith("ms"):
        return float(duration.removesuffix("ms")) / 1000
    if duration.endswith("s"):
        return float(duration.removesuffix("s"))
    raise ValueError(f"not a duration: {duration!r}")


def _inside(element: etree._Element, voice: Piece, lookup: Lookup) -> list[Piece]:
    pieces = _words(element.text, voice)
    for child in element:
        pieces += _child(child, voice, lookup)
        pieces += _words(child.tail, voice)
    return pieces


def _child(child: etree._Element, voice: Piece, lookup: Lookup) -> list[Piece]:
    name = name_of(child)
    if name == "value":
        return _words(as_text(evaluate(child.get("expr", ""), lookup)), voice)
    if name == "break":
        time = child.get("time")
        pause_ms = int(parse_seconds(time) * 1000) if time else _PAUSES_MS[child.get("strength", "medium")]
        return [replace(voice, text="", pause_ms=pause_ms)]
    if name == "prosody":
        voice = replace(voice, rate=child.get("rate", voice.rate), volume=child.get("volume", voice.volume))
    return _inside(child, replace(voice, language=language_of(child)), lookup)


def _words(text: str | None, voice: Piece) -> list[Piece]:
    said = " ".join((text or "").split())
    return [replace(voice, text=said)] if said else []
