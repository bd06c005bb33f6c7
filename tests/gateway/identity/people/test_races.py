"""Does a session outlive its consent, if one is begun while the other ends?"""

import asyncio

import pytest

from gateway.database import write
from gateway.identity.people.forgetting import forget_line
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, Turned

from .conftest import CHILD, House

pytestmark = pytest.mark.anyio
ROUNDS = 12
AT_ONCE = 4


async def _race(house: House, home: str, line_id: str, ending: asyncio.Task[None]) -> list[Admitted | Turned]:
    admitted = [await house.sign_in(home) for _ in range(AT_ONCE)]

    async def switch(token: str, head_start: int) -> Admitted | Turned:
        await asyncio.sleep(head_start / 1000)
        return await house.line_switch.switch(token, line_id, Channel.WEB)

    opened = await asyncio.gather(*(switch(each.token or "", index) for index, each in enumerate(admitted)))
    await ending
    return list(opened)


async def _nobody_is_in(house: House, opened: list[Admitted | Turned]) -> bool:
    tokens = [each.token for each in opened if isinstance(each, Admitted)]
    assert all(each == Turned("not_found") for each in opened if isinstance(each, Turned))
    return not any([await house.knows(token) for token in tokens])


async def _later(turn: int, deed: object) -> None:
    await asyncio.sleep(turn * 0.002)
    await deed  # type: ignore[misc]


async def test_no_session_survives_the_end_of_help(house: House) -> None:
    for turn in range(ROUNDS):
        house.watch.advance(days=1)
        permission = await house.help("L1", CHILD)
        end = house.helping.end(house.deed("L1"), permission)
        opened = await _race(house, "L2", "L1", asyncio.create_task(_later(turn, end)))
        assert await _nobody_is_in(house, opened)


async def test_no_session_survives_the_end_of_a_link(house: House) -> None:
    for turn in range(ROUNDS):
        house.watch.advance(days=1)
        await house.link("L1", CHILD)
        end = house.own_lines.unlink(house.deed("L2"), "L1")
        opened = await _race(house, "L1", "L2", asyncio.create_task(_later(turn, end)))
        assert await _nobody_is_in(house, opened)


async def test_no_session_survives_a_line_that_is_gone(house: House) -> None:
    async def forget() -> None:
        async with write(house.engine) as connection:
            await forget_line(connection, "L1", now=house.watch())

    for turn in range(ROUNDS):
        house.watch.advance(days=1)
        await house.help("L1", CHILD)
        opened = await _race(house, "L2", "L1", asyncio.create_task(_later(turn, forget())))
        assert await _nobody_is_in(house, opened)
