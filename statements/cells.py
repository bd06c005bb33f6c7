"""What may stand in a cell, so that no spreadsheet takes it for a formula?"""

import unicodedata

_BEGIN_FORMULAS = frozenset("=+-@\t\r\n|%")
"""What spreadsheets begin a formula, a command or a macro with."""


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet could calculate with it. Full-width forms count, since some programs read them like the
    others, and so does what stands behind blanks."""
    if not text or text[0].isalnum():
        return False  # nearly every cell
    bare = unicodedata.normalize("NFKC", text).lstrip(" \u200b\ufeff")
    return text[0] in _BEGIN_FORMULAS or bare[:1] in _BEGIN_FORMULAS


def neutralize(text: str) -> str:
    """The text with an apostrophe before it where it begins a formula."""
    return f"'{text}" if begins_formula(text) else text
