"""Is this a taxpayer's number?"""

import re
from typing import Final

_FORM: Final = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{18}|[0-9A-Z]{20}")
_LENGTH: Final = 18
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_OF_A_BUSINESS: Final = ("91", "92", "93")
"""How the market regulator's credit codes begin; an ID document's number, which may stand here too, does not."""


def is_tax_number(text: str) -> bool:
    """15, 18 or 20 capitals and digits; the unified social credit code of a business (18) must have its check digit."""
    if not _FORM.fullmatch(text):
        return False
    is_credit_code = len(text) == _LENGTH and text.startswith(_OF_A_BUSINESS)
    return not is_credit_code or _check_digit(text[:17]) == text[17]


def _check_digit(stem: str) -> str | None:
    """GB 32100-2015 appendix: None if a character is not in its alphabet (it has no I, O, S, V, Z)."""
    if any(character not in _ALPHABET for character in stem):
        return None
    weighed = sum(_ALPHABET.index(character) * weight for character, weight in zip(stem, _WEIGHTS, strict=True))
    return _ALPHABET[(31 - weighed % 31) % 31]
