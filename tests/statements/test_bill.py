"""Do paper, spreadsheets and page say of a bill exactly what the graph says?"""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from statements.bill_pdf import list_facts, set_bill_pdf
from statements.bill_sheet import BillSheet, lay_out_bill
from statements.bill_tables import write_bill_csv, write_bill_xlsx
from statements.drawable import keep_drawable
from statements.shared_page import render_shared_bill
from statements.typesetting import FONT
from statements.wording import FOLDER, Language, load_wording, spell_amount

NOW = datetime(2026, 11, 16, 4, 0, 0, 123, tzinfo=UTC)
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def _money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def _line(name: str, amount: str, number: str | None = "13800138001", kind: str | None = "MOBILE") -> dict[str, Any]:
    return {"name": {"zh": name, "en": f"{name} (en)"}, "amount": _money(amount), "number": number, "lineKind": kind}


def make_me(**changes: Any) -> dict[str, Any]:
    """What BILL_DOCUMENT answers of one bill."""
    bill = {
        "id": "B10",
        "number": "202610000123",
        "category": "NORMAL",
        "periodStart": "2026-10-01",
        "periodEnd": "2026-11-01",
        "issuedOn": "2026-11-02",
        "dueOn": "2026-11-20",
        "state": "PARTIALLY_PAID",
        "total": _money("1186.53"),
        "remaining": _money("36.53"),
    }
    itemized = {
        "bill": bill | changes,
        "subjects": [
            {"code": "MONTHLY_FEE", "total": _money("1158.00"), "ratedLines": [
                _line("畅享129元套餐", "1129.00"), _line("千兆宽带", "29.00", "gz0008821001", "BROADBAND")]},
            {"code": "VOICE", "total": _money("12.43"), "ratedLines": [
                _line("国内长途", "7.105"), _line("漫游", "5.32")]},
            {"code": "DISCOUNT", "total": _money("-5.00"), "ratedLines": [_line("老客户优惠", "-5", None, None)]},
            {"code": "DATA", "total": _money("21.10"), "ratedLines": []},
        ],
        "payments": [{"amount": _money("1100.00"), "paidAt": "2026-11-05T16:30:00Z"}],
        "creditNotes": [{"number": "CN1", "issuedOn": "2026-11-09", "total": _money("-50.00")}],
        "asOf": "2026-11-16T03:59:30Z",
        "stale": False,
    }  # fmt: skip
    return {"line": {"maskedNumber": "138****8001", "payer": "SELF"}, "bill": itemized}


def make_sheet(language: Language = "zh", **changes: Any) -> BillSheet:
    return lay_out_bill(make_me(**changes), language, operator="一厅电信")


def read_xlsx(content: bytes) -> list[list[str]]:
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with ZipFile(io.BytesIO(content)) as archive:
        texts = etree.fromstring(archive.read("xl/sharedStrings.xml")).xpath("//m:si", namespaces=space)
        sheet = etree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    assert not sheet.xpath("//m:f", namespaces=space), "a formula"
    shared = [text.xpath("string(.)") for text in texts]
    return [
        [
            shared[int(cell.xpath("string(m:v)", namespaces=space))]
            if cell.get("t") == "s"
            else cell.xpath("string(m:v)", namespaces=space)
            for cell in row
        ]
        for row in sheet.xpath("//m:row", namespaces=space)
    ]


def test_csv_says_each_amount_exactly() -> None:
    rows = list(csv.reader(io.StringIO(write_bill_csv(make_sheet()).decode("utf-8-sig"))))
    assert ["语音通信费", "国内长途", "手机 138****8001", "7.105"] in rows
    assert ["语音通信费", "小计", "", "12.43"] in rows
    assert ["合计", "", "", "1186.53"] in rows
    assert ["账单金额", "1186.53"] in rows
    assert ["已缴及冲抵", "1150.00"] in rows
    assert ["待缴", "36.53"] in rows
    assert ["", "缴费", "2026-11-06", "1100.00"] in rows  # the day is that of Shanghai
    assert ["", "贷项通知单 CN1", "2026-11-09", "50.00"] in rows


def test_a_workbook_has_the_same_rows_as_csv() -> None:
    sheet = make_sheet()
    of_csv = [row for row in csv.reader(io.StringIO(write_bill_csv(sheet).decode("utf-8-sig"))) if row]
    of_xlsx = read_xlsx(write_bill_xlsx(sheet))
    assert [_plain(row) for row in of_xlsx] == [_plain(row) for row in of_csv]


def _plain(row: list[str]) -> list[object]:
    return [_number(cell) for cell in row if cell]


def _number(cell: str) -> object:
    try:
        return Decimal(cell).normalize()
    except ArithmeticError:
        return cell


