"""Whose number stands in an address of the network?"""


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
