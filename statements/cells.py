"""What may stand in a cell, so that no spreadsheet takes it for a formula?"""

import unicodedata

_BEGIN_FORMULAS = frozenset("=+-@\t\r\n|%")
"""What spreadsheets begin a formula, a command or a macro with."""


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet could calculate with it. Full-width forms count, since some programs read them like the
    others, and so does what stands behind blanks and what nobody sees."""
    if not text or text[0].isalnum():
        return False  # nearly every cell
    return text[0] in _BEGIN_FORMULAS or _find_seen(unicodedata.normalize("NFKC", text)) in _BEGIN_FORMULAS


def neutralize(text: str) -> str:
    """The text with an apostrophe before it where it begins a formula."""
    return f"'{text}" if begins_formula(text) else text


def _find_seen(text: str) -> str:
    """The first sign that a program acts on; empty where there is none."""
    return next((sign for sign in text if sign in _BEGIN_FORMULAS or unicodedata.category(sign)[0] not in "CZ"), "")
