"""How is a number, an amount, a volume or a moment said in Mandarin?"""

from datetime import date, datetime
from decimal import Decimal

DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_MYRIADS = ((10**8, "亿"), (10**4, "万"))


def say_integer(number: int) -> str:
    """``1000015`` → ``一百万零一十五``; up to 10^16 - 1. A two is 二, as in counting."""
    if number < 0:
        return "负" + say_integer(-number)
    said = _say_positive(number) or DIGITS[0]
    return said.removeprefix("一") if said.startswith("一十") else said


def _say_positive(number: int) -> str:
    """In groups of four places, 万 and 亿, with 零 where a group begins with empty places."""
    for size, unit in _MYRIADS:
        if number >= size:
            high, rest = divmod(number, size)
            gap = DIGITS[0] if rest and rest < size // 10 else ""
            return _say_positive(high) + unit + gap + _say_positive(rest)
    return _say_group(number)


def _say_group(group: int) -> str:
    """``1001`` → ``一千零一``: four places, one 零 for any gap inside."""
    said = ""
    gap = False
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if digit:
            said += (DIGITS[0] if gap and said else "") + DIGITS[digit] + _PLACES[place]
        gap = not digit
    return said


def say_count(number: int, measure: str) -> str:
    """A number before its measure word: a lone or a leading two is 两 (``两元``, ``两千元``), never in ``十二元``."""
    said = say_integer(number)
    if said == "二" or said.startswith(("二千", "二万", "二亿")):
        said = "两" + said[1:]
    return said + measure


def say_digits(digits: str) -> str:
    """One digit after the other, as a number to dial is said: ``10086`` → ``一零零八六``."""
    return "".join(DIGITS[int(digit)] if digit.isdecimal() else digit for digit in digits)


def say_decimal(number: Decimal) -> str:
    """``8.25`` → ``八点二五``; zeros at the end are not said."""
    whole, _, fraction = f"{number.normalize():f}".partition(".")
    said = say_integer(int(whole)) if whole != "-0" else "负零"
    return f"{said}点{say_digits(fraction)}" if fraction else said


def say_yuan(fen: int) -> str:
    """An amount in fen: ``12850`` → ``一百二十八元五角``, ``12805`` → ``一百二十八元零五分``, ``20`` → ``两角``."""
    if fen < 0:
        return "负" + say_yuan(-fen)
    yuan, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    said = say_count(yuan, "元") if yuan or not fen else ""
    if jiao:
        said += f"{DIGITS[jiao]}角" if said else say_count(jiao, "角")
    elif rest and said:
        said += DIGITS[0]
    if rest:
        said += f"{DIGITS[rest]}分" if said else say_count(rest, "分")
    return said


def say_currency(amount: Decimal, currency: str) -> str:
    """An amount in a currency that has no words of its own here: ``12.5 EUR`` → ``十二点五 EUR``."""
    return f"{say_decimal(amount)} {currency}"


def say_gigabytes(amount: Decimal) -> str:
    """``八点二五G``: what people call a gigabyte."""
    return f"{say_decimal(amount)}G"


def say_megabytes(amount: int) -> str:
    """``五百一十二兆``."""
    return say_count(amount, "兆")


def say_kilobytes(amount: int) -> str:
    """``九百K``."""
    return say_count(amount, "K")


def say_day(day: date) -> str:
    """``十一月二十一日``."""
    return f"{say_integer(day.month)}月{say_integer(day.day)}日"


def say_month(day: date) -> str:
    """``二零二六年十一月``."""
    return f"{say_digits(str(day.year))}年{say_integer(day.month)}月"


def say_clock(moment: datetime) -> str:
    """``八点三十二分``, ``两点整``, ``零点零五分``."""
    hour = say_count(moment.hour, "点")
    if not moment.minute:
        return f"{hour}整"
    return f"{hour}{DIGITS[0] if moment.minute < 10 else ''}{say_integer(moment.minute)}分"


def say_instant(moment: datetime) -> str:
    """``十一月二十一日八点三十二分``."""
    return say_day(moment.date()) + say_clock(moment)
