"""Which session does a token belong to, and when does it end?"""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.access_token import AccessGrant
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.session import Move
from gateway.identity.tables import attempt_budget, hall_session
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, PasswordEvidence, Purpose, TokenEvidence, Turned
from graphql_schema.scopes import open_fields

from .conftest import NUMBER, PASSWORD, Customer, Hire, KnownLines, Watch

pytestmark = pytest.mark.anyio
ENDED = Turned("session_ended")


async def _sign_in(keeper: HallDoorkeeper, channel: Channel = Channel.WEB) -> str:
    admitted = await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "198.51.100.7"), channel)
    assert isinstance(admitted, Admitted)
    assert admitted.token
    return admitted.token


async def _show(keeper: HallDoorkeeper, token: str, channel: Channel = Channel.WEB) -> Admitted | Turned:
    return await keeper.admit(TokenEvidence(token), channel)


async def test_a_token_brings_back_the_caller_it_was_given_to(keeper: HallDoorkeeper, watch: Watch) -> None:
    first = await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.APP)
    assert isinstance(first, Admitted)
    watch.advance(minutes=10)
    again = await _show(keeper, first.token or "", Channel.APP)
    assert again == Admitted(first.caller, token=None, expires_at=first.expires_at)


async def test_a_token_is_worthless_in_another_channel(keeper: HallDoorkeeper) -> None:
    token = await _sign_in(keeper, Channel.WEB)
    for channel in (Channel.APP, Channel.SMS, Channel.IVR, Channel.SYSTEM):
        assert await _show(keeper, token, channel) == ENDED
    assert isinstance(await _show(keeper, token), Admitted)


async def test_each_sign_in_has_a_token_of_its_own(keeper: HallDoorkeeper) -> None:
    first, second = await _sign_in(keeper), await _sign_in(keeper)
    await keeper.sign_out(first)
    assert await _show(keeper, first) == ENDED
    assert isinstance(await _show(keeper, second), Admitted)


async def test_signing_out_twice_or_with_junk_is_no_error(keeper: HallDoorkeeper) -> None:
    token = await _sign_in(keeper)
    for junk in (token, token, "", "\0", "\ud800", "x" * 100_000):
        await keeper.sign_out(junk)
        assert await _show(keeper, junk) == ENDED


async def test_half_an_hour_of_silence_ends_it(keeper: HallDoorkeeper, watch: Watch) -> None:
    token = await _sign_in(keeper)
    for _ in range(3):
        watch.advance(minutes=29)
        assert isinstance(await _show(keeper, token), Admitted)
    watch.advance(minutes=30)
    assert await _show(keeper, token) == ENDED


async def test_twelve_hours_end_it_however_busy_it_is(keeper: HallDoorkeeper, watch: Watch) -> None:
    token = await _sign_in(keeper)
    for _ in range(35):
        watch.advance(minutes=20)
        assert isinstance(await _show(keeper, token), Admitted)
    watch.advance(minutes=20)
    assert await _show(keeper, token) == ENDED


async def test_the_last_sign_of_life_is_written_once_a_minute(
    keeper: HallDoorkeeper, watch: Watch, engine: AsyncEngine
) -> None:
    token = await _sign_in(keeper)
    seen = []
    for _ in range(5):
        watch.advance(seconds=25)
        await _show(keeper, token)
        async with read(engine) as connection:
            seen.append((await connection.execute(select(hall_session.c.seen_at_us))).scalar_one())
    assert [later - seen[0] for later in seen] == [0, 0, 75_000_000, 75_000_000, 75_000_000]


async def test_no_token_stands_in_the_database(keeper: HallDoorkeeper, engine: AsyncEngine) -> None:
    token = await _sign_in(keeper)
    async with read(engine) as connection:
        row = (await connection.execute(select(hall_session))).one()
    assert token not in {str(value) for value in row}


