"""Do web page, API, text and call give one answer, as of the same moment?"""

import re
from decimal import Decimal

import httpx
import pytest

from channels.ivr.speech import speak_instant
from channels.rendering import render_instant, render_volume
from tests.hall.conftest import RunningHall

HOME = {"documentId": "Home"}


@pytest.mark.parametrize("number", ["13800138001", "13800138002", "13800138007"])
def test_what_do_i_owe_has_one_answer_in_four_channels(hall: RunningHall, number: str) -> None:
    with hall.sign_in(number) as api:
        me = api.post("/graphql", json=HOME).raise_for_status().json()["data"]["me"]
    available, owed = me["balance"]["available"]["amount"], me["account"]["owed"]["amount"]
    spoken = f"{Decimal(available):,.2f}"
    as_of = render_instant(me["balance"]["asOf"], "zh")

    text = hall.text(number, "YE")
    assert spoken in text
    assert as_of in text, "the text says the same moment as the API"
    if Decimal(owed) > 0:
        assert f"{Decimal(owed):,.2f}" in text

    with hall.sign_in_web(number) as browser:
        page = browser.get("/home").raise_for_status().text
    assert f"{Decimal(owed if Decimal(owed) > 0 else available):,.2f}" in page
    assert as_of in page

    heard = call(hall, number, "1", "1")
    assert speak(available) in heard
    assert speak_instant(me["balance"]["asOf"], "zh") in heard, "the call says the same moment as the API"
    if Decimal(owed) > 0:
        assert speak(owed) in heard


@pytest.mark.parametrize("number", ["13800138001", "13800138009"])
def test_what_does_this_month_cost_and_what_was_the_last_bill_has_one_answer(hall: RunningHall, number: str) -> None:
    with hall.sign_in(number) as api:
        me = api.post("/graphql", json=HOME).raise_for_status().json()["data"]["me"]
        bills = api.post("/graphql", json={"documentId": "Bills"}).raise_for_status().json()["data"]["me"]["bills"]
    charges, last = me["currentCharges"]["total"]["amount"], bills["edges"][0]["node"]["total"]["amount"]
    with hall.sign_in_web(number) as browser:
        home, list_of_bills = browser.get("/home").text, browser.get("/bills").text
    for amount, keyword, key, page in ((charges, "HF", "2", home), (last, "ZD", "4", list_of_bills)):
        shown = f"{Decimal(amount):,.2f}"
        assert shown in page
        assert shown in hall.text(number, keyword)
        assert speak(amount) in call(hall, number, "1", key)


@pytest.mark.parametrize("number", ["13800138004", "13800138008"])
def test_a_line_that_another_pays_for_hears_of_no_money_in_any_channel(hall: RunningHall, number: str) -> None:
    with hall.sign_in(number) as api:
        answer = api.post("/graphql", json=HOME).raise_for_status().json()
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"paid_by_other"}
    with hall.sign_in_web(number) as browser:
        pages = [browser.get(path).text for path in ("/home", "/bills")]
    said = [hall.text(number, keyword) for keyword in ("YE", "HF", "ZD")]
    heard = [call(hall, number, "1", key) for key in ("1", "2", "4")]
    payer = "主卡" if number == "13800138004" else "单位"
    for words in (*pages, *said, *heard):
        assert payer in words
    assert not any(re.search(r"\d元|元\d", words) for words in said)


def test_what_have_i_left_has_one_answer_in_four_channels(hall: RunningHall) -> None:
    number = "13800138006"
    with hall.sign_in(number) as api:
        me = api.post("/graphql", json=HOME).raise_for_status().json()["data"]["me"]
    general = [b for b in me["buckets"] if b["usageType"] == "DATA" and b["scope"] == "GENERAL"]
    left = render_volume(sum(bucket["remaining"] for bucket in general))
    as_of = render_instant(general[0]["asOf"], "zh")

    text = hall.text(number, "CXLL")
    assert left in text
    assert as_of in text

    with hall.sign_in_web(number) as browser:
        page = browser.get("/home").raise_for_status().text
    assert left in re.sub(r"<[^>]*>|\s", "", page), "the page shows the same, with its unit beside it"

    heard = call(hall, number, "1", "3")
    whole = left.removesuffix("GB").partition(".")[0]
    assert re.search(r"[零一二三四五六七八九十百两点]+\s*G", heard), heard
    assert speak_integer(int(whole)) in heard, (left, heard)


def call(hall: RunningHall, number: str, *keys: str) -> str:
    """Dials the hall from a handset, presses keys, hangs up; everything that was heard."""
    with httpx.Client(base_url=hall.sandbox, timeout=20) as phone:
        made = phone.post("/handset/calls", json={"caller": number}).raise_for_status().json()
        for key in keys:
            pressed = phone.post(f"/handset/calls/{made['id']}/keys", json={"key": key})
            made = pressed.raise_for_status().json()
        phone.delete(f"/handset/calls/{made['id']}")
    assert made["error"] is None, made["error"]
    return " ".join(piece["text"] for turn in made["turns"] for piece in turn.get("pieces", []))


def speak(amount: str) -> str:
    """An amount below 10,000 as the call says it."""
    yuan, fen = divmod(int(Decimal(amount) * 100), 100)
    jiao, rest = divmod(fen, 10)
    spoken = f"{speak_integer(yuan)}元"
    if jiao:
        spoken += f"{DIGITS[jiao]}角"
    if rest:
        spoken += f"{'' if jiao else '零'}{DIGITS[rest]}分"
    return spoken


DIGITS = "零一二三四五六七八九"


def speak_integer(number: int) -> str:
    if number < 10:
        return DIGITS[number]
    if number < 20:
        return "十" + (DIGITS[number % 10] if number % 10 else "")
    if number < 100:
        return DIGITS[number // 10] + "十" + (DIGITS[number % 10] if number % 10 else "")
    hundreds, rest = divmod(number, 100)
    gap = "零" if 0 < rest < 10 else ("一" if 10 <= rest < 20 else "")
    return DIGITS[hundreds] + "百" + (gap + speak_integer(rest) if rest else "")
