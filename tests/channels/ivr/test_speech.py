"""Are amounts, volumes and moments said as a person would say them?"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.ivr import speech_en, speech_zh
from channels.ivr.speech import speak_day, speak_instant, speak_minutes, speak_money, speak_month, speak_volume
from channels.rendering import render_volume

AMOUNTS = [
    ("128.50", "一百二十八元五角", "one hundred twenty-eight yuan fifty"),
    ("128.05", "一百二十八元零五分", "one hundred twenty-eight yuan oh five"),
    ("128.55", "一百二十八元五角五分", "one hundred twenty-eight yuan fifty-five"),
    ("1000000.05", "一百万元零五分", "one million yuan oh five"),
    ("0", "零元", "zero yuan"),
    ("0.05", "五分", "five fen"),
    ("0.20", "两角", "twenty fen"),
    ("0.02", "两分", "two fen"),
    ("2", "两元", "two yuan"),
    ("12", "十二元", "twelve yuan"),
    ("20", "二十元", "twenty yuan"),
    ("22.22", "二十二元二角二分", "twenty-two yuan twenty-two"),
    ("200", "二百元", "two hundred yuan"),
    ("2000", "两千元", "two thousand yuan"),
    ("20002", "两万零二元", "twenty thousand two yuan"),
    ("10", "十元", "ten yuan"),
    ("110", "一百一十元", "one hundred ten yuan"),
    ("1001", "一千零一元", "one thousand one yuan"),
    ("1010", "一千零一十元", "one thousand ten yuan"),
    ("100015", "十万零一十五元", "one hundred thousand fifteen yuan"),
    ("105000", "十万五千元", "one hundred five thousand yuan"),
    ("100000000", "一亿元", "one hundred million yuan"),
    ("100000001", "一亿零一元", "one hundred million one yuan"),
    ("-5.5", "负五元五角", "minus five yuan fifty"),
    ("3.205", "三元二角一分", "three yuan twenty-one"),
]


@pytest.mark.parametrize(("amount", "zh", "en"), AMOUNTS)
def test_an_amount_is_said_in_words(amount: str, zh: str, en: str) -> None:
    money = {"amount": amount, "currency": "CNY"}
    assert speak_money(money, "zh") == zh
    assert speak_money(money, "en") == en


def test_another_currency_keeps_its_code() -> None:
    assert speak_money({"amount": "12.50", "currency": "EUR"}, "zh") == "十二点五 EUR"
    assert speak_money({"amount": "-0.50", "currency": "EUR"}, "en") == "minus zero point five EUR"


@pytest.mark.parametrize(
    ("volume_bytes", "zh", "en"),
    [
        (0, "零兆", "zero megabytes"),
        (900 * 1024, "九百K", "nine hundred kilobytes"),
        (1024**2, "一兆", "one megabyte"),
        (2 * 1024**2, "两兆", "two megabytes"),
        (512 * 1024**2, "五百一十二兆", "five hundred twelve megabytes"),
        (1024**3, "一G", "one gigabyte"),
        (8 * 1024**3, "八G", "eight gigabytes"),
        (int(8.25 * 1024**3), "八点二五G", "eight point two five gigabytes"),
        (20 * 1024**3 + 60 * 1024**2, "二十点零五G", "twenty point zero five gigabytes"),
    ],
)
def test_a_volume_is_said_in_words(volume_bytes: int, zh: str, en: str) -> None:
    assert speak_volume(volume_bytes, "zh") == zh
    assert speak_volume(volume_bytes, "en") == en


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        ("2026-11-21", "十一月二十一日", "November twenty-first"),
        ("2026-01-02", "一月二日", "January second"),
        ("2026-03-12", "三月十二日", "March twelfth"),
        ("2026-05-30", "五月三十日", "May thirtieth"),
        ("2026-08-09", "八月九日", "August ninth"),
    ],
)
def test_a_day_is_said_in_words(day: str, zh: str, en: str) -> None:
    assert speak_day(day, "zh") == zh
    assert speak_day(date.fromisoformat(day), "en") == en


@pytest.mark.parametrize(
    ("instant", "zh", "en"),
    [
        ("2026-11-21T00:32:00Z", "十一月二十一日八点三十二分", "November twenty-first at eight thirty-two AM"),
        ("2026-11-20T16:05:00Z", "十一月二十一日零点零五分", "November twenty-first at twelve oh five AM"),
        ("2026-11-21T06:00:00Z", "十一月二十一日十四点整", "November twenty-first at two PM"),
        ("2026-11-20T16:00:00Z", "十一月二十一日零点整", "November twenty-first at midnight"),
        ("2026-11-21T04:00:00Z", "十一月二十一日十二点整", "November twenty-first at noon"),
        ("2026-11-20T18:00:00Z", "十一月二十一日两点整", "November twenty-first at two AM"),
    ],
)
def test_a_moment_is_said_on_the_clock_of_shanghai(instant: str, zh: str, en: str) -> None:
    assert speak_instant(instant, "zh") == zh
    assert speak_instant(datetime.fromisoformat(instant).astimezone(UTC), "en") == en


def test_a_month_is_said_with_its_year() -> None:
    assert speak_month("2026-10-01", "zh") == "二零二六年十月"
    assert speak_month("2026-10-01", "en") == "October twenty twenty-six"
    assert speak_month("2005-10-01", "en") == "October two thousand five"
    assert speak_month("2100-10-01", "en") == "October twenty-one hundred"
    assert speak_month("2107-10-01", "en") == "October twenty-one oh seven"


def test_a_started_minute_is_a_minute() -> None:
    assert speak_minutes(61, "zh") == "两分钟"
    assert speak_minutes(1, "en") == "one minute"


# --- what was said can be written down again -----------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(min_value=-(10**12), max_value=10**15))
def test_a_mandarin_amount_can_be_written_down_again(fen: int) -> None:
    assert hear_yuan_zh(speech_zh.say_yuan(fen)) == fen


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**16 - 1))
def test_a_mandarin_number_can_be_written_down_again(number: int) -> None:
    assert hear_zh(speech_zh.say_integer(number)) == number


@settings(deadline=None)
@given(st.integers(min_value=-(10**12), max_value=10**15))
def test_an_english_amount_can_be_written_down_again(fen: int) -> None:
    assert hear_yuan_en(speech_en.say_yuan(fen)) == fen


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=2**45))
def test_a_spoken_volume_has_the_figures_of_the_screen(volume_bytes: int) -> None:
    shown, unit = re.fullmatch(r"([\d.]+)([GMK])B", render_volume(volume_bytes)).groups()  # type: ignore[union-attr]
    spoken = speak_volume(volume_bytes, "zh")
    assert spoken[-1] == {"G": "G", "M": "兆", "K": "K"}[unit]
    whole, _, fraction = spoken[:-1].partition("点")
    heard = str(hear_zh(whole)) + (
        "." + "".join(str("零一二三四五六七八九".index(d)) for d in fraction) if fraction else ""
    )
    assert Decimal(heard) == Decimal(shown)


def hear_zh(said: str) -> int:
    total, section, digit = 0, 0, 0
    for sign in said.replace("两", "二"):
        if sign in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(sign)
        elif sign in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1_000}[sign]
            digit = 0
        else:
            myriad = {"万": 10**4, "亿": 10**8}[sign]
            whole = section + digit
            total = (total + whole) * myriad if myriad == 10**8 else total + whole * myriad
            section = digit = 0
    return total + section + digit


def hear_yuan_zh(said: str) -> int:
    sign = -1 if said.startswith("负") else 1
    found = re.fullmatch(r"(?:(.+)元)?零?(?:(.)角)?(?:(.)分)?", said.removeprefix("负"))
    assert found is not None
    yuan, jiao, fen = (hear_zh(part) if part else 0 for part in found.groups())
    return sign * (yuan * 100 + jiao * 10 + fen)


def hear_en(said: str) -> int:
    total, section = 0, 0
    for spoken in said.replace("-", " ").split():
        if spoken in speech_en.SMALL:
            section += speech_en.SMALL.index(spoken)
        elif spoken in speech_en.TENS:
            section += speech_en.TENS.index(spoken) * 10
        elif spoken == "hundred":
            section *= 100
        else:
            total += section * 1_000 ** speech_en.SCALES.index(spoken)
            section = 0
    return total + section


def hear_yuan_en(said: str) -> int:
    sign = -1 if said.startswith("minus ") else 1
    said = said.removeprefix("minus ")
    if said.endswith(" fen"):
        return sign * hear_en(said.removesuffix(" fen"))
    yuan, _, fen = said.partition(" yuan")
    return sign * (hear_en(yuan) * 100 + hear_en(fen.replace("oh ", "")))
