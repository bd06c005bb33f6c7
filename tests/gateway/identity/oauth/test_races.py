"""Who wins when several come at once, and what is left behind? On both databases."""

import asyncio

import pytest
from sqlalchemy import delete, select

from gateway.database import read, write
from gateway.identity.audit.entry import audit_record
from gateway.identity.oauth.tables import authorization_code, oauth_grant
from gateway.identity.tables import hall_session
from graphql_schema.door import ConsentQuestion, LeadTo, Turned

from .client_app import ClientApp
from .stage import Stage

pytestmark = pytest.mark.anyio


async def test_of_two_that_redeem_a_code_at_once_one_wins_at_most_and_nothing_stays(
    partner: ClientApp, stage: Stage
) -> None:
    code = await partner.ask(await stage.person())
    answers = await asyncio.gather(*(partner.redeem(code) for _ in range(6)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.json()["error"] for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    assert not await partner.opens(won[0]["access_token"])
    assert (await partner.refresh(won[0]["refresh_token"])).json()["error"] == "invalid_grant"
    async with read(stage.engine) as connection:
        assert (await connection.execute(select(oauth_grant))).all() == []


async def test_a_code_shown_again_later_ends_what_it_got(partner: ClientApp, stage: Stage) -> None:
    code = await partner.ask(await stage.person())
    tokens = (await partner.redeem(code)).json()
    assert await partner.opens(tokens["access_token"])
    stage.clock.advance(minutes=5)
    await stage.server.purge()
    assert (await partner.redeem(code)).json()["error"] == "invalid_grant"
    assert not await partner.opens(tokens["access_token"])
    assert await _deeds(stage) == ["oauth_consent", "oauth_grant", "oauth_code_reused"]


async def test_codes_are_forgotten_after_a_day(partner: ClientApp, stage: Stage) -> None:
    await partner.ask(await stage.person())
    for hours, left in ((23, 1), (2, 0)):
        stage.clock.advance(hours=hours)
        await stage.server.purge()
        async with read(stage.engine) as connection:
            assert len((await connection.execute(select(authorization_code))).all()) == left


async def test_of_many_answers_at_once_one_counts(partner: ClientApp, stage: Stage) -> None:
    caller, consents = await stage.person(), stage.server.consents
    asked = await consents.examine(partner.wish(), caller)
    assert isinstance(asked, ConsentQuestion)
    answers = await asyncio.gather(*(consents.decide(asked.request, granted=True, caller=caller) for _ in range(5)))
    assert sum(isinstance(answer, LeadTo) for answer in answers) == 1
    assert answers.count(Turned("bad_request")) == 4


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


async def test_a_grant_of_a_session_that_is_gone_is_forgotten(partner: ClientApp, stage: Stage) -> None:
    await partner.sign_in()
    await partner.sign_in()
    async with write(stage.engine) as connection:
        one = select(hall_session.c.session_id).where(hall_session.c.client == "partner").limit(1).scalar_subquery()
        await connection.execute(delete(hall_session).where(hall_session.c.session_id == one))
    await stage.server.purge()
    async with read(stage.engine) as connection:
        assert len((await connection.execute(select(oauth_grant))).all()) == 1


async def _deeds(stage: Stage) -> list[str]:
    asked = select(audit_record.c.deed).where(audit_record.c.deed.like("oauth%")).order_by(audit_record.c.id)
    async with read(stage.engine) as connection:
        return [deed for deed in (await connection.execute(asked)).scalars() if deed != "oauth_client_add"]
