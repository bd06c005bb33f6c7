"""How often may the house be made to send a code, and what holds it back?"""

from datetime import timedelta

import pytest

from gateway.identity.budget import DAY, HOUR, MINUTE, Budget, Budgets, name_source
from gateway.identity.doorkeeper import HallDoorkeeper
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, CodeSent, CodeWish, PasswordEvidence, Purpose, Turned

from .conftest import NUMBER, PASSWORD, Hire, Watch

pytestmark = pytest.mark.anyio


def _number(index: int, prefix: str = "1380013") -> str:
    return f"{prefix}{index:04}"


async def _ask(keeper: HallDoorkeeper, number: str, source: str, device: str | None = None) -> CodeSent | Turned:
    return await keeper.send_code(CodeWish(number, Purpose.SIGN_IN, Channel.APP, source, device))


async def _count(keeper: HallDoorkeeper, wishes: list[tuple[str, str]]) -> int:
    answers = [await _ask(keeper, number, source) for number, source in wishes]
    return sum(isinstance(answer, CodeSent) for answer in answers)


async def test_one_segment_of_numbers_gets_only_so_many_whoever_asks(hire: Hire, watch: Watch) -> None:
    keeper = hire(budgets=Budgets(narrow_codes_minute=Budget("nm", 4, MINUTE), narrow_codes_hour=Budget("nh", 6, HOUR)))
    assert await _count(keeper, [(_number(i), f"s{i}") for i in range(9)]) == 4
    assert await _count(keeper, [(_number(0, "1390013"), "t")]) == 1  # another segment
    watch.advance(minutes=1)
    assert await _count(keeper, [(_number(10 + i), f"u{i}") for i in range(9)]) == 2
    watch.advance(minutes=59)
    assert await _count(keeper, [(_number(20), "v")]) == 1


async def test_the_operators_own_segments_have_more_room(hire: Hire) -> None:
    budgets = Budgets(
        narrow_codes_minute=Budget("nm", 2, MINUTE),
        prefix_codes_minute=Budget("pm", 5, MINUTE),
        own_prefixes=("1380013", "020"),
    )
    keeper = hire(budgets=budgets)
    assert await _count(keeper, [(_number(i), f"s{i}") for i in range(9)]) == 5
    assert await _count(keeper, [(_number(i, "1390013"), f"t{i}") for i in range(9)]) == 2


async def test_the_whole_house_sends_only_so_many_a_minute(hire: Hire, watch: Watch) -> None:
    keeper = hire(budgets=Budgets(house_codes_minute=Budget("h", 3, MINUTE)))
    wishes = [(_number(i, f"138001{i}"), f"s{i}") for i in range(6)]
    assert await _count(keeper, wishes) == 3
    watch.advance(minutes=1)
    assert await _count(keeper, wishes[3:]) == 3


async def test_a_wish_that_is_refused_for_haste_costs_the_segment_and_the_house_nothing(hire: Hire) -> None:
    keeper = hire(
        budgets=Budgets(narrow_codes_minute=Budget("nm", 3, MINUTE), house_codes_minute=Budget("h", 3, MINUTE))
    )
    assert await _count(keeper, [(_number(0), "s")] * 9) == 1
    assert await _count(keeper, [(_number(1), "t"), (_number(2), "t")]) == 2


async def test_a_wish_that_the_segment_refuses_voids_no_code_and_costs_none_of_the_day(
    hire: Hire, watch: Watch
) -> None:
    keeper = hire(budgets=Budgets(narrow_codes_minute=Budget("nm", 1, MINUTE), number_codes=Budget("n", 2, DAY)))
    assert await _count(keeper, [(_number(0), "s")]) == 1
    watch.advance(seconds=59.9)
    refused = await _ask(keeper, _number(1), "s")
    assert isinstance(refused, Turned)
    assert refused.parameters["retry_at"] == watch() + timedelta(seconds=0.1)
    watch.advance(minutes=1)
    assert await _count(keeper, [(_number(1), "s")]) == 1
    watch.advance(minutes=1)
    assert await _count(keeper, [(_number(1), "s")]) == 1


async def test_a_known_device_asks_only_so_often_wherever_it_is(hire: Hire) -> None:
    keeper = hire(budgets=Budgets(device_codes_day=Budget("d", 2, DAY)))
    await keeper.set_password(NUMBER, PASSWORD, line_id="L1")
    admitted = await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.APP)
    assert isinstance(admitted, Admitted)
    answers = [await _ask(keeper, _number(i), f"s{i}", admitted.device) for i in range(3)]
    assert [isinstance(answer, CodeSent) for answer in answers] == [True, True, False]
    assert isinstance(await _ask(keeper, _number(9), "s9", "unknown"), CodeSent)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("a\0b\ud800" + "x" * 200, "ab\\ud800" + "x" * 120),
    ],
)
def test_a_household_is_one_source(source: str, name: str) -> None:
    assert name_source(source) == name