def test_paper_says_the_same() -> None:
    facts = list_facts(make_sheet("en"))
    assert facts["figures"] == [["Total", "1,186.53"], ["Paid and credited", "1,150.00"], ["Still to pay", "36.53"]]
    assert facts["subjects"][1]["lines"][0] == ["国内长途 (en)", "Mobile 138****8001", "7.105"]
    assert [subject["total"] for subject in facts["subjects"]] == ["1,158.00", "12.43", "-5.00", "21.10"]
    assert facts["payments"] == [["Payment", "6 Nov 2026", "1,100.00"], ["Credit note CN1", "9 Nov 2026", "50.00"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_is_tagged_named_and_set_in_our_own_font(language: Language) -> None:
    content = set_bill_pdf(make_sheet(language), made_at=NOW)
    assert content.startswith(b"%PDF-1.7")
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"pdfuaid:part", b"/DisplayDocTitle true", b"/FontFile3"):
        assert mark in content, mark
    assert (b"/Lang(zh-CN)" if language == "zh" else b"/Lang(en-GB)") in content
    assert b"NotoSansCJK" in content


def test_every_word_of_ours_can_be_set_in_the_font() -> None:
    for wording in map(load_wording, LANGUAGES):
        for words in wording.words.values():
            assert keep_drawable(words, FONT) == words


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("视频😀会员", "视频〓会员"),
        ("𠮷野家", "〓野家"),
        ("한국", "〓〓"),
        ("a\u200bb\u0007\ufe0f", "ab"),
        ("畅享①¥，。", "畅享①¥，。"),
    ],
)
def test_a_character_that_nobody_can_draw_spoils_no_document(text: str, drawn: str) -> None:
    assert keep_drawable(text, FONT) == drawn
    me = make_me()
    me["bill"]["subjects"][0]["ratedLines"] = [_line(text, "1.00")]
    assert set_bill_pdf(lay_out_bill(me, "zh", operator=text), made_at=NOW).startswith(b"%PDF")


def test_a_bill_is_a_page_that_anybody_can_read() -> None:
    sheet = make_sheet()
    page = render_shared_bill(sheet, expires_at=NOW, pdf_address="/shared/t/bill.pdf")
    for figure in ("1,186.53", "1,150.00", "36.53", "7.105", "-5.00", "贷项通知单 CN1"):
        assert figure in page
    assert "13800138001" not in page
    assert "gz00****1001" in page


@pytest.mark.parametrize(
    ("category", "said"),
    [
        ("DUPLICATE", "补发件"),
        ("CREDIT_NOTE", "贷项通知单"),
        ("INTERIM", "中期账单"),
        ("TRIAL", "试算"),
        ("LAST", "末期"),
    ],
)
def test_what_is_no_usual_bill_says_so(category: str, said: str) -> None:
    assert said in make_sheet(category=category).remark
    assert said in write_bill_csv(make_sheet(category=category)).decode()
    assert make_sheet().remark == ""


def test_a_bill_without_a_due_day_or_charges_can_be_set() -> None:
    me = make_me(dueOn=None)
    me["bill"] |= {"subjects": [], "payments": [], "creditNotes": [], "stale": True}
    sheet = lay_out_bill(me, "zh", operator="一厅电信")
    assert set_bill_pdf(sheet, made_at=NOW).startswith(b"%PDF")
    assert "计费系统暂未应答" in sheet.moment


def test_a_long_bill_goes_over_pages() -> None:
    me = make_me()
    me["bill"]["subjects"] = [
        {"code": "VOICE", "total": _money("1.00"), "ratedLines": [_line(f"通话{each}", "0.01") for each in range(300)]}
    ]
    content = set_bill_pdf(lay_out_bill(me, "zh", operator="一厅电信"), made_at=NOW)
    assert b"/Type/Pages/Count 9/" in content


def test_text_is_never_taken_for_markup_or_a_formula() -> None:
    evil = '#panic("x") $ * _ ` = @ <a> \\ //'
    me = make_me(number=evil)
    me["bill"]["subjects"][0]["ratedLines"] = [_line("=HYPERLINK(1)", "1.00"), _line(evil, "1.00")]
    sheet = lay_out_bill(me, "zh", operator="一厅电信")
    assert set_bill_pdf(sheet, made_at=NOW).startswith(b"%PDF")
    rows = list(csv.reader(io.StringIO(write_bill_csv(sheet).decode("utf-8-sig"))))
    assert "'=HYPERLINK(1)" in [row[1] for row in rows if len(row) == 4]
    assert "=HYPERLINK(1)" in [cell for row in read_xlsx(write_bill_xlsx(sheet)) for cell in row]


def test_both_languages_have_the_same_words() -> None:
    zh, en = (load_wording(language).words for language in LANGUAGES)
    assert zh.keys() == en.keys()
    assert all(text for text in (*zh.values(), *en.values()))
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(LANGUAGES)


def test_dates_read_as_people_say_them() -> None:
    assert load_wording("zh").day(date(2026, 1, 2)) == "2026年1月2日"
    assert load_wording("en").day(date(2026, 1, 2)) == "2 Jan 2026"


@given(st.decimals(min_value=-10_000_000, max_value=10_000_000, places=4))
def test_an_amount_is_spelled_exactly(amount: Decimal) -> None:
    assert Decimal(spell_amount(amount).replace(",", "")) == amount
