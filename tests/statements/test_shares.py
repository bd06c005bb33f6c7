"""Do links show a bill to whoever has them, as long as their owner wants?"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from graphql_schema.problems import BadArgument, NotFound, TooMany
from statements.needs import Transaction, View
from statements.shares import LapsedShare, OpenedShare, SqlBillShares, forget_shares_of
from statements.tables import bill_share
from tests.statements.world import Watch, make_caller, make_deed

pytestmark = pytest.mark.anyio


async def _share(shares: SqlBillShares, deed: str = "D1", line: str = "L1", days: int = 7) -> str:
    share = await shares.open_share(make_deed(deed, line), "A1", "B10", days=days)
    assert share.url is not None
    return share.url.rpartition("/")[2]


async def test_a_link_shows_its_bill_and_counts_who_comes(shares: SqlBillShares, watch: Watch) -> None:
    share = await shares.open_share(make_deed(), "A1", "B10", days=7)
    assert share.url is not None
    assert share.url.startswith("https://hall.example.com/shared/")
    token = share.url.rpartition("/")[2]
    for _ in range(3):
        opened = await shares.open_link(token)
        assert opened == OpenedShare("L1", "B10", watch() + timedelta(days=7))
    assert [each.opened for each in await shares.fetch_shares(make_caller())] == [3]


async def test_a_link_is_told_once_and_never_listed(shares: SqlBillShares) -> None:
    await _share(shares)
    [listed] = await shares.fetch_shares(make_caller())
    assert (listed.url, listed.bill_id) == (None, "B10")


async def test_the_same_deed_answers_the_same_link(shares: SqlBillShares) -> None:
    first = await shares.open_share(make_deed(), "A1", "B10", days=7)
    assert await shares.open_share(make_deed(), "A1", "B10", days=7) == first
    assert len(await shares.fetch_shares(make_caller())) == 1


async def test_two_links_have_nothing_in_common_and_256_bits(shares: SqlBillShares) -> None:
    one, other = await _share(shares, "D1"), await _share(shares, "D2")
    assert one != other
    assert min(len(one), len(other)) >= 43  # 43 letters of base64 are 256 bits


async def test_neither_token_nor_bill_can_be_read_in_the_database(shares: SqlBillShares, view: View) -> None:
    token = await _share(shares)
    async with view() as connection:
        row = (await connection.execute(select(bill_share))).one()
    assert all(token not in str(kept) and "B10" not in str(kept) for kept in row)


async def test_a_link_lapses_and_says_so_for_a_month(shares: SqlBillShares, watch: Watch) -> None:
    token = await _share(shares, days=1)
    watch.advance(days=1)
    assert await shares.open_link(token) == LapsedShare()
    assert list(await shares.fetch_shares(make_caller())) == []
    watch.advance(days=31)
    assert await shares.forget_old() == 1
    assert await shares.open_link(token) is None


async def test_an_ended_link_shows_nothing_any_more(shares: SqlBillShares) -> None:
    token = await _share(shares)
    [listed] = await shares.fetch_shares(make_caller())
    await shares.end_share(make_deed("D2"), listed.id)
    await shares.end_share(make_deed("D3"), listed.id)
    assert await shares.open_link(token) == LapsedShare()
    assert list(await shares.fetch_shares(make_caller())) == []


async def test_nobody_ends_or_lists_another_lines_link(shares: SqlBillShares) -> None:
    token = await _share(shares)
    [listed] = await shares.fetch_shares(make_caller())
    with pytest.raises(NotFound):
        await shares.end_share(make_deed("D2", "L2"), listed.id)
    assert list(await shares.fetch_shares(make_caller("L2"))) == []
    assert isinstance(await shares.open_link(token), OpenedShare)


async def test_ten_links_live_at_once_however_they_are_asked_for(shares: SqlBillShares, watch: Watch) -> None:
    asked = [shares.open_share(make_deed(f"D{each}"), "A1", "B10", days=1) for each in range(14)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, TooMany) for answer in answers) == 4
    assert len(await shares.fetch_shares(make_caller())) == 10
    await _share(shares, "E1", "L2")  # another line has ten of its own
    watch.advance(days=1)
    await _share(shares, "E2")  # lapsed ones take no place


@pytest.mark.parametrize("days", [0, -1, 31])
async def test_a_link_lives_for_one_to_thirty_days(shares: SqlBillShares, days: int) -> None:
    with pytest.raises(BadArgument):
        await shares.open_share(make_deed(), "A1", "B10", days=days)


async def test_a_link_that_nobody_made_is_unknown(shares: SqlBillShares) -> None:
    await _share(shares)
    assert await shares.open_link("A" * 43) is None


async def test_links_end_with_their_lines_holder(shares: SqlBillShares, transaction: Transaction) -> None:
    token = await _share(shares)
    async with transaction() as connection:
        await forget_shares_of(connection, "L1")
    assert await shares.open_link(token) is None


@pytest.mark.parametrize("share_id", ["", "\0", "\ud800", "x" * 5000])
async def test_an_id_that_no_database_can_look_for_is_nobodys(shares: SqlBillShares, share_id: str) -> None:
    with pytest.raises(NotFound):
        await shares.end_share(make_deed(), share_id)
