"""How does a one-time code go out, and open the door once?"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read
from gateway.identity import code_entry
from gateway.identity.budget import MINUTE, Budget, Budgets
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.tables import one_time_code
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, CodeEvidence, CodeSent, Turned

from .conftest import NUMBER, STRANGER, Hire, KnownLines, Phone, Watch

pytestmark = pytest.mark.anyio
SOURCE = "198.51.100.7"
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)  # in Shanghai


async def _ask(keeper: HallDoorkeeper, number: str = NUMBER, source: str = SOURCE) -> CodeSent | Turned:
    answer = await keeper.send_code(number, channel=Channel.WEB, source=source)
    await keeper.settle()
    return answer


async def _enter(keeper: HallDoorkeeper, code: str, number: str = NUMBER) -> Admitted | Turned:
    return await keeper.admit(CodeEvidence(number, code, SOURCE), Channel.WEB)


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_the_code_that_was_texted_admits_at_level_2(keeper: HallDoorkeeper, phone: Phone, watch: Watch) -> None:
    sent = await _ask(keeper)
    assert sent == CodeSent(watch() + timedelta(minutes=5), watch() + timedelta(seconds=60))
    code = phone.last_code(NUMBER)
    assert len(code) == 6
    assert code.isdigit()
    admitted = await _enter(keeper, f" {code[:3]} {code[3:]} ")
    assert isinstance(admitted, Admitted)
    assert admitted.caller == Caller(Channel.WEB, "L1", NUMBER, 2, watch())
    assert admitted.token


async def test_a_code_opens_once(keeper: HallDoorkeeper, phone: Phone) -> None:
    await _ask(keeper)
    verdicts = await asyncio.gather(*(_enter(keeper, phone.last_code(NUMBER)) for _ in range(5)))
    assert sum(isinstance(verdict, Admitted) for verdict in verdicts) == 1
    assert [verdict for verdict in verdicts if isinstance(verdict, Turned)] == [Turned("code_expired")] * 4


async def test_five_wrong_tries_void_it(keeper: HallDoorkeeper, phone: Phone) -> None:
    await _ask(keeper)
    code = phone.last_code(NUMBER)
    for left in (4, 3, 2, 1, 0):
        assert await _enter(keeper, _other(code)) == Turned("wrong_credentials", {"tries_left": left})
    assert await _enter(keeper, code) == Turned("code_expired")


async def test_of_many_guesses_at_once_five_are_looked_at(keeper: HallDoorkeeper, phone: Phone) -> None:
    await _ask(keeper)
    wrong = _other(phone.last_code(NUMBER))
    verdicts = await asyncio.gather(*(_enter(keeper, wrong) for _ in range(20)))
    assert (
        sorted(v.code for v in verdicts if isinstance(v, Turned)) == ["code_expired"] * 15 + ["wrong_credentials"] * 5
    )


async def test_it_lives_five_minutes(keeper: HallDoorkeeper, phone: Phone, watch: Watch) -> None:
    await _ask(keeper)
    watch.advance(minutes=5)
    assert await _enter(keeper, phone.last_code(NUMBER)) == Turned("code_expired")


async def test_a_fresh_one_voids_the_one_before(keeper: HallDoorkeeper, phone: Phone, watch: Watch) -> None:
    await _ask(keeper)
    first = phone.last_code(NUMBER)
    watch.advance(seconds=60)
    await _ask(keeper)
    second = phone.last_code(NUMBER)
    if first != second:
        assert isinstance(await _enter(keeper, first), Turned)
    assert isinstance(await _enter(keeper, second), Admitted)


async def test_another_follows_after_a_minute_at_the_soonest(
    keeper: HallDoorkeeper, phone: Phone, watch: Watch
) -> None:
    await _ask(keeper)
    begun = watch()
    watch.advance(seconds=59.9)
    assert await _ask(keeper) == Turned("too_many_codes", {"retry_at": begun + timedelta(seconds=60)})
    assert isinstance(await _enter(keeper, phone.last_code(NUMBER)), Admitted)  # the refused wish voided nothing
    watch.advance(seconds=0.1)
    assert isinstance(await _ask(keeper), CodeSent)


async def test_impatience_costs_no_code_of_the_day(keeper: HallDoorkeeper, phone: Phone, watch: Watch) -> None:
    for _ in range(5):
        answers = await asyncio.gather(*(_ask(keeper, source=f"s{i}") for i in range(4)))
        assert sum(isinstance(answer, CodeSent) for answer in answers) == 1
        watch.advance(seconds=60)
    assert len(phone.codes) == 5
    assert await _ask(keeper) == Turned("too_many_codes", {"retry_at": MIDNIGHT})
    assert isinstance(await _enter(keeper, phone.last_code(NUMBER)), Admitted)  # the refused wish voided nothing


async def test_the_fifth_of_a_day_says_that_the_next_comes_tomorrow(keeper: HallDoorkeeper, watch: Watch) -> None:
    answers = []
    for _ in range(5):
        answers.append(await _ask(keeper))
        watch.advance(minutes=2)
    last = answers[-1]
    assert isinstance(last, CodeSent)
    assert last.retry_at == MIDNIGHT
    watch.moment = MIDNIGHT
    assert isinstance(await _ask(keeper), CodeSent)


async def test_one_source_can_only_ask_for_so_many(hire: Hire) -> None:
    keeper = hire(budgets=Budgets(source_codes_minute=Budget("m", 2, MINUTE)))
    answers = [await _ask(keeper, number=f"1380013810{i}") for i in range(3)]
    assert [isinstance(answer, CodeSent) for answer in answers] == [True, True, False]


async def test_a_number_that_is_nobodys_is_answered_alike_and_gets_no_text(
    keeper: HallDoorkeeper, phone: Phone, watch: Watch
) -> None:
    for _ in range(6):
        assert await _ask(keeper, STRANGER) == await _ask(keeper, NUMBER)
        for guess in ("000000", "junk"):
            assert await _enter(keeper, guess, STRANGER) == await _enter(keeper, guess, NUMBER)
        watch.advance(seconds=70)
    assert {number for number, _ in phone.codes} == {NUMBER}


async def test_the_answer_does_not_wait_for_the_look_up(keeper: HallDoorkeeper, lines: KnownLines) -> None:
    await keeper.send_code(NUMBER, channel=Channel.WEB, source=SOURCE)
    assert lines.asked == []
    await keeper.settle()
    assert lines.asked == [NUMBER]


async def test_even_the_right_code_of_a_number_that_is_nobodys_opens_nothing(
    keeper: HallDoorkeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.identity.code.secrets.randbelow", lambda _bound: 424242)
    await _ask(keeper, STRANGER)
    assert await _enter(keeper, "424242", STRANGER) == Turned("wrong_credentials", {"tries_left": 4})
    await _ask(keeper, NUMBER)
    assert isinstance(await _enter(keeper, "424242", NUMBER), Admitted)


async def test_a_code_that_no_message_carries_opens_nothing(
    keeper: HallDoorkeeper, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.identity.code.secrets.randbelow", lambda _bound: 424242)
    phone.broken = True
    await _ask(keeper)
    assert isinstance(await _enter(keeper, "424242"), Turned)


async def test_a_bss_that_comes_back_soon_still_gets_the_code_out(
    keeper: HallDoorkeeper, lines: KnownLines, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_entry, "LOOK_AGAIN_SECONDS", (0.05, 0.05, 0.05))
    lines.down = True
    await keeper.send_code(NUMBER, channel=Channel.WEB, source=SOURCE)
    await asyncio.sleep(0.03)  # its first look-up has failed by now
    assert lines.asked
    lines.down = False
    await keeper.settle()
    assert isinstance(await _enter(keeper, phone.last_code(NUMBER)), Admitted)


async def test_a_code_that_was_voided_before_it_could_be_texted_stays_untold(
    keeper: HallDoorkeeper, lines: KnownLines, phone: Phone, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_entry, "LOOK_AGAIN_SECONDS", (0.05, 0.05, 0.05))
    lines.down = True
    await keeper.send_code(NUMBER, channel=Channel.WEB, source=SOURCE)
    watch.advance(seconds=60)
    await keeper.send_code(NUMBER, channel=Channel.WEB, source=SOURCE)
    await asyncio.sleep(0.03)  # both first look-ups have failed by now
    lines.down = False
    await keeper.settle()
    assert len(phone.codes) == 1
    assert isinstance(await _enter(keeper, phone.last_code(NUMBER)), Admitted)


async def test_what_is_no_number_is_said_so(keeper: HallDoorkeeper, phone: Phone) -> None:
    assert await _ask(keeper, "10086") == Turned("invalid_number")
    assert await _enter(keeper, "123456", "10086") == Turned("invalid_number")
    assert phone.codes == []


async def test_no_code_stands_in_the_database(keeper: HallDoorkeeper, phone: Phone, ready_engine: AsyncEngine) -> None:
    await _ask(keeper)
    async with read(ready_engine) as connection:
        row = (await connection.execute(select(one_time_code))).one()
    assert phone.last_code(NUMBER) not in {str(value) for value in row}
    assert len(row.digest) == 64


async def test_the_code_goes_to_who_has_the_number_now(keeper: HallDoorkeeper, lines: KnownLines, phone: Phone) -> None:
    lines.ids[NUMBER] = "L2"
    await _ask(keeper)
    admitted = await _enter(keeper, phone.last_code(NUMBER))
    assert isinstance(admitted, Admitted)
    assert admitted.caller.subscriber == "L2"
    assert not await keeper.has_password(NUMBER, line_id="L1")
