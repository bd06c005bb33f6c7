"""How long does a refresh token live, and what does an old one do?"""

import pytest
from sqlalchemy import select

from gateway.database import read, write
from gateway.identity.session import end_sessions
from gateway.identity.session_row import Session
from gateway.identity.tables import hall_session
from graphql_schema.types.line import LineState

from .client_app import ClientApp, read_claims
from .stage import Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(furnished_sqlite_url: str) -> str:
    """One database is enough here: races are tried on both beside it."""
    return furnished_sqlite_url


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


async def test_without_offline_access_the_grant_ends_with_its_token(partner: ClientApp, stage: Stage) -> None:
    tokens = await partner.sign_in(scope="openid line")
    assert "refresh_token" not in tokens
    stage.clock.advance(minutes=9)
    assert await partner.opens(tokens["access_token"])
    stage.clock.advance(minutes=1)
    assert not await partner.opens(tokens["access_token"])


async def test_a_line_that_became_somebody_else_s_ends_the_grant_before_anything_is_told(
    partner: ClientApp, stage: Stage
) -> None:
    tokens = await partner.sign_in(scope="openid offline_access phone")
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await partner.http.get("/oauth/userinfo", headers=bearer)).status_code == 200
    stage.lines.ids = {"13900139002": "L2"}
    stage.clock.advance(minutes=6)
    assert (await partner.http.get("/oauth/userinfo", headers=bearer)).status_code == 401
    assert (await partner.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("state", LineState)
async def test_a_grant_goes_on_in_every_state_of_the_line_but_closed(
    partner: ClientApp, stage: Stage, state: LineState
) -> None:
    tokens = await partner.sign_in()
    stage.lines.states = dict.fromkeys(stage.lines.ids, state)
    stage.clock.advance(minutes=6)
    refreshed = (await partner.refresh(tokens["refresh_token"])).status_code == 200
    assert refreshed == (state is not LineState.CLOSED)
    assert await partner.opens(tokens["access_token"]) == refreshed


async def test_while_nobody_can_say_whose_the_line_is_a_client_waits_and_keeps_its_tokens(
    partner: ClientApp, stage: Stage
) -> None:
    tokens = await partner.sign_in()
    tokens = (await partner.refresh(tokens["refresh_token"])).json()
    stage.lines.down = True
    stage.clock.advance(minutes=50)
    tokens = (await partner.refresh(tokens["refresh_token"])).json()
    stage.clock.advance(minutes=11)
    answer = await partner.refresh(tokens["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    stage.lines.down = False
    stage.clock.advance(minutes=1)
    assert (await partner.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_refresh_that_is_overtaken_while_the_line_is_asked_about_loses_and_ends_the_grant(
    partner: ClientApp, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens, grants = await partner.sign_in(), stage.server._grants
    won: list[str] = []

    async def be_overtaken(_: Session) -> None:
        monkeypatch.setattr(grants, "_check_line", None)
        won.append((await partner.refresh(tokens["refresh_token"])).json()["access_token"])

    monkeypatch.setattr(grants, "_check_line", be_overtaken)
    assert (await partner.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert not await partner.opens(won[0])
