"""Do words follow the numbers: pace, due days, shares, names of lines and of periods?"""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from channels.browser.wording import load_wordings
from channels.web_hall.figures import (
    compare_pace,
    is_overdue,
    name_number,
    render_used_of,
    share_out,
)
from channels.web_hall.periods import spell_months
from tests.channels.web_hall import facts
from tests.channels.web_hall.conftest import visit

WORDINGS = load_wordings(Path(__file__).parents[3] / "web" / "locales", "10086")
TODAY = "2026-11-21T00:32:00+00:00"


def test_pace_is_below_only_when_the_shown_share_is_smaller() -> None:
    for used, elapsed, expected in (
        ("0.661", "0.678", "BELOW"),
        ("0.678", "0.6712", "LEVEL"),
        ("0.6799", "0.6701", "LEVEL"),
        ("0.7951", "0.7123", "LEVEL"),
        ("0", "0", "LEVEL"),
    ):
        assert compare_pace({"shareUsed": used, "shareElapsed": elapsed, "state": "ON_TRACK"}) == expected
    assert compare_pace({"shareUsed": "0.9", "shareElapsed": "0.5", "state": "AHEAD"}) == "AHEAD"


@pytest.mark.anyio
@pytest.mark.parametrize("page", ["home-level", "usage-level"])
async def test_who_is_ahead_by_less_than_ten_points_is_not_told_to_be_slower(page: str) -> None:
    text = (await visit(page, "en")).text
    assert "79%" in text
    assert "71%" in text
    assert "About level with the cycle" in text
    assert "Slower" not in text
    assert "it lasts" not in text.partition("<h2")[2]


@pytest.mark.parametrize(
    ("due_on", "remaining", "overdue"),
    [("2026-11-20", "0.01", True), ("2026-11-21", "86.50", False), ("2026-11-20", "0.00", False), (None, "9", False)],
)
def test_a_bill_is_overdue_from_the_day_after_its_due_day_on(due_on: str, remaining: str, overdue: bool) -> None:
    assert is_overdue({"dueOn": due_on, "remaining": facts.yuan(remaining)}, TODAY) is overdue


def test_the_due_day_ends_at_midnight_in_shanghai() -> None:
    bill = {"dueOn": "2026-11-21", "remaining": facts.yuan("1")}
    assert not is_overdue(bill, "2026-11-21T15:59:59+00:00")
    assert is_overdue(bill, "2026-11-21T16:00:00+00:00")


@pytest.mark.anyio
async def test_only_the_bill_whose_day_has_passed_is_called_overdue() -> None:
    rows = re.findall(r"<tr>.*?</tr>", (await visit("bills-overdue", "en")).text, re.DOTALL)
    chips = [re.findall(r'class="chip (\w*)">([^<]+)', row) for row in rows if "row-link" in row]
    assert chips[:3] == [[("warn", "To pay")], [("bad", "Overdue")], [("ok", "Paid")]]


@pytest.mark.parametrize("usage_type", ["DATA", "VOICE", "SMS"])
@pytest.mark.parametrize("left", [0, 59, 61, 21_803_000_000, 60 * 1024**3])
def test_shown_used_and_shown_left_add_up_to_the_shown_total(usage_type: str, left: int) -> None:
    shares = share_out(left, 66 * 1024**3, usage_type, WORDINGS["en"])
    used, rest, total = (Decimal(part.value.replace(",", "")) for part in shares)
    if shares.left.unit == shares.total.unit:
        assert used + rest == total


def test_a_unit_that_both_share_is_said_once() -> None:
    shares = share_out(46, 50, "SMS", WORDINGS["en"])
    assert render_used_of(shares.used, shares.total, WORDINGS["en"]) == "4 of 50 texts used"
    shares = share_out(20 * 1024**3 - 5 * 1024**2, 20 * 1024**3, "DATA", WORDINGS["en"])
    assert render_used_of(shares.used, shares.total, WORDINGS["en"]) == "0.01 of 20.00 GB used"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800138001", "Mobile 138****8001"),
        ("02088880009", "Fixed line 020****0009"),
        ("gz00880009", "Account gz****09"),
    ],
)
def test_a_masked_number_says_of_which_kind_it_is(number: str, shown: str) -> None:
    assert name_number(number, WORDINGS["en"]) == shown


def test_a_period_in_a_name_is_spelt_and_other_digits_stay() -> None:
    assert spell_months("202608账单违约金", "zh") == "2026年8月账单违约金"
    assert spell_months("Late fee on bill 202608", "en") == "Late fee on bill Aug 2026"
    assert spell_months("IPTV 202613, 13820260801", "en") == "IPTV 202613, 13820260801"


@pytest.mark.anyio
async def test_granted_and_frozen_money_stand_beside_what_is_available() -> None:
    page = (await visit("home-granted", "zh")).text
    rows = re.findall(r"<dt>([^<]+)[^¥]*?<dd class=\"num\">\s*([^<]+)</dd>", page)
    assert ("可用余额", "¥42.00") in rows
    assert ("其中本金", "¥12.00") in rows
    assert ("待返还", "¥200.00") in rows
    assert re.search(r"其中赠款 <span[^>]*>1月31日到期</span></dt><dd class=\"num\">¥30.00", page)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("payer", "words"),
    [("family", "Your main line pays for this line"), ("organization", "Your organization pays for this line")],
)
async def test_who_does_not_pay_reads_who_does_and_no_money(payer: str, words: str) -> None:
    home, bills = await visit(f"home-paid-by-{payer}", "en"), await visit(f"bills-paid-by-{payer}", "en")
    for page in (home, bills):
        assert words in page.text
        assert "¥86.50" not in page.text
        assert "Not available now" not in page.text
    assert "See usage" in bills.text, "it says what can be seen"
    assert "¥12.00" not in home.text
    assert (home.status_code, bills.status_code) == (200, 403)


@pytest.mark.anyio
async def test_the_usage_page_does_not_add_dedicated_data_to_general_data() -> None:
    page = (await visit("usage", "en")).text
    totals = re.findall(r'<p class="totals">(.*?)</p>', page, re.DOTALL)
    general, dedicated = ([*re.findall(r"[\d.]+", re.sub("<[^>]+>", " ", line))] for line in totals[:2])
    assert general == ["11.50", "34.00", "22.50"]
    assert dedicated == ["17.00", "20.00", "3.00"]


@pytest.mark.anyio
async def test_a_bill_before_that_fails_is_not_one_that_does_not_exist() -> None:
    assert "The billing system is not answering at the moment" in (await visit("bill-partial", "en")).text
    assert "There is no earlier bill" not in (await visit("bill-partial", "en")).text
    assert "There is no earlier bill" in (await visit("bill-empty", "en")).text


@pytest.mark.anyio
async def test_a_discount_is_not_called_an_add_on() -> None:
    page = (await visit("home-level", "en")).text
    assert re.search(r"Autopay 5 % off.*?Discount <span", page, re.DOTALL)
    assert "Add-on <span" not in page


@pytest.mark.anyio
async def test_who_is_signed_in_can_sign_out_without_opening_a_menu() -> None:
    head = (await visit("home-ordinary", "en")).text.partition("<main")[0]
    assert 'action="/sign-out"' in re.sub(r"<details.*?</details>", "", head, flags=re.DOTALL)
    assert 'action="/sign-out"' not in (await visit("welcome", "en")).text
