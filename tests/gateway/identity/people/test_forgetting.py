"""What becomes of links and permissions when their time is over, or their line gone?"""

import pytest
from sqlalchemy import select

from gateway.database import read, write
from gateway.identity.people.forgetting import close_over, forget_line
from gateway.identity.people.tables import helper_permission
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Turned
from graphql_schema.types.own_line import HelpState

from .conftest import CHILD, FRIEND, NOBODY, PARENT, House

pytestmark = pytest.mark.anyio


async def _opened(house: House, home: str, line_id: str) -> Admitted | Turned:
    admitted = await house.sign_in(home)
    return await house.line_switch.switch(admitted.token or "", line_id, Channel.WEB)


async def _forget(house: House, line_id: str) -> None:
    async with write(house.engine) as connection:
        await forget_line(connection, line_id, now=house.watch())


async def _states(house: House) -> list[tuple[str, str | None]]:
    async with read(house.engine) as connection:
        rows = await connection.execute(
            select(helper_permission).order_by(helper_permission.c.asked_at_us, helper_permission.c.helper_number)
        )
        return [(row.state, row.ended_by) for row in rows]


async def test_a_line_that_is_gone_takes_links_permissions_and_sessions_of_both_sides_along(house: House) -> None:
    await house.link("L1", CHILD)
    await house.link("L3", PARENT)
    await house.help("L1", FRIEND)
    await house.help("L2", PARENT)
    tokens = [(await _opened(house, *way)) for way in (("L1", "L2"), ("L3", "L1"))]
    mine = await house.sign_in("L1")
    childs = await house.sign_in("L2")
    await _forget(house, "L1")
    assert not any([await house.knows(each.token) for each in (*tokens, mine)])  # type: ignore[union-attr]
    assert await house.knows(childs.token)
    assert await _states(house) == [("ended", "line")] * 2
    for home, line_id in (("L2", "L1"), ("L3", "L1"), ("L1", "L2")):
        assert await _opened(house, home, line_id) == Turned("not_found")


async def test_the_other_side_of_a_permission_is_told_that_it_ended(house: House) -> None:
    await house.help("L1", FRIEND)
    await house.help("L2", PARENT)
    await _forget(house, "L1")
    await house.tidings.tell_waiting()
    assert house.letters.of(FRIEND) == ["help_granted", "help_ended"]
    assert house.letters.of(CHILD) == ["help_ended"]
    assert house.letters.of(PARENT) == ["help_granted"]


async def test_forgetting_a_line_leaves_others_alone(house: House) -> None:
    await house.link("L1", CHILD)
    await house.help("L1", FRIEND)
    await _forget(house, "L9")
    assert isinstance(await _opened(house, "L1", "L2"), Admitted)
    assert isinstance(await _opened(house, "L3", "L1"), Admitted)


async def test_what_time_ended_is_marked_and_nothing_else(house: House) -> None:
    await house.help("L1", CHILD, days=1)
    await house.help("L1", FRIEND, days=2)
    await house.helping.ask(house.deed("L2"), FRIEND, ["line"], 30)
    await house.settle()
    house.watch.advance(days=1)
    async with write(house.engine) as connection:
        assert await close_over(connection, house.watch()) == 2
        assert await close_over(connection, house.watch()) == 0
    assert sorted(await _states(house), key=str) == [("active", None), ("ended", "time"), ("refused", None)]


async def test_what_is_over_opens_nothing_before_it_is_marked(house: House) -> None:
    await house.help("L1", CHILD, days=1)
    house.watch.advance(days=1)
    assert await _opened(house, "L2", "L1") == Turned("not_found")
    assert await _states(house) == [(HelpState.ACTIVE.value, None)]


async def test_the_new_owner_of_a_number_inherits_no_help_on_either_side(house: House) -> None:
    await house.help("L1", CHILD)
    await house.help("L2", FRIEND)
    await house.helping.ask(house.deed("L1"), CHILD, ["line"], 30)
    await house.settle()
    house.town.recycle(CHILD, "L2N", "C9")
    assert await house.helping.fetch_helpers(Caller(Channel.WEB, "L2N", CHILD, 2)) == []
    assert [line.id for line in await house.own_lines.fetch_lines(Caller(Channel.WEB, "L2N", CHILD, 2))] == ["L2N"]
    assert await _opened(house, "L2N", "L1") == Turned("not_found")
    assert await _opened(house, "L3", "L2N") == Turned("not_found")


async def test_a_number_that_nobody_had_when_it_was_asked_is_not_asked_later(house: House) -> None:
    await house.helping.ask(house.deed("L2"), NOBODY, ["line"], 30)
    await house.settle()
    house.town.move_in(NOBODY, "L9", "C9")
    await house.tidings.tell_waiting()
    assert await house.helping.fetch_helpers(Caller(Channel.WEB, "L9", NOBODY, 2)) == []
    assert house.letters.sent == []
