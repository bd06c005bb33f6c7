"""Which number did this person mean?"""

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumberType

REGION = "CN"
COUNTRY_CODE = 86
LONGEST = 64

_DIALLED = re.compile(r"\+?[0-9]{5,20}")
_SERVICE_ACCOUNT = re.compile(r"(?=.*[0-9])[a-z][a-z0-9._@-]{3,31}")  # a digit: "anonymous" is a withheld caller id
_SEPARATORS = re.compile(r"[\s()\-‐-―]+")


def parse_number(text: str) -> str | None:
    """A mobile number as 11 digits, a fixed one as area code and number, a broadband or IPTV account in lower case.

    Full-width characters, spaces, dashes and the country's code (+86, 0086, 86) are tolerated. None where it is no
    number that a line could have; that says nothing about whether one has it.
    """
    if len(text) > LONGEST:
        return None
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).lower()
    if _DIALLED.fullmatch(plain):
        return _parse_dialled(plain)
    return plain if _SERVICE_ACCOUNT.fullmatch(plain) else None


def _parse_dialled(plain: str) -> str | None:
    try:
        number = phonenumbers.parse(plain, REGION)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != COUNTRY_CODE or not phonenumbers.is_valid_number(number):
        return None
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.MOBILE:
        return str(number.national_number)
    return f"0{number.national_number}" if kind == PhoneNumberType.FIXED_LINE else None
