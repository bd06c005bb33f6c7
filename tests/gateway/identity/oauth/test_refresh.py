"""How long does a refresh token live, and what does an old one do?"""

import asyncio

import pytest
from sqlalchemy import delete, select

from gateway.database import read, write
from gateway.identity.oauth.tables import oauth_grant
from gateway.identity.session import end_sessions
from gateway.identity.tables import hall_session

from .client_app import ClientApp, read_claims
from .stage import Stage

pytestmark = pytest.mark.anyio


async def test_of_many_refreshes_at_once_one_wins_at_most_and_the_family_dies(partner: ClientApp, stage: Stage) -> None:
    tokens = await partner.sign_in()
    answers = await asyncio.gather(*(partner.refresh(tokens["refresh_token"]) for _ in range(6)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) <= 1
    for held in (tokens, *won):
        assert not await partner.opens(held["access_token"])
        assert (await partner.refresh(held["refresh_token"])).json()["error"] == "invalid_grant"
    async with read(stage.engine) as connection:
        assert (await connection.execute(select(hall_session).where(hall_session.c.client == "partner"))).all() == []


async def test_refreshing_goes_on_for_as_long_as_the_grant(partner: ClientApp, stage: Stage) -> None:
    tokens = await partner.sign_in()
    for _ in range(8):
        stage.clock.advance(days=11)
        answer = await partner.refresh(tokens["refresh_token"])
        assert answer.status_code == 200
        tokens = answer.json()
    stage.clock.advance(days=3)
    assert (await partner.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("age", [1, 2, 5])
async def test_however_old_it_is_it_ends_the_family(partner: ClientApp, age: int) -> None:
    family = [(await partner.sign_in())["refresh_token"]]
    for _ in range(age):
        family.append((await partner.refresh(family[-1])).json()["refresh_token"])
    assert (await partner.refresh(family[0])).json()["error"] == "invalid_grant"
    assert (await partner.refresh(family[-1])).json()["error"] == "invalid_grant"


async def test_a_token_that_we_never_made_ends_nothing(partner: ClientApp) -> None:
    tokens = await partner.sign_in()
    session, _, mark = tokens["refresh_token"].split("~")
    for forged in (f"{session}~2~{mark}", f"{session}~1~{'0' * 64}", f"{session}~0~{mark}", "~~", "x" * 5000, session):
        assert (await partner.refresh(forged)).json()["error"] == "invalid_grant"
    assert (await partner.refresh(tokens["refresh_token"])).status_code == 200


async def test_another_client_ends_nothing_with_it(partner: ClientApp, rival: ClientApp) -> None:
    old = (await partner.sign_in())["refresh_token"]
    new = (await partner.refresh(old)).json()["refresh_token"]
    for token in (old, new):
        assert (await rival.refresh(token)).json()["error"] == "invalid_grant"
    assert (await partner.refresh(new)).status_code == 200


async def test_a_narrower_access_token_leaves_the_grant_as_wide_as_it_was(partner: ClientApp) -> None:
    tokens = await partner.sign_in()
    narrow = (await partner.refresh(tokens["refresh_token"], scope="line")).json()
    assert read_claims(narrow["access_token"])["scope"] == "line"
    wide = (await partner.refresh(narrow["refresh_token"])).json()
    assert wide["scope"] == tokens["scope"]


async def test_whatever_ends_the_line_s_sessions_ends_the_grant(partner: ClientApp, stage: Stage) -> None:
    tokens = await partner.sign_in()
    async with write(stage.engine) as connection:
        await end_sessions(connection, "L1")
    assert not await partner.opens(tokens["access_token"])
    assert (await partner.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    said = await partner.post("/oauth/introspect", token=tokens["access_token"])
    assert said.json() == {"active": False}
    info = await partner.http.get("/oauth/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert info.status_code == 401


async def test_a_refresh_is_a_sign_of_life_in_the_list_of_sessions(partner: ClientApp, stage: Stage) -> None:
    tokens = await partner.sign_in()
    stage.clock.advance(days=2)
    await partner.refresh(tokens["refresh_token"])
    async with read(stage.engine) as connection:
        row = (await connection.execute(select(hall_session).where(hall_session.c.client == "partner"))).one()
    assert row.seen_at_us - row.began_at_us >= 2 * 86_400 * 10**6
    assert row.device_name == "Partner 商城"


async def test_a_grant_of_a_session_that_is_gone_is_forgotten(partner: ClientApp, stage: Stage) -> None:
    await partner.sign_in()
    await partner.sign_in()
    async with write(stage.engine) as connection:
        one = select(hall_session.c.session_id).where(hall_session.c.client == "partner").limit(1).scalar_subquery()
        await connection.execute(delete(hall_session).where(hall_session.c.session_id == one))
    await stage.server.purge()
    async with read(stage.engine) as connection:
        assert len((await connection.execute(select(oauth_grant))).all()) == 1


async def test_without_offline_access_the_grant_ends_with_its_token(partner: ClientApp, stage: Stage) -> None:
    tokens = await partner.sign_in(scope="openid line")
    assert "refresh_token" not in tokens
    stage.clock.advance(minutes=9)
    assert await partner.opens(tokens["access_token"])
    stage.clock.advance(minutes=1)
    assert not await partner.opens(tokens["access_token"])
