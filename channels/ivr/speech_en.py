"""How is a number, an amount, a volume or a moment said in English?"""

from datetime import date, datetime
from decimal import Decimal

SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}


def say_integer(number: int) -> str:
    """``1000015`` → ``one million fifteen``; up to 10^18 - 1."""
    if number < 0:
        return "minus " + say_integer(-number)
    if number < 20:
        return SMALL[number]
    if number < 100:
        return TENS[number // 10] + (f"-{SMALL[number % 10]}" if number % 10 else "")
    if number < 1_000:
        return f"{SMALL[number // 100]} hundred" + (f" {say_integer(number % 100)}" if number % 100 else "")
    groups = [number // 1_000**power % 1_000 for power in range(len(SCALES))]
    said = (f"{say_integer(group)} {scale}".strip() for group, scale in zip(groups, SCALES, strict=True) if group)
    return " ".join(reversed(list(said)))


def say_ordinal(number: int) -> str:
    """``21`` → ``twenty-first``."""
    head, hyphen, last = say_integer(number).rpartition("-")
    said = _ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last.removesuffix('e')}th")
    return head + hyphen + ("twelfth" if last == "twelve" else said)


def say_count(number: int, measure: str) -> str:
    """``two minutes``, ``one minute``."""
    return f"{say_integer(number)} {measure if abs(number) == 1 else measure + 's'}"


def say_digits(digits: str) -> str:
    """One digit after the other: ``10086`` → ``one zero zero eight six``."""
    return " ".join(SMALL[int(digit)] if digit.isdecimal() else digit for digit in digits)


def say_decimal(number: Decimal) -> str:
    """``8.25`` → ``eight point two five``; zeros at the end are not said."""
    whole, _, fraction = f"{number.normalize():f}".partition(".")
    said = say_integer(int(whole)) if whole != "-0" else "minus zero"
    return f"{said} point {say_digits(fraction)}" if fraction else said


def say_yuan(fen: int) -> str:
    """An amount in fen: ``12850`` → ``one hundred twenty-eight yuan fifty``, ``12805`` → ``… yuan oh five``."""
    if fen < 0:
        return "minus " + say_yuan(-fen)
    yuan, rest = divmod(fen, 100)
    if not yuan and rest:
        return f"{say_integer(rest)} fen"
    cents = f" {'oh ' if rest < 10 else ''}{say_integer(rest)}" if rest else ""
    return f"{say_integer(yuan)} yuan{cents}"


def say_currency(amount: Decimal, currency: str) -> str:
    """An amount in a currency that has no words of its own here: ``twelve point five EUR``."""
    return f"{say_decimal(amount)} {currency}"


def say_gigabytes(amount: Decimal) -> str:
    """``eight point two five gigabytes``."""
    return f"{say_decimal(amount)} gigabyte{'' if amount == 1 else 's'}"


def say_megabytes(amount: int) -> str:
    """``five hundred twelve megabytes``."""
    return say_count(amount, "megabyte")


def say_kilobytes(amount: int) -> str:
    """``nine hundred kilobytes``."""
    return say_count(amount, "kilobyte")


def say_day(day: date) -> str:
    """``November twenty-first``."""
    return f"{MONTHS[day.month - 1]} {say_ordinal(day.day)}"


def say_year(year: int) -> str:
    """``2026`` → ``twenty twenty-six``, ``2005`` → ``two thousand five``."""
    century, rest = divmod(year, 100)
    if century % 10 == 0 and rest < 10:
        return say_integer(year)
    if not rest:
        return f"{say_integer(century)} hundred"
    return f"{say_integer(century)} {'oh ' if rest < 10 else ''}{say_integer(rest)}"


def say_month(day: date) -> str:
    """``November twenty twenty-six``."""
    return f"{MONTHS[day.month - 1]} {say_year(day.year)}"


def say_clock(moment: datetime) -> str:
    """``eight thirty-two AM``, ``two PM``, ``twelve oh five AM``, ``midnight``, ``noon``."""
    if not moment.minute and moment.hour in (0, 12):
        return "noon" if moment.hour else "midnight"
    hour, half = say_integer(moment.hour % 12 or 12), "AM" if moment.hour < 12 else "PM"
    if not moment.minute:
        return f"{hour} {half}"
    return f"{hour} {'oh ' if moment.minute < 10 else ''}{say_integer(moment.minute)} {half}"


def say_instant(moment: datetime) -> str:
    """``November twenty-first at eight thirty-two AM``."""
    return f"{say_day(moment.date())} at {say_clock(moment)}"
