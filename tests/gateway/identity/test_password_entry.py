"""How does a service password open the door, and what locks it?"""

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.identity.budget import DAY, MINUTE, Budget, Budgets
from gateway.identity.doorkeeper import HallDoorkeeper
from graphql_schema.assurance import Factor
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, PasswordEvidence, TokenEvidence, Turned
from graphql_schema.types.line import LineState

from .conftest import NUMBER, PASSWORD, STRANGER, Hire, KnownLines, Watch

pytestmark = pytest.mark.anyio
WRONG = "999111"
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)  # in Shanghai


def _guess(password: str, number: str = NUMBER, source: str = "198.51.100.7") -> PasswordEvidence:
    return PasswordEvidence(number, password, source)


async def test_the_right_password_admits_at_level_2_with_a_session(keeper: HallDoorkeeper, watch: Watch) -> None:
    admitted = await keeper.admit(_guess(PASSWORD), Channel.WEB)
    assert isinstance(admitted, Admitted)
    caller = admitted.caller
    assert (caller.subscriber, caller.number, caller.assurance, caller.since) == ("L1", NUMBER, 2, watch())
    assert caller.proofs == {Factor.PASSWORD: watch()}
    assert admitted.token is not None
    assert len(admitted.token) >= 43


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.IVR])
async def test_within_a_dialogue_it_admits_without_a_session(keeper: HallDoorkeeper, channel: Channel) -> None:
    admitted = await keeper.admit(_guess(PASSWORD), channel)
    assert isinstance(admitted, Admitted)
    assert (admitted.caller.assurance, admitted.token) == (2, None)


async def test_the_third_wrong_one_locks_the_number_until_midnight_in_shanghai(
    keeper: HallDoorkeeper, watch: Watch
) -> None:
    assert await keeper.admit(_guess(WRONG), Channel.WEB) == Turned("wrong_credentials", {"tries_left": 2})
    assert await keeper.admit(_guess(WRONG), Channel.IVR) == Turned("wrong_credentials", {"tries_left": 1})
    assert await keeper.admit(_guess(WRONG), Channel.SMS) == Turned("locked", {"until": MIDNIGHT})
    assert await keeper.admit(_guess(PASSWORD), Channel.APP) == Turned("locked", {"until": MIDNIGHT})
    watch.moment = MIDNIGHT
    assert isinstance(await keeper.admit(_guess(PASSWORD), Channel.APP), Admitted)


async def test_a_right_one_gives_the_tries_back(keeper: HallDoorkeeper) -> None:
    for _ in range(3):
        await keeper.admit(_guess(WRONG), Channel.WEB)
        await keeper.admit(_guess(WRONG), Channel.WEB)
        assert isinstance(await keeper.admit(_guess(PASSWORD), Channel.WEB), Admitted)


async def test_of_forty_guesses_at_once_three_are_looked_at(keeper: HallDoorkeeper, hire: Hire) -> None:
    keepers = (keeper, hire())  # two processes would share nothing but the database either
    guesses = [keepers[i % 2].admit(_guess(WRONG, source=f"s{i}"), list(Channel)[i % 4]) for i in range(40)]
    verdicts = await asyncio.gather(*guesses)
    assert sorted(v.code for v in verdicts if isinstance(v, Turned)) == ["locked"] * 38 + ["wrong_credentials"] * 2
    assert await keeper.admit(_guess(PASSWORD), Channel.WEB) == Turned("locked", {"until": MIDNIGHT})


async def test_a_number_that_is_nobodys_is_answered_alike(keeper: HallDoorkeeper) -> None:
    for _ in range(4):
        ours = await keeper.admit(_guess(WRONG), Channel.WEB)
        assert await keeper.admit(_guess(WRONG, number=STRANGER), Channel.WEB) == ours


async def test_a_number_of_ours_without_a_password_is_answered_alike(keeper: HallDoorkeeper) -> None:
    for _ in range(4):
        ours = await keeper.admit(_guess(WRONG), Channel.WEB)
        assert await keeper.admit(_guess("", number="02088880009"), Channel.WEB) == ours


async def test_what_is_no_number_is_said_so(keeper: HallDoorkeeper) -> None:
    assert await keeper.admit(_guess(PASSWORD, number="10086"), Channel.WEB) == Turned("invalid_number")


@pytest.mark.parametrize("junk", ["", "\0", "\ud800", "9" * 100_000, "２５８００９", "密码"])
async def test_junk_is_merely_wrong(keeper: HallDoorkeeper, junk: str) -> None:
    verdict = await keeper.admit(_guess(junk, source=junk), Channel.WEB)
    assert verdict == Turned("wrong_credentials", {"tries_left": 2})