async def test_what_is_over_is_forgotten_and_what_lives_is_kept(
    keeper: HallDoorkeeper, watch: Watch, engine: AsyncEngine
) -> None:
    await _sign_in(keeper)
    watch.advance(days=3)
    token = await _sign_in(keeper)
    await keeper.purge()
    async with read(engine) as connection:
        assert len((await connection.execute(select(hall_session))).all()) == 1
        days = {row.window_at_us for row in await connection.execute(select(attempt_budget))}
    assert max(days) - min(days) < 86_400_000_000
    assert isinstance(await _show(keeper, token), Admitted)


OTHER, OTHERS_PASSWORD = "13800138002", "471920"


class Grants:
    """An OAuth server that knows one access token."""

    def __init__(self) -> None:
        self.known: dict[str, AccessGrant] = {}

    async def find_session(self, token: str) -> AccessGrant | None:
        return self.known.get(token)


async def _fresh(keeper: HallDoorkeeper, customer: Customer) -> Admitted:
    """A session of level 3."""
    token = await _sign_in(keeper)
    await customer.ask(purpose=Purpose.STEP_UP)
    evidence = customer.show(customer.phone.last_code(NUMBER), purpose=Purpose.STEP_UP)
    admitted = await keeper.step_up(token, evidence, Channel.WEB)
    assert isinstance(admitted, Admitted)
    return admitted


async def _move(keeper: HallDoorkeeper, token: str, move: Move, watch: Watch) -> Admitted | None:
    async with write(keeper._engine) as connection:
        return await keeper.sessions.move(connection, token, Channel.WEB, move, now=watch())


async def test_another_own_line_goes_on_at_level_2_under_another_token(
    keeper: HallDoorkeeper, customer: Customer, lines: KnownLines, watch: Watch
) -> None:
    lines.ids[OTHER] = "L2"
    first = await _fresh(keeper, customer)
    assert first.caller.assurance == 3
    moved = await _move(keeper, first.token or "", Move("L2", OTHER), watch)
    assert moved is not None
    caller = moved.caller
    assert (caller.subscriber, caller.number, caller.assurance, caller.helper) == ("L2", OTHER, 2, None)
    assert caller.session == first.caller.session
    assert await _show(keeper, first.token or "") == ENDED
    assert isinstance(await _show(keeper, moved.token or ""), Admitted)


async def test_level_3_of_the_other_line_rests_on_its_own_proofs_alone(
    keeper: HallDoorkeeper, customer: Customer, lines: KnownLines, watch: Watch
) -> None:
    lines.ids[OTHER] = "L2"
    await keeper.set_password(OTHER, OTHERS_PASSWORD, line_id="L2")
    moved = await _move(keeper, await _sign_in(keeper), Move("L2", OTHER), watch)
    assert moved is not None
    await customer.ask(OTHER, Purpose.STEP_UP)
    code = customer.show(customer.phone.last_code(OTHER), OTHER, Purpose.STEP_UP)
    by_code = await keeper.step_up(moved.token or "", code, Channel.WEB)
    assert isinstance(by_code, Admitted)
    assert (by_code.caller.assurance, by_code.caller.proofs) == (2, {Factor.CODE: watch()})
    both = await keeper.step_up(by_code.token or "", PasswordEvidence(OTHER, OTHERS_PASSWORD, "s"), Channel.WEB)
    assert isinstance(both, Admitted)
    assert both.caller.assurance == 3


async def test_a_helper_acts_within_scopes_and_until_the_leave_ends(
    keeper: HallDoorkeeper, lines: KnownLines, watch: Watch
) -> None:
    lines.ids[OTHER] = "L2"
    until = watch() + timedelta(minutes=20)
    move = Move("L2", OTHER, helper="L1", scopes=["usage"], until=until)
    moved = await _move(keeper, await _sign_in(keeper), move, watch)
    assert moved is not None
    caller = moved.caller
    assert (caller.helper, caller.actor, caller.fields) == ("L1", "line:L1", open_fields(["usage"]))
    watch.advance(minutes=19)
    assert isinstance(await _show(keeper, moved.token or ""), Admitted)
    watch.advance(minutes=1)
    assert await _show(keeper, moved.token or "") == ENDED


