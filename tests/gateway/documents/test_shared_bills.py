"""Does a bill's link show the bill and nothing else, for as long as its owner wants?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from gateway.database import write
from gateway.shared_bills import PDFS
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.types.line import Payer
from statements.tables import bill_share, to_us
from tests.fakes.ports import ACCOUNT_ID, LINE_ID, NUMBER, make_line
from tests.gateway.documents.conftest import House

pytestmark = pytest.mark.anyio
OWNER = Caller(Channel.WEB, subscriber=LINE_ID, number=NUMBER, assurance=2)


async def test_whoever_has_the_link_sees_the_bill_without_numbers(house: House) -> None:
    path = await house.share()
    async with house.visit() as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    assert "86.50" in answer.text
    assert "138****8001" in answer.text
    assert "月租费" in answer.text
    for secret in (NUMBER, ACCOUNT_ID, f'"{LINE_ID}"', f">{LINE_ID}<"):
        assert secret not in answer.text
    assert [share.opened for share in await house.shares.fetch_shares(OWNER)] == [1]


async def test_who_only_asks_whether_the_link_lives_is_no_visit(house: House) -> None:
    path = await house.share()
    async with house.visit() as browser:
        assert (await browser.head(path)).status_code == 200
    assert [share.opened for share in await house.shares.fetch_shares(OWNER)] == [0]


async def test_the_link_speaks_the_readers_language(house: House) -> None:
    path = await house.share()
    async with house.visit(language="en-GB,en;q=0.9") as browser:
        answer = await browser.get(path)
    assert '<html lang="en">' in answer.text
    assert "Bill for Oct 2026 (shared)" in answer.text


async def test_its_pdf_is_fetched_and_stands_in_the_owners_trail(house: House) -> None:
    path = await house.share()
    async with house.visit() as browser:
        answer = await browser.get(f"{path}/bill.pdf")
    assert answer.content.startswith(b"%PDF-1.")
    assert await house.read_trail() == [("fetch_shared_bill", "visitor", LINE_ID, "pdf 2026-10")]


async def test_whoever_has_a_link_can_not_fill_its_owners_trail(house: House) -> None:
    path = await house.share()
    async with house.visit() as browser:
        fetched = [(await browser.get(f"{path}/bill.pdf")).status_code for _ in range(PDFS.limit + 2)]
        refused = await browser.get(f"{path}/bill.pdf")
        assert (await browser.get(path)).status_code == 200
    assert fetched == [200] * PDFS.limit + [429] * 2
    assert "下载过于频繁" in refused.text
    assert len(await house.read_trail()) == PDFS.limit


async def test_nobody_keeps_indexes_frames_or_is_told_of_it(house: House) -> None:
    path = await house.share()
    async with house.visit() as browser:
        for address in (path, f"{path}/bill.pdf", "/shared/nobody"):
            headers = (await browser.get(address)).headers
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-robots-tag"].startswith("noindex")
            assert headers["cache-control"] == "no-store"
            assert headers["x-frame-options"] == "DENY"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "set-cookie" not in headers


async def test_an_unknown_link_says_so(house: House) -> None:
    async with house.visit(language="en") as browser:
        for address in ("/shared/nobody", "/shared/" + "A" * 43, "/shared/nobody/bill.pdf"):
            answer = await browser.get(address)
            assert answer.status_code == 404
            assert "There is no such bill" in answer.text


async def test_a_lapsed_and_an_ended_link_say_the_same(house: House) -> None:
    lapsed, ended = await house.share("B10"), await house.share("B9")
    [share] = [share for share in await house.shares.fetch_shares(OWNER) if share.bill_id == "B9"]
    await house.shares.end_share(Deed("E1", OWNER), share.id)
    async with write(house.engine) as connection:
        past = to_us(datetime.now(UTC) - timedelta(seconds=1))
        await connection.execute(update(bill_share).where(bill_share.c.id != share.id).values(expires_at_us=past))
    async with house.visit(language="en") as browser:
        answers = [await browser.get(path) for path in (lapsed, ended)]
    assert [answer.status_code for answer in answers] == [410, 410]
    assert answers[0].text == answers[1].text
    assert "This link has ended" in answers[0].text


async def test_a_link_shows_nothing_once_somebody_else_pays(house: House) -> None:
    path = await house.share()
    house.bss.line = make_line(payer=Payer.ORGANIZATION)
    async with house.visit() as browser:
        answer = await browser.get(path)
    assert answer.status_code == 410
    assert "86.50" not in answer.text


async def test_a_link_to_a_bill_that_is_kept_no_longer_says_so(house: House) -> None:
    path = await house.share()
    house.bss.bills = ()
    async with house.visit() as browser:
        assert (await browser.get(path)).status_code == 410


async def test_a_system_that_is_down_is_not_a_lapsed_link(house: House) -> None:
    path = await house.share()
    house.bss.break_system("fetch_bill", code="bill_unavailable")
    async with house.visit() as browser:
        assert (await browser.get(path)).status_code == 503


async def test_what_a_catalogue_names_is_never_markup(house: House) -> None:
    evil = replace(house.bss.bills[0], number="<script>alert(1)</script>")
    house.bss.bills = (evil, *house.bss.bills[1:])
    path = await house.share()
    async with house.visit() as browser:
        answer = await browser.get(path)
        assert "<script>" not in answer.text
        assert (await browser.get(f"{path}/bill.pdf")).content.startswith(b"%PDF")
