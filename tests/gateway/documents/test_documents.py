"""Are bills and exports given to whom they belong, as they are, and is each of it in the trail?"""

import csv
import io
from decimal import Decimal
from zipfile import ZipFile

import pytest

from graphql_schema.types.record_export import ExportFormat
from tests.fakes.ports import LINE_ID, NUMBER
from tests.gateway.documents.conftest import House

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("way", ["pdf", "csv", "xlsx"])
async def test_a_bill_is_fetched_on_the_web_at_level_2(house: House, way: str) -> None:
    async with house.visit("level-2") as browser:
        answer = await browser.get(f"/bills/B10/bill.{way}")
    assert answer.status_code == 200
    begins = {"pdf": b"%PDF-1.", "csv": b"\xef\xbb\xbf", "xlsx": b"PK"}
    assert answer.content.startswith(begins[way])
    assert answer.headers["cache-control"] == "no-store"
    named = answer.headers["content-disposition"]
    assert named == f"attachment; filename=\"2026-10.{way}\"; filename*=UTF-8''%E8%B4%A6%E5%8D%95-2026-10.{way}"
    assert await house.read_trail() == [("fetch_bill", f"line:{LINE_ID}", LINE_ID, f"{way} 2026-10")]


async def test_a_file_has_the_figures_of_the_graph_and_no_whole_number(house: House) -> None:
    async with house.visit("level-2", language="en") as browser:
        content = (await browser.get("/bills/B10/bill.csv")).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    lines = [row for row in rows if row[:1] == ["Monthly fee"]]
    assert [Decimal(row[3]) for row in lines] == [Decimal("86.495"), Decimal("86.50")]
    assert ["Total", "86.50"] in rows
    assert "138****8001" in content
    assert NUMBER not in content


async def test_who_has_proved_too_little_is_led_to_step_up_and_back(house: House) -> None:
    async with house.visit("level-1") as browser:
        answer = await browser.get("/bills/B10/bill.pdf")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/step-up?level=2&next=/bills/B10/bill.pdf"
    assert await house.read_trail() == []


async def test_a_visitor_signs_in_first(house: House) -> None:
    for path in ("/bills/B10/bill.pdf", "/records/exports/X1"):
        async with house.visit() as browser:
            answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


async def test_another_accounts_bill_is_not_found(house: House) -> None:
    async with house.visit("level-2") as browser:
        answer = await browser.get("/bills/B-of-somebody/bill.pdf")
    assert answer.status_code == 404


async def test_the_app_fetches_a_bill_with_its_token(house: House) -> None:
    async with house.use_app("level-2") as app:
        answer = await app.get("/api/bills/B10.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-1.")


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("", 401, "sign_in_required"),
        ("nobody's", 401, "session_ended"),
        ("level-1", 403, "step_up_required"),
        ("narrow", 403, "field_not_declared"),
    ],
)
async def test_the_app_is_told_why_not(house: House, token: str, status: int, code: str) -> None:
    async with house.use_app(token) as app:
        answer = await app.get("/api/bills/B10.pdf")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await house.read_trail() == []


async def test_a_client_with_the_scope_bills_gets_the_bill(house: House) -> None:
    async with house.use_app("client") as app:
        assert (await app.get("/api/bills/B10.pdf")).content.startswith(b"%PDF-1.")


async def test_a_helper_who_may_see_bills_gets_the_bill_and_no_export(house: House) -> None:
    export_id = await house.make_export()
    async with house.visit("helper") as browser:
        assert (await browser.get("/bills/B10/bill.pdf")).status_code == 200
        assert (await browser.get(f"/records/exports/{export_id}")).status_code == 403
    async with house.use_app("helper") as app:
        assert (await app.get(f"/api/records/exports/{export_id}")).json()["code"] == "field_not_declared"


async def test_a_bss_that_does_not_answer_is_said(house: House) -> None:
    house.bss.break_system("fetch_bill", code="bill_unavailable")
    async with house.use_app("level-2") as app:
        answer = await app.get("/api/bills/B10.pdf")
    assert (answer.status_code, answer.json()["code"]) == (503, "bill_unavailable")
    async with house.visit("level-2") as browser:
        assert (await browser.get("/bills/B10/bill.pdf")).status_code == 503


@pytest.mark.parametrize("export_format", list(ExportFormat))
async def test_a_ready_export_is_fetched_at_a_fresh_level_3(house: House, export_format: ExportFormat) -> None:
    export_id = await house.make_export(export_format)
    async with house.visit("fresh") as browser:
        answer = await browser.get(f"/records/exports/{export_id}")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "2026-10-" in answer.headers["content-disposition"]
    assert NUMBER not in answer.headers["content-disposition"]
    note = f"{export_format.value} 2026-10"
    assert await house.read_trail() == [("fetch_record_export", f"line:{LINE_ID}", LINE_ID, note)]


async def test_the_app_fetches_the_same_file(house: House) -> None:
    export_id = await house.make_export(ExportFormat.XLSX)
    async with house.use_app("fresh") as app:
        content = (await app.get(f"/api/records/exports/{export_id}")).content
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("level-2", 403, "step_up_required"),
        ("old", 403, "step_up_required"),
        ("rests", 403, "rests"),
        ("client", 403, "field_not_declared"),
        ("stranger", 404, "not_found"),
    ],
)
async def test_an_export_stays_shut_for_others(house: House, token: str, status: int, code: str) -> None:
    export_id = await house.make_export()
    async with house.use_app(token) as app:
        answer = await app.get(f"/api/records/exports/{export_id}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await house.read_trail() == []


async def test_on_the_web_an_old_level_3_is_proved_anew(house: House) -> None:
    export_id = await house.make_export()
    async with house.visit("old") as browser:
        answer = await browser.get(f"/records/exports/{export_id}")
    assert answer.headers["location"] == f"/step-up?level=3&within=600&next=/records/exports/{export_id}"


async def test_a_ready_export_of_a_locked_line_is_not_given_out(house: House) -> None:
    export_id = await house.make_export()
    house.lock.locked = True
    async with house.use_app("fresh") as app:
        answer = await app.get(f"/api/records/exports/{export_id}")
    assert (answer.status_code, answer.json()["code"]) == (403, "records_locked")
    async with house.visit("fresh") as browser:
        assert (await browser.get(f"/records/exports/{export_id}")).status_code == 403


async def test_a_pdf_of_a_bill_takes_less_than_a_second(house: House) -> None:
    async with house.visit("level-2") as browser:
        await browser.get("/bills/B10/bill.pdf")  # fonts are read once
        answer = await browser.get("/bills/B10/bill.pdf")
    assert answer.elapsed.total_seconds() < 1
