"""May one of the operator's people choose this passphrase?"""

import unicodedata
from typing import Final, Literal

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 128
LEAST_DIFFERENT = 5

Weakness = Literal["too_short", "too_long", "too_plain", "common", "part_of_identity"]

COMMON: Final = frozenset(
    # ruff wants a list, a line each; one looks over a block of words more easily.
    """
    123456789012 1234567890123 12345678901234 123456789abc 1234567890ab 1234567890qwerty qwertyuiop12 qwertyuiop123
    qwertyuiopas qwertyuiopasdf qwertyuiop[] qwerty123456 qwerty1234567 qwerty12345678 1q2w3e4r5t6y 1q2w3e4r5t6y7u
    1qaz2wsx3edc 1qaz2wsx3edc4rfv zaq12wsxcde3 q1w2e3r4t5y6 asdfghjkl123 asdfghjkl123456 zxcvbnm12345 zxcvbnm123456
    password1234 password12345 password123456 passwordpassword password!234 passw0rd1234 passw0rd12345 p@ssw0rd1234
    p@ssword1234 p@ssw0rd123! letmein12345 letmeinplease welcome12345 welcome123456 iloveyou1234 iloveyou12345
    woaini1314520 woaini520520 woaini123456 5201314woaini abc123456789 abcd12345678 abcdefghijkl abcdefghijklm
    abcdefgh1234 abcdefg12345 abcd1234abcd 147258369147 159357159357 987654321098 9876543210987 admin1234567
    administrator administrator1 admin@123456 root12345678 changeme1234 changemenow1 sunshine1234 princess1234
    football1234 baseball1234 superman1234 dragon123456 monkey123456 trustno1trustno1 correcthorsebatterystaple
    onehall12345 onehall123456 yidong10086a china10086china liantong10010 dianxin10000a
    """.split()  # noqa: SIM905
)
"""What everybody tries first, in small letters and without spaces."""


def normalize_passphrase(text: str) -> str:
    """The same characters from any keyboard. Spaces count, but not those around it."""
    return unicodedata.normalize("NFKC", text[: MOST_CHARACTERS * 2]).strip()


def find_passphrase_weakness(passphrase: str, *, staff_id: str, name: str) -> Weakness | None:
    """12 to 128 characters, at least five different ones, not a common one, and not made of who it belongs to."""
    if len(passphrase) < LEAST_CHARACTERS:
        return "too_short"
    if len(passphrase) > MOST_CHARACTERS:
        return "too_long"
    plain = "".join(passphrase.split()).casefold()
    if len(set(plain)) < LEAST_DIFFERENT:
        return "too_plain"
    if plain in COMMON:
        return "common"
    # What is left when their own words are taken out has to be long enough by itself.
    rest = plain.replace(staff_id.casefold(), "").replace("".join(name.split()).casefold(), "")
    return "part_of_identity" if len(rest) < LEAST_CHARACTERS // 2 else None