async def test_one_source_can_only_try_so_many_numbers(hire: Hire, watch: Watch) -> None:
    keeper = hire(budgets=Budgets(source_guesses_minute=Budget("m", 5, MINUTE)))
    codes = []
    for i in range(7):
        verdict = await keeper.admit(_guess(WRONG, number=f"1380013810{i}", source=f"2001:db8::{i}"), Channel.WEB)
        codes.append(verdict.code if isinstance(verdict, Turned) else "in")
    assert codes == ["wrong_credentials"] * 5 + ["locked"] * 2
    assert isinstance(await keeper.admit(_guess(WRONG, source="198.51.100.8"), Channel.WEB), Turned)
    watch.advance(minutes=1)
    verdict = await keeper.admit(_guess(WRONG, number="13800138106", source="2001:db8::1"), Channel.WEB)
    assert verdict == Turned("wrong_credentials", {"tries_left": 2})


async def test_luck_in_between_does_not_buy_endless_guesses(hire: Hire) -> None:
    keeper = hire(budgets=Budgets(pardons=Budget("n", 1, DAY)))
    await keeper.set_password(NUMBER, PASSWORD, line_id="L1")
    for password in (WRONG, WRONG, PASSWORD, WRONG, WRONG, PASSWORD):
        await keeper.admit(_guess(password), Channel.WEB)
    assert await keeper.admit(_guess(PASSWORD), Channel.WEB) == Turned("locked", {"until": MIDNIGHT})


async def test_a_number_that_went_to_someone_else_forgets_its_password(
    keeper: HallDoorkeeper, lines: KnownLines
) -> None:
    lines.ids[NUMBER] = "L2"
    assert isinstance(await keeper.admit(_guess(PASSWORD), Channel.WEB), Turned)
    lines.ids[NUMBER] = "L1"
    assert isinstance(await keeper.admit(_guess(PASSWORD), Channel.WEB), Turned)
    assert not await keeper.has_password(NUMBER, line_id="L1")


async def test_a_line_that_somebody_else_holds_now_forgets_its_password(
    keeper: HallDoorkeeper, lines: KnownLines
) -> None:
    first = await keeper.admit(_guess(PASSWORD), Channel.WEB)
    assert isinstance(first, Admitted)
    lines.customers[NUMBER] = "C2"
    assert isinstance(await keeper.admit(_guess(PASSWORD), Channel.WEB), Turned)
    assert not await keeper.has_password(NUMBER, line_id="L1")
    await keeper.set_password(NUMBER, "471920", line_id="L1")
    assert isinstance(await keeper.admit(_guess("471920"), Channel.WEB), Admitted)


async def test_a_closed_line_is_turned_away(keeper: HallDoorkeeper, lines: KnownLines) -> None:
    lines.states[NUMBER] = LineState.CLOSED
    assert await keeper.admit(_guess(PASSWORD), Channel.WEB) == Turned("wrong_credentials", {"tries_left": 2})


async def test_a_number_that_is_nobodys_any_more_is_turned_away(keeper: HallDoorkeeper, lines: KnownLines) -> None:
    del lines.ids[NUMBER]
    assert await keeper.admit(_guess(PASSWORD), Channel.WEB) == Turned("wrong_credentials", {"tries_left": 2})


async def test_while_the_bss_is_down_the_line_as_last_heard_is_let_in(
    keeper: HallDoorkeeper, lines: KnownLines
) -> None:
    lines.down = True
    admitted = await keeper.admit(_guess(PASSWORD), Channel.WEB)
    assert isinstance(admitted, Admitted)
    assert admitted.caller.subscriber == "L1"


async def test_a_new_password_ends_the_sessions_of_the_old(keeper: HallDoorkeeper) -> None:
    admitted = await keeper.admit(_guess(PASSWORD), Channel.WEB)
    assert isinstance(admitted, Admitted)
    assert await keeper.set_password(NUMBER, "４７１９２０", line_id="L1") is None
    assert await keeper.admit(TokenEvidence(admitted.token or ""), Channel.WEB) == Turned("session_ended")
    assert isinstance(await keeper.admit(_guess(PASSWORD), Channel.WEB), Turned)
    assert isinstance(await keeper.admit(_guess("471920"), Channel.WEB), Admitted)


async def test_a_weak_new_password_changes_nothing(keeper: HallDoorkeeper) -> None:
    weakness = await keeper.set_password(NUMBER, "111111", line_id="L1")
    assert weakness is not None
    assert isinstance(await keeper.admit(_guess(PASSWORD), Channel.WEB), Admitted)
