"""Where is a line signed in, and how does its owner end that?"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.credential import forget_credentials
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.oauth.client import ClientKind, OAuthClient
from gateway.identity.oauth.clients import add_client
from gateway.identity.session import Move
from gateway.identity.session_desk import HallSessionDesk
from gateway.identity.tables import push_token
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, PasswordEvidence, TokenEvidence, Turned
from graphql_schema.identity_ports import Deed, SessionDesk
from graphql_schema.problems import BadArgument, NotFound
from graphql_schema.types.session import PushKind

from .conftest import NUMBER, PASSWORD, KnownLines, Watch

pytestmark = pytest.mark.anyio
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"


@pytest.fixture
def desk(engine: AsyncEngine, watch: Watch) -> HallSessionDesk:
    return HallSessionDesk(engine, watch)


async def _enter(keeper: HallDoorkeeper, channel: Channel = Channel.WEB, name: str = "", **more: str) -> Admitted:
    number, password = more.get("number", NUMBER), more.get("password", PASSWORD)
    evidence = PasswordEvidence(number, password, "s", more.get("device"), device_name=name)
    admitted = await keeper.admit(evidence, channel)
    assert isinstance(admitted, Admitted)
    return admitted


async def _lives(keeper: HallDoorkeeper, admitted: Admitted) -> bool:
    evidence = TokenEvidence(admitted.token or "", sign_of_life=False)
    return isinstance(await keeper.admit(evidence, admitted.caller.channel), Admitted)


async def test_it_is_the_port_that_the_graph_expects(desk: HallSessionDesk) -> None:
    expected: SessionDesk = desk
    assert expected is desk


async def test_the_current_session_comes_first_and_then_the_latest(
    keeper: HallDoorkeeper, desk: HallSessionDesk, watch: Watch
) -> None:
    own = await _enter(keeper, name=FIREFOX)
    watch.advance(minutes=5)
    await _enter(keeper, Channel.APP, "Pixel 9")
    watch.advance(minutes=5)
    await _enter(keeper, name="third")
    shown = await desk.fetch_sessions(own.caller)
    assert [(each.device_name, each.channel, each.level, each.current) for each in shown] == [
        ("Firefox · Linux", Channel.WEB, 2, True),
        ("third", Channel.WEB, 2, False),
        ("Pixel 9", Channel.APP, 2, False),
    ]
    assert (shown[1].began_at, shown[1].seen_at) == (watch(), watch())
    assert shown[0].id == own.caller.session


async def test_a_session_that_is_over_is_not_shown(keeper: HallDoorkeeper, desk: HallSessionDesk, watch: Watch) -> None:
    await _enter(keeper)
    watch.advance(minutes=31)
    own = await _enter(keeper)
    assert [each.current for each in await desk.fetch_sessions(own.caller)] == [True]


async def test_an_oauth_client_is_shown_by_its_name(
    keeper: HallDoorkeeper, desk: HallSessionDesk, watch: Watch, engine: AsyncEngine
) -> None:
    own = await _enter(keeper, Channel.APP)
    partner = OAuthClient("c1", "流量管家", ClientKind.PUBLIC, ("https://partner.example/back",), frozenset({"line"}))
    await add_client(engine, partner, now=watch())
    async with write(engine) as connection:
        await keeper.sessions.begin(connection, own.caller, now=watch(), client="c1", scopes=["line", "usage"])
    names = [each.client_name for each in await desk.fetch_sessions(own.caller)]
    assert names == [None, "流量管家"]


async def test_one_is_ended_and_the_others_go_on(keeper: HallDoorkeeper, desk: HallSessionDesk) -> None:
    own, lost, third = await _enter(keeper), await _enter(keeper), await _enter(keeper, Channel.APP)
    assert await desk.end_session(Deed("d", own.caller), lost.caller.session or "") == 1
    assert [await _lives(keeper, each) for each in (own, lost, third)] == [True, False, True]
    for junk in (lost.caller.session or "", "", "\0", "\ud800", "x" * 10_000):
        with pytest.raises(NotFound):
            await desk.end_session(Deed("d", own.caller), junk)


async def test_another_lines_session_is_not_to_be_found(
    keeper: HallDoorkeeper, desk: HallSessionDesk, lines: KnownLines
) -> None:
    lines.ids["13800138002"] = "L2"
    await keeper.set_password("13800138002", "471920", line_id="L2")
    own, theirs = await _enter(keeper), await _enter(keeper, number="13800138002", password="471920")
    with pytest.raises(NotFound):
        await desk.end_session(Deed("d", own.caller), theirs.caller.session or "")
    assert await desk.end_others(Deed("d", own.caller)) == 0
    assert await _lives(keeper, theirs)


async def test_all_others_end_and_other_devices_lose_their_own_tries(
    keeper: HallDoorkeeper, desk: HallSessionDesk
) -> None:
    lost, own = await _enter(keeper), await _enter(keeper)
    assert await desk.end_others(Deed("d", own.caller)) == 1
    assert [await _lives(keeper, each) for each in (own, lost)] == [True, False]
    for device, left in ((lost.device, ("wrong_credentials", 2)), (own.device, ("wrong_credentials", 2))):
        answer = await keeper.admit(PasswordEvidence(NUMBER, "999111", "s", device), Channel.WEB)
        assert isinstance(answer, Turned)
        assert (answer.code, answer.parameters["tries_left"]) == left
    await keeper.admit(PasswordEvidence(NUMBER, "999111", "s"), Channel.WEB)
    shared = await keeper.admit(PasswordEvidence(NUMBER, "999111", "s", lost.device), Channel.WEB)
    assert isinstance(shared, Turned)
    assert shared.code == "locked"
    assert isinstance(await keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s", own.device), Channel.WEB), Admitted)


async def test_a_helper_is_shown_to_the_owner_and_ended_by_them(
    keeper: HallDoorkeeper, desk: HallSessionDesk, lines: KnownLines, watch: Watch, engine: AsyncEngine
) -> None:  # fmt: skip
    lines.ids["13800138002"] = "L2"
    await keeper.set_password("13800138002", "471920", line_id="L2")
    helper, owner = await _enter(keeper, number="13800138002", password="471920"), await _enter(keeper)
    move = Move("L1", NUMBER, helper="L2", scopes=["usage"])
    async with write(engine) as connection:
        acting = await keeper.sessions.move(connection, helper.token or "", Channel.WEB, move, now=watch())
    assert acting is not None
    shown = await desk.fetch_sessions(owner.caller)
    assert [each.helper for each in shown] == [None, "138****8002"]
    await desk.end_session(Deed("d", owner.caller), shown[1].id)
    assert not await _lives(keeper, acting)


@pytest.fixture
def kept(engine: AsyncEngine) -> Callable[[], Awaitable[list[tuple[str, str, str]]]]:
    """Where is who reached: line, kind and token."""

    async def _kept() -> list[tuple[str, str, str]]:
        row = push_token.c
        async with read(engine) as connection:
            asked = select(row.line_id, row.kind, row.token).order_by(row.line_id, row.kind, row.token)
            return [tuple(found) for found in await connection.execute(asked)]

    return _kept


Kept = Callable[[], Awaitable[list[tuple[str, str, str]]]]


async def _settle_second_line(keeper: HallDoorkeeper, lines: KnownLines) -> dict[str, str]:
    lines.ids["13800138002"] = "L2"
    await keeper.set_password("13800138002", "471920", line_id="L2")
    return {"number": "13800138002", "password": "471920"}


async def test_a_push_token_is_the_devices_and_each_kind_has_one(
    keeper: HallDoorkeeper, desk: HallSessionDesk, kept: Kept
) -> None:
    own = await _enter(keeper, Channel.APP)
    deed = Deed("d", own.caller)
    for kind, token in ((PushKind.FCM, "t1"), (PushKind.FCM, "t2"), (PushKind.HMS, "t3")):
        await desk.keep_push_token(deed, kind, token)
    assert await kept() == [("L1", "fcm", "t2"), ("L1", "hms", "t3")]
    await keeper.sign_out(own.token or "")
    assert await kept() == []
    with pytest.raises(NotFound):
        await desk.keep_push_token(deed, PushKind.FCM, "t4")


async def test_a_phone_that_lay_idle_is_still_reached_until_its_owner_signs_out_there(
    keeper: HallDoorkeeper, desk: HallSessionDesk, kept: Kept, watch: Watch
) -> None:
    before = await _enter(keeper, Channel.APP)
    await desk.keep_push_token(Deed("d", before.caller), PushKind.FCM, "t1")
    watch.advance(hours=13)
    await keeper.purge()
    assert not await _lives(keeper, before)
    assert await kept() == [("L1", "fcm", "t1")]
    again = await _enter(keeper, Channel.APP, device=before.device or "")
    await keeper.sign_out(again.token or "")
    assert await kept() == []


async def test_signing_out_of_a_session_that_fell_idle_counts_too(
    keeper: HallDoorkeeper, desk: HallSessionDesk, kept: Kept, watch: Watch
) -> None:
    own = await _enter(keeper, Channel.APP)
    await desk.keep_push_token(Deed("d", own.caller), PushKind.FCM, "t1")
    watch.advance(minutes=31)
    await keeper.sign_out(own.token or "")
    assert await kept() == []


async def test_a_phone_that_another_line_signs_in_on_is_not_told_of_the_former_one(
    keeper: HallDoorkeeper, desk: HallSessionDesk, kept: Kept, lines: KnownLines
) -> None:
    second = await _settle_second_line(keeper, lines)
    own = await _enter(keeper, Channel.APP)
    await desk.keep_push_token(Deed("d", own.caller), PushKind.FCM, "t1")
    await _enter(keeper, Channel.APP, device=own.device or "", **second)
    assert await kept() == []


async def test_the_same_token_on_another_device_is_told_of_one_line_alone(
    keeper: HallDoorkeeper, desk: HallSessionDesk, kept: Kept, lines: KnownLines
) -> None:
    second = await _settle_second_line(keeper, lines)
    former, present = await _enter(keeper, Channel.APP), await _enter(keeper, Channel.APP, **second)
    await desk.keep_push_token(Deed("d", former.caller), PushKind.FCM, "t1")
    await desk.keep_push_token(Deed("d", former.caller), PushKind.HMS, "t2")
    await desk.keep_push_token(Deed("d", present.caller), PushKind.FCM, "t1")
    assert await kept() == [("L1", "hms", "t2"), ("L2", "fcm", "t1")]


async def test_with_the_last_session_that_is_ended_on_a_device_its_tokens_go(
    keeper: HallDoorkeeper, desk: HallSessionDesk, kept: Kept
) -> None:
    own, first = await _enter(keeper), await _enter(keeper, Channel.APP)
    second = await _enter(keeper, Channel.APP, device=first.device or "")
    await desk.keep_push_token(Deed("d", first.caller), PushKind.FCM, "t1")
    left = []
    for lost in (first, second):
        await desk.end_session(Deed("d", own.caller), lost.caller.session or "")
        left.append(len(await kept()))
    assert left == [1, 0]


async def test_when_all_others_end_the_own_device_alone_is_still_reached(
    keeper: HallDoorkeeper, desk: HallSessionDesk, kept: Kept, watch: Watch
) -> None:
    idle, own = await _enter(keeper, Channel.APP), await _enter(keeper, Channel.APP)
    for each, token in ((idle, "t1"), (own, "t2")):
        await desk.keep_push_token(Deed("d", each.caller), PushKind.FCM, token)
    watch.advance(minutes=29)
    assert await _lives(keeper, own)
    await desk.end_others(Deed("d", own.caller))
    assert await kept() == [("L1", "fcm", "t2")]
    without_device = replace(own.caller, session="an OAuth client's", device=None)
    await desk.end_others(Deed("d", without_device))
    assert await kept() == []


async def test_a_line_that_somebody_else_holds_now_is_not_told_of_to_its_former_holder(
    keeper: HallDoorkeeper, desk: HallSessionDesk, kept: Kept, lines: KnownLines, watch: Watch
) -> None:
    own = await _enter(keeper, Channel.APP)
    assert await _lives(keeper, own), "its BSS is asked who holds it"
    await desk.keep_push_token(Deed("d", own.caller), PushKind.FCM, "t1")
    watch.advance(hours=13)
    await keeper.purge()
    async with write(desk.engine) as connection:
        await forget_credentials(connection, "L1")  # so that the device alone knows who held the line
    lines.customers[NUMBER] = "C77"
    await keeper.recheck_line("L1")
    assert await kept() == []


async def test_a_client_without_a_device_keeps_no_push_token(
    keeper: HallDoorkeeper, desk: HallSessionDesk, watch: Watch, engine: AsyncEngine
) -> None:
    own = await _enter(keeper, Channel.APP)
    async with write(engine) as connection:
        granted = await keeper.sessions.begin(connection, own.caller, now=watch(), client="c1", scopes=["line"])
    with pytest.raises(NotFound):
        await desk.keep_push_token(Deed("d", granted.caller), PushKind.FCM, "t1")


async def test_what_is_no_push_token_is_refused(keeper: HallDoorkeeper, desk: HallSessionDesk) -> None:
    deed = Deed("d", (await _enter(keeper)).caller)
    for junk in ("", "x" * 4097, "a\0b", "a\nb"):
        with pytest.raises(BadArgument):
            await desk.keep_push_token(deed, PushKind.WEB, junk)
    with pytest.raises(NotFound):
        await desk.keep_push_token(Deed("d", Caller(Channel.SMS, "L1", NUMBER, 2)), PushKind.WEB, "t")
