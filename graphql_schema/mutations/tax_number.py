"""Can this be the tax number (税号) that an invoice is made out to?"""

import re

_LENGTHS = frozenset({15, 18, 20})
_UNIFIED_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_UNIFIED = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_IDENTITY = re.compile(r"[0-9]{17}[0-9X]")


def is_tax_number(text: str) -> bool:
    """15, 18 or 20 digits and capital letters.

    18 are a unified social credit code (GB 32100-2015) or, of a person in business, an ID number (GB 11643-1999): one
    of the two check signs must be right. 15 and 20 are older numbers without one.
    """
    if len(text) not in _LENGTHS or not re.fullmatch(r"[0-9A-Z]+", text):
        return False
    return len(text) != 18 or _is_unified(text) or _is_identity(text)


def mask_tax_number(text: str) -> str:
    """Only its last four signs."""
    return f"****{text[-4:]}"


def _is_unified(text: str) -> bool:
    """GB 32100-2015: signs weigh powers of 3 modulo 31."""
    if not _UNIFIED.fullmatch(text):
        return False
    total = sum(_UNIFIED_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(text[:17]))
    return _UNIFIED_SIGNS[-total % 31] == text[17]


def _is_identity(text: str) -> bool:
    """ISO 7064 MOD 11-2."""
    if not _IDENTITY.fullmatch(text):
        return False
    total = sum(int(sign) * pow(2, 17 - place, 11) for place, sign in enumerate(text[:17]))
    return "0123456789X"[(1 - total) % 11] == text[17]