async def test_a_helper_proves_the_own_line_and_never_the_other(
    keeper: HallDoorkeeper, lines: KnownLines, watch: Watch
) -> None:
    lines.ids[OTHER] = "L2"
    await keeper.set_password(OTHER, OTHERS_PASSWORD, line_id="L2")
    moved = await _move(keeper, await _sign_in(keeper), Move("L2", OTHER, helper="L1", scopes=["usage"]), watch)
    assert moved is not None
    others = PasswordEvidence(OTHER, OTHERS_PASSWORD, "s")
    assert await keeper.step_up(moved.token or "", others, Channel.WEB) == Turned("wrong_credentials")
    own = await keeper.step_up(moved.token or "", PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.WEB)
    assert isinstance(own, Admitted)
    assert own.caller.helper == "L1"


async def test_back_home_nothing_limits_any_more(keeper: HallDoorkeeper, lines: KnownLines, watch: Watch) -> None:
    lines.ids[OTHER] = "L2"
    soon = watch() + timedelta(minutes=5)
    away = Move("L2", OTHER, helper="L1", scopes=["usage"], until=soon)
    moved = await _move(keeper, await _sign_in(keeper), away, watch)
    assert moved is not None
    back = await _move(keeper, moved.token or "", Move("L1", NUMBER), watch)
    assert back is not None
    assert (back.caller.helper, back.caller.fields, back.caller.subscriber) == (None, None, "L1")
    watch.advance(minutes=10)
    assert isinstance(await _show(keeper, back.token or ""), Admitted)


async def test_what_is_begun_out_of_a_session_rests_on_the_same_line(
    keeper: HallDoorkeeper, lines: KnownLines, watch: Watch, engine: AsyncEngine
) -> None:
    lines.ids[OTHER] = "L2"
    moved = await _move(keeper, await _sign_in(keeper), Move("L2", OTHER), watch)
    assert moved is not None
    async with write(engine) as connection:
        grant = await keeper.sessions.begin(connection, moved.caller, now=watch(), client="c", scopes=["line"])
    del lines.ids[NUMBER]
    await keeper.recheck_line("L1")
    assert await _show(keeper, grant.token or "") == ENDED


async def test_an_access_token_stands_for_its_session_and_opens_what_both_allow(
    hire: Hire, watch: Watch, engine: AsyncEngine
) -> None:
    grants = Grants()
    keeper = hire(access_tokens=grants)
    caller = Caller(Channel.APP, "L1", NUMBER, proofs={Factor.PASSWORD: watch()})
    async with write(engine) as connection:
        begun = await keeper.sessions.begin(
            connection, caller, now=watch(), client="c", scopes=["line", "usage"], longest=timedelta(days=30)
        )
    grants.known["a.b.c"] = AccessGrant(begun.caller.session or "", open_fields(["usage", "money"]))
    watch.advance(days=2)
    shown = await _show(keeper, "a.b.c", Channel.APP)
    assert isinstance(shown, Admitted)
    assert (shown.caller.client, shown.caller.fields, shown.caller.assurance) == ("c", open_fields(["usage"]), 2)
    assert await _show(keeper, "a.b.c", Channel.WEB) == ENDED
    assert await _show(keeper, "a.b.d", Channel.APP) == ENDED
    assert await keeper.step_up("a.b.c", PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.APP) == ENDED
    assert isinstance(await _show(keeper, "a.b.c", Channel.APP), Admitted)
    await keeper.sign_out("a.b.c")
    assert await _show(keeper, "a.b.c", Channel.APP) == ENDED


async def test_without_an_oauth_server_no_access_token_opens_anything(keeper: HallDoorkeeper) -> None:
    assert await _show(keeper, "a.b.c", Channel.APP) == ENDED
