"""Do the ledger's sums agree, and can nobody rewrite it?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from ordering.money.ledger import BSS, DUE, VOUCHER, Movement, fetch_balances, move
from ordering.money_tables import money_movement

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def movement(name: str, debit: str, credit: str, amount_fen: int = 100) -> Movement:
    return Movement(name, name.partition(":")[2], debit, credit, amount_fen, "CNY")


@pytest.mark.parametrize(
    ("movements", "balances"),
    [
        ([], {}),
        ([("paid:a", DUE, "provider:sandbox", 5000)], {DUE: 5000, "provider:sandbox": -5000}),
        (
            [("paid:a", DUE, "provider:sandbox", 5000), ("credited:a", BSS, DUE, 5000)],
            {DUE: 0, BSS: 5000, "provider:sandbox": -5000},
        ),
        ([("credited:v", BSS, VOUCHER, 3000)], {BSS: 3000, VOUCHER: -3000}),
        (
            [
                ("paid:a", DUE, "provider:alipay", 5000),
                ("credited:a", BSS, DUE, 5000),
                ("taken:f", DUE, BSS, 1999),
                ("refunded:f", "refund:alipay", DUE, 1999),
            ],
            {DUE: 0, BSS: 3001, "provider:alipay": -5000, "refund:alipay": 1999},
        ),
    ],
)
async def test_what_one_account_gets_another_loses(
    engine: AsyncEngine, movements: list[tuple[str, str, str, int]], balances: dict[str, int]
) -> None:
    async with write(engine) as connection:
        for each in movements:
            assert await move(connection, movement(*each), now=NOW)
        found = await fetch_balances(connection)
    assert (found, sum(found.values())) == (balances, 0)


async def test_an_event_moves_money_once(engine: AsyncEngine) -> None:
    async with write(engine) as connection:
        assert await move(connection, movement("paid:a", DUE, "provider:sandbox"), now=NOW)
        later = NOW + timedelta(seconds=1)
        assert not await move(connection, movement("paid:a", DUE, "provider:sandbox"), now=later)
    async with read(engine) as connection:
        assert await fetch_balances(connection, reference="a") == {DUE: 100, "provider:sandbox": -100}
        assert await fetch_balances(connection, reference="b") == {}


@pytest.mark.parametrize("wrong", [{"amount_fen": 0}, {"amount_fen": -5}, {"debit": BSS}])
async def test_the_database_takes_no_movement_that_moves_nothing(engine: AsyncEngine, wrong: dict[str, object]) -> None:
    row = {
        "id": "x",
        "reference": "x",
        "debit": DUE,
        "credit": BSS,
        "amount_fen": 1,
        "currency": "CNY",
        "at_us": 0,
    }
    with pytest.raises(IntegrityError):
        async with write(engine) as connection:
            await connection.execute(insert(money_movement).values(row | wrong))


@pytest.mark.parametrize("statement", ["UPDATE money_movement SET amount_fen = 1", "DELETE FROM money_movement"])
async def test_the_database_lets_nobody_rewrite_the_ledger(engine: AsyncEngine, statement: str) -> None:
    async with write(engine) as connection:
        await move(connection, movement("paid:a", DUE, "provider:sandbox"), now=NOW)
    with pytest.raises(DBAPIError, match="append-only"):
        async with write(engine) as connection:
            await connection.execute(text(statement))
