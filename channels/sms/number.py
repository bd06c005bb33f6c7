"""Whose number stands in an address of the network, and how may it be shown?"""


def parse_number(address: str, *, country_code: str = "86") -> str:
    """A sender's address as the number of a line: ``+8613800138001``, ``008613…`` and ``8613…`` → ``13800138001``.

    Only what is longer than a national mobile number (11 digits) loses the country code.
    """
    digits = address.lstrip("+")
    if address.startswith("00"):
        digits = address[2:]
    if digits.startswith(country_code) and len(digits) > 11:
        return digits[len(country_code) :]
    return digits


def mask_number(number: str) -> str:
    """Hides the middle: ``13800138001`` → ``138****8001``; shorter ones keep two digits at each end."""
    if len(number) >= 11:
        return f"{number[:-8]}****{number[-4:]}"
    return f"{number[:2]}****{number[-2:]}" if len(number) >= 6 else "****"
