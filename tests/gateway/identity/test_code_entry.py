"""How does a one-time code go out, and open the door once?"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import DatabaseFault, read
from gateway.identity import code_sending
from gateway.identity.budget import MINUTE, Budget, Budgets
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.proof import Proved
from gateway.identity.tables import one_time_code
from graphql_schema.assurance import Factor
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, CodeSent, CodeWish, Purpose, Turned
from graphql_schema.types.line import LineState

from .conftest import NUMBER, STRANGER, Customer, Hire, KnownLines, Phone, Watch

pytestmark = pytest.mark.anyio
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)  # in Shanghai


def _told(answer: CodeSent | Turned) -> object:
    """What an answer says, but for the challenge, which is another one each time."""
    return (answer.expires_at, answer.retry_at) if isinstance(answer, CodeSent) else answer


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_the_code_that_was_texted_admits_at_level_2(customer: Customer, phone: Phone, watch: Watch) -> None:
    sent = await customer.ask()
    assert isinstance(sent, CodeSent)
    assert (sent.expires_at, sent.retry_at) == (watch() + timedelta(minutes=5), watch() + timedelta(seconds=60))
    code = phone.last_code(NUMBER)
    assert len(code) == 6
    assert code.isdigit()
    admitted = await customer.enter(f" {code[:3]} {code[3:]} ")
    assert isinstance(admitted, Admitted)
    caller = admitted.caller
    assert (caller.subscriber, caller.number, caller.assurance, caller.since) == ("L1", NUMBER, 2, watch())
    assert caller.proofs == {Factor.CODE: watch()}
    assert admitted.token


async def test_a_code_opens_once(customer: Customer, phone: Phone) -> None:
    await customer.ask()
    verdicts = await asyncio.gather(*(customer.enter(phone.last_code(NUMBER)) for _ in range(5)))
    assert sum(isinstance(verdict, Admitted) for verdict in verdicts) == 1
    assert [verdict for verdict in verdicts if isinstance(verdict, Turned)] == [Turned("code_expired")] * 4


async def test_five_wrong_tries_void_it(customer: Customer, phone: Phone) -> None:
    await customer.ask()
    code = phone.last_code(NUMBER)
    for left in (4, 3, 2, 1, 0):
        assert await customer.enter(_other(code)) == Turned("wrong_credentials", {"tries_left": left})
    assert await customer.enter(code) == Turned("code_expired")


async def test_of_many_guesses_at_once_five_are_looked_at(customer: Customer, phone: Phone) -> None:
    await customer.ask()
    wrong = _other(phone.last_code(NUMBER))
    verdicts = await asyncio.gather(*(customer.enter(wrong) for _ in range(20)))
    assert (
        sorted(v.code for v in verdicts if isinstance(v, Turned)) == ["code_expired"] * 15 + ["wrong_credentials"] * 5
    )


async def test_it_lives_five_minutes(customer: Customer, phone: Phone, watch: Watch) -> None:
    await customer.ask()
    watch.advance(minutes=5)
    assert await customer.enter(phone.last_code(NUMBER)) == Turned("code_expired")


async def test_a_fresh_one_voids_the_one_before(customer: Customer, phone: Phone, watch: Watch) -> None:
    await customer.ask()
    first = phone.last_code(NUMBER)
    watch.advance(seconds=60)
    await customer.ask()
    second = phone.last_code(NUMBER)
    if first != second:
        assert isinstance(await customer.enter(first), Turned)
    assert isinstance(await customer.enter(second), Admitted)


async def test_another_follows_after_a_minute_at_the_soonest(customer: Customer, phone: Phone, watch: Watch) -> None:
    await customer.ask()
    begun = watch()
    watch.advance(seconds=59.9)
    assert await customer.ask() == Turned("too_many_codes", {"retry_at": begun + timedelta(seconds=60)})
    assert isinstance(await customer.enter(phone.last_code(NUMBER)), Admitted)  # the refused wish voided nothing
    watch.advance(seconds=0.1)
    assert isinstance(await customer.ask(), CodeSent)


async def test_impatience_costs_no_code_of_the_day(customer: Customer, phone: Phone, watch: Watch) -> None:
    for _ in range(5):
        answers = await asyncio.gather(*(customer.ask(source=f"s{i}") for i in range(4)))
        assert sum(isinstance(answer, CodeSent) for answer in answers) == 1
        watch.advance(seconds=60)
    assert len(phone.codes) == 5
    assert await customer.ask() == Turned("too_many_codes", {"retry_at": MIDNIGHT})
    assert isinstance(await customer.enter(phone.last_code(NUMBER)), Admitted)  # the refused wish voided nothing


async def test_the_fifth_of_a_day_says_that_the_next_comes_tomorrow(customer: Customer, watch: Watch) -> None:
    answers = []
    for _ in range(5):
        answers.append(await customer.ask())
        watch.advance(minutes=2)
    last = answers[-1]
    assert isinstance(last, CodeSent)
    assert last.retry_at == MIDNIGHT
    watch.moment = MIDNIGHT
    assert isinstance(await customer.ask(), CodeSent)


async def test_one_source_can_only_ask_for_so_many(hire: Hire, phone: Phone) -> None:
    customer = Customer(hire(budgets=Budgets(source_codes_minute=Budget("m", 2, MINUTE))), phone)
    answers = [await customer.ask(number=f"1380013810{i}") for i in range(3)]
    assert [isinstance(answer, CodeSent) for answer in answers] == [True, True, False]


async def test_a_number_that_is_nobodys_is_answered_alike_and_gets_no_text(
    customer: Customer, phone: Phone, watch: Watch
) -> None:
    for _ in range(6):
        assert _told(await customer.ask(STRANGER)) == _told(await customer.ask(NUMBER))
        for guess in ("000000", "junk"):
            assert await customer.enter(guess, STRANGER) == await customer.enter(guess, NUMBER)
        watch.advance(seconds=70)
    assert {number for number, _ in phone.codes} == {NUMBER}


async def test_the_answer_does_not_wait_for_the_look_up(
    keeper: HallDoorkeeper, customer: Customer, lines: KnownLines
) -> None:
    await customer.ask_without_waiting()
    assert lines.asked == []
    await keeper.settle()
    assert lines.asked == [NUMBER]


async def test_even_the_right_code_of_a_number_that_is_nobodys_opens_nothing(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.identity.code.secrets.randbelow", lambda _bound: 424242)
    await customer.ask(STRANGER)
    assert await customer.enter("424242", STRANGER) == Turned("wrong_credentials", {"tries_left": 4})
    await customer.ask(NUMBER)
    assert isinstance(await customer.enter("424242", NUMBER), Admitted)


async def test_a_code_that_no_message_carries_opens_nothing(
    customer: Customer, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.identity.code.secrets.randbelow", lambda _bound: 424242)
    phone.broken = True
    await customer.ask()
    assert isinstance(await customer.enter("424242"), Turned)


async def test_a_bss_that_comes_back_soon_still_gets_the_code_out(
    keeper: HallDoorkeeper, customer: Customer, lines: KnownLines, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_sending, "LOOK_AGAIN_SECONDS", (0.05, 0.05, 0.05))
    lines.down = True
    await customer.ask_without_waiting()
    await asyncio.sleep(0.03)  # its first look-up has failed by now
    assert lines.asked
    lines.down = False
    await keeper.settle()
    assert isinstance(await customer.enter(phone.last_code(NUMBER)), Admitted)


async def test_a_code_that_was_voided_before_it_could_be_texted_stays_untold(  # noqa: PLR0917
    keeper: HallDoorkeeper,
    customer: Customer,
    lines: KnownLines,
    phone: Phone,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(code_sending, "LOOK_AGAIN_SECONDS", (0.05, 0.05, 0.05))
    lines.down = True
    await customer.ask_without_waiting()
    watch.advance(seconds=60)
    await customer.ask_without_waiting()
    await asyncio.sleep(0.03)  # both first look-ups have failed by now
    lines.down = False
    await keeper.settle()
    assert len(phone.codes) == 1
    assert isinstance(await customer.enter(phone.last_code(NUMBER)), Admitted)


async def test_what_is_no_number_is_said_so(customer: Customer, phone: Phone) -> None:
    assert await customer.ask("10086") == Turned("invalid_number")
    assert await customer.enter("123456", "10086") == Turned("invalid_number")
    assert phone.codes == []


async def test_no_code_stands_in_the_database(customer: Customer, phone: Phone, engine: AsyncEngine) -> None:
    await customer.ask()
    async with read(engine) as connection:
        row = (await connection.execute(select(one_time_code))).one()
    assert phone.last_code(NUMBER) not in {str(value) for value in row}
    assert len(row.digest) == 64


async def test_the_code_goes_to_who_has_the_number_now(
    keeper: HallDoorkeeper, customer: Customer, lines: KnownLines, phone: Phone
) -> None:
    lines.ids[NUMBER] = "L2"
    await customer.ask()
    admitted = await customer.enter(phone.last_code(NUMBER))
    assert isinstance(admitted, Admitted)
    assert admitted.caller.subscriber == "L2"
    assert not await keeper.has_password(NUMBER, line_id="L1")


async def test_whoever_did_not_ask_for_the_code_can_neither_use_it_nor_use_its_tries_up(
    keeper: HallDoorkeeper, customer: Customer, phone: Phone, watch: Watch
) -> None:
    attacker = Customer(keeper, phone)
    await attacker.ask()
    watch.advance(seconds=60)
    await customer.ask()
    evidence, asked_before = customer.show(phone.last_code(NUMBER)), attacker.show("").challenge
    other_number, other_purpose = await attacker.ask(STRANGER), await attacker.ask(purpose=Purpose.STEP_UP)
    assert isinstance(other_number, CodeSent)
    assert isinstance(other_purpose, CodeSent)
    of_others = (other_number.challenge, other_purpose.challenge, asked_before)
    for challenge in ("", "somebody else's", "x.1.y", "\ud800.1.é", f"{evidence.challenge}0", *of_others):
        assert await keeper.admit(replace(evidence, challenge=challenge), Channel.WEB) == Turned("code_expired")
    assert isinstance(await keeper.admit(evidence, Channel.WEB), Admitted)


@pytest.mark.parametrize("otherwise", [{"about": "CNY 5000.00 → 138****8002"}, {"device": "another"}])
async def test_a_code_for_money_is_right_for_this_amount_payee_and_device_alone(
    customer: Customer, phone: Phone, otherwise: dict[str, str]
) -> None:
    bound = {"about": "CNY 50.00 → 138****8002", "device": "this one"}
    await customer.ask(purpose=Purpose.PAYMENT, **bound)
    evidence = customer.show(phone.last_code(NUMBER), purpose=Purpose.PAYMENT, **bound)
    other = replace(evidence, **otherwise)  # type: ignore[arg-type]
    assert await customer.keeper.check_code(other) == Turned("wrong_credentials", {"tries_left": 4})
    assert isinstance(await customer.keeper.check_code(evidence), Proved)


async def test_a_code_that_others_are_told_is_bound_to_who_asks_and_not_to_a_device(
    customer: Customer, phone: Phone
) -> None:
    await customer.ask(purpose=Purpose.LINK_LINE, about="138****8002", device="a browser")
    assert phone.reasons == [(Purpose.LINK_LINE, "138****8002")]
    evidence = customer.show(phone.last_code(NUMBER), purpose=Purpose.LINK_LINE, about="138****8003")
    assert isinstance(await customer.keeper.check_code(evidence), Turned)
    right = await customer.keeper.check_code(replace(evidence, about="138****8002"))
    assert isinstance(right, Proved)


async def test_each_purpose_has_a_live_code_of_its_own_and_all_share_the_five_of_a_day(
    customer: Customer, phone: Phone
) -> None:
    purposes = [Purpose.SIGN_IN, Purpose.STEP_UP, Purpose.RESET, Purpose.LINK_LINE, Purpose.HELP, Purpose.PAYMENT]
    answers = [await customer.ask(purpose=purpose) for purpose in purposes]
    assert [isinstance(answer, CodeSent) for answer in answers] == [True] * 5 + [False]
    assert answers[-1] == Turned("too_many_codes", {"retry_at": MIDNIGHT})
    assert [purpose for purpose, _ in phone.reasons] == purposes[:5]
    for (purpose, _), (_, code) in zip(list(phone.reasons), phone.codes, strict=True):
        others = customer.show(code, purpose=Purpose.SIGN_IN)
        if purpose is not Purpose.SIGN_IN:
            assert isinstance(await customer.keeper.check_code(others), Turned)


async def test_no_secret_of_a_code_stands_in_a_repr(customer: Customer, phone: Phone) -> None:
    sent = await customer.ask(device="the device's secret")
    assert isinstance(sent, CodeSent)
    evidence = customer.show(phone.last_code(NUMBER), device="the device's secret")
    issued = await customer.keeper._sending.issue(
        "13800138007", CodeWish("13800138007", Purpose.SIGN_IN, Channel.WEB, "s", "the device's secret")
    )
    assert isinstance(issued, tuple)
    shown = repr((sent, evidence, issued))
    secrets = (sent.challenge, phone.last_code(NUMBER), "the device's secret", issued[1].digits, issued[1].challenge)
    assert not [secret for secret in secrets if secret in shown]


async def test_a_busy_database_delays_a_text_and_does_not_lose_it(
    customer: Customer, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_sending, "LOOK_AGAIN_SECONDS", (0.01, 0.01, 0.01))
    phone.faults = [DatabaseFault("busy"), DatabaseFault("busy")]
    await customer.ask()
    assert isinstance(await customer.enter(phone.last_code(NUMBER)), Admitted)


async def test_a_line_that_ended_gets_no_text(customer: Customer, phone: Phone, lines: KnownLines) -> None:
    lines.states[NUMBER] = LineState.CLOSED
    assert isinstance(await customer.ask(), CodeSent)
    assert phone.codes == []
