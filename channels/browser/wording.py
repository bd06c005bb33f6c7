"""In which words do pages speak, and where do they come from?"""

import gettext
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from channels.rendering import LANGUAGES, Language

SYSTEMS = (
    *("account", "balance", "bill", "catalogue", "customer", "line", "loyalty", "order", "qualification", "ticket"),
    "usage",
)
HALL = "hall"
FAULTS = ("unavailable", "timeout", "overloaded", "refused", "garbled")


class MissingWord(LookupError):  # noqa: N818  it names what is missing, not an error of its own
    """A key without words in a language: a mistake of ours that must show in a test, never as a hole in a page."""


@dataclass(frozen=True, slots=True)
class Wording:
    """All words of one language, by key."""

    language: Language
    translations: gettext.GNUTranslations
    keys: frozenset[str]
    counted: frozenset[str]
    hall_number: str

    def __call__(self, key: str, **parameters: Any) -> str:  # noqa: ANN401  whatever a sentence names
        """The sentence of a key, its parameters filled in; ``n`` chooses between one and many. Raises MissingWord."""
        if key not in self.keys:
            raise MissingWord(f"{key} has no words in {self.language}: add it to web/locales/{self.language}")
        if key in self.counted:
            sentence = self.translations.ngettext(key, key, parameters["n"])
        else:
            sentence = self.translations.gettext(key)
        return sentence.format(hall=self.hall_number, **parameters)

    def name(self, family: str, code: str) -> str:
        """What a code of a family is called; one of tomorrow is said plainly, by the family's ``other``."""
        return self(f"{family}.{code}" if f"{family}.{code}" in self.keys else f"{family}.other")

    def fault(self, code: str) -> str:
        """What a refused or failed field means to the customer; a code of tomorrow is said plainly, too."""
        if f"error.{code}" in self.keys:
            return self(f"error.{code}")
        system, _, kind = code.rpartition("_")
        if system in SYSTEMS and kind in FAULTS:
            return self(f"fault.{kind}", system=self(f"system.{system}"))
        return self("error.unexpected")


@cache
def load_wordings(locales: Path, hall_number: str, *names: str) -> Mapping[Language, Wording]:
    """Reads ``<locales>/<language>/LC_MESSAGES/<name>.po`` of each language and name and compiles them in memory.

    It is done once a process. ``names`` are the catalogues of a channel, "hall" unless told; a later one's words win.
    ``hall_number`` is the short number of the SMS hall and the voice menu; sentences name it as ``{hall}``.
    """
    chosen = names or (HALL,)
    return MappingProxyType(
        {
            language: _compile(language, [load_catalogue(locales, language, name) for name in chosen], hall_number)
            for language in LANGUAGES
        }
    )


def load_catalogue(locales: Path, language: Language, name: str = HALL) -> Catalog:
    """One catalogue of one language as it is written."""
    with (locales / language / "LC_MESSAGES" / f"{name}.po").open("rb") as lines:
        return read_po(lines, locale=language, abort_invalid=True)


def _compile(language: Language, catalogues: Sequence[Catalog], hall_number: str) -> Wording:
    catalogue, compiled = catalogues[0], BytesIO()
    for message in (message for later in catalogues[1:] for message in later if message.id):
        catalogue[message.id] = message
    write_mo(compiled, catalogue)
    compiled.seek(0)
    counted = frozenset(message.id[0] for message in catalogue if isinstance(message.id, tuple))
    single = frozenset(message.id for message in catalogue if isinstance(message.id, str) and message.id)
    return Wording(language, gettext.GNUTranslations(compiled), single | counted, counted, hall_number)
