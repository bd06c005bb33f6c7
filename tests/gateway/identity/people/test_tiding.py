"""Who still has to be told about a permission to help, and by which number?"""

import pytest

from gateway.database import read
from gateway.identity.people.permission import fetch_permissions
from graphql_schema.door import Admitted, Turned
from graphql_schema.types.line import LineKind, LineState, mask_number

from .conftest import BROADBAND, CHILD, NOBODY, PARENT, House, at_once

pytestmark = pytest.mark.anyio


async def _opens(house: House, helper: str, owner: str) -> bool:
    admitted = await house.sign_in(helper)
    opened = await house.line_switch.switch(admitted.token or "", owner, admitted.caller.channel)
    assert isinstance(opened, Admitted | Turned)
    return isinstance(opened, Admitted)


async def test_what_a_failing_bss_left_over_is_told_in_the_next_round(house: House) -> None:
    await house.helping.grant(house.deed("L1"), CHILD, ["line"], 30)
    house.town.down = True
    await house.settle()
    assert house.letters.sent == []
    house.town.down = False
    assert not await _opens(house, "L2", "L1")
    assert await house.tidings.tell_waiting() == 1
    assert house.letters.of(CHILD) == ["help_granted"]
    assert await _opens(house, "L2", "L1")
    assert await house.tidings.tell_waiting() == 0


async def test_it_is_told_once_however_many_rounds_run_at_once(house: House) -> None:
    await house.helping.grant(house.deed("L1"), CHILD, ["line"], 30)
    await at_once(*(house.tidings.tell_waiting() for _ in range(4)), house.settle())
    assert house.letters.of(CHILD) == ["help_granted"]


async def test_what_could_not_be_looked_up_within_an_hour_opens_nothing_for_good(house: House) -> None:
    await house.helping.grant(house.deed("L1"), CHILD, ["line"], 30)
    house.town.down = True
    await house.settle()
    house.watch.advance(hours=1)
    house.town.down = False
    assert await house.tidings.tell_waiting() == 0
    assert not await _opens(house, "L2", "L1")


async def test_a_line_without_texts_may_help_and_is_not_texted(house: House) -> None:
    house.town.move_in("02088880009", "L8", "C8", kind=LineKind.FIXED)
    await house.help("L1", "02088880009")
    assert house.letters.sent == []
    assert await _opens(house, "L8", "L1")


async def test_the_owner_of_a_line_without_texts_finds_the_question_in_the_hall(house: House) -> None:
    await house.helping.ask(house.deed("L2"), BROADBAND, ["line"], 30)
    await house.settle()
    assert house.letters.sent == []
    assert [seen.masked_number for seen in await house.helping.fetch_helpers(house.deed("L1B").caller)] == [
        mask_number(CHILD)
    ]


async def test_a_helper_who_has_another_number_by_now_is_told_there(house: House) -> None:
    permission = await house.help("L1", CHILD)
    house.town.change("L2", number=NOBODY)
    house.town.move_in(CHILD, "L2N", "C9")
    await house.helping.end(house.deed("L1"), permission)
    await house.settle()
    assert house.letters.of(NOBODY) == ["help_ended"]
    assert house.letters.of(CHILD) == ["help_granted"]


@pytest.mark.parametrize("changes", [{"state": LineState.CLOSED}, {"customer_id": "C77"}])
async def test_whoever_has_the_line_or_the_number_now_is_not_told_of_a_former_helper(
    house: House, changes: dict[str, object]
) -> None:
    permission = await house.help("L1", CHILD)
    house.town.change("L2", **changes)
    await house.helping.end(house.deed("L1"), permission)
    await house.settle()
    assert house.letters.of(CHILD) == ["help_granted"]


async def test_a_question_that_was_taken_back_before_it_was_put_is_not_put(house: House) -> None:
    await house.helping.ask(house.deed("L2"), PARENT, ["line"], 30)
    house.town.down = True
    await house.settle()
    async with read(house.engine) as connection:
        (asked,) = await fetch_permissions(connection)
    house.town.down = False
    await house.helping.end(house.deed("L2"), asked.id)
    await house.settle()
    await house.tidings.tell_waiting()
    assert house.letters.sent == []


async def test_a_line_that_is_known_from_earlier_only_is_not_bound(house: House) -> None:
    house.town.change("L2", stale=True)
    await house.helping.grant(house.deed("L1"), CHILD, ["line"], 30)
    await house.settle()
    assert house.letters.sent == []
    house.town.change("L2", stale=False)
    await house.tidings.tell_waiting()
    assert house.letters.of(CHILD) == ["help_granted"]
