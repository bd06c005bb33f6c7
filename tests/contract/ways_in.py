"""How does somebody text, call, or work at the desk of a whole hall?"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

import channels
from channels.ivr.routes import ivr_routes
from gateway.call_texts import make_call_texts
from gateway.database import read
from graphql_schema.client import Caller, Channel, Operation, Role, Staff
from notifications.tables import outbound_sms
from sandbox.handset.voicexml import Call
from tests.channels.web_hall.walker import Walker
from tests.conformance.serving import served
from tests.contract.conftest import House

_TOKEN = "a-gateway-of-the-operator"
_messages = count(1)
_DESK = Path(channels.__file__).parent / "desk"
_REST, _END = (Operation.load(_DESK / f"{name}.graphql") for name in ("rest_deeds", "end_rest"))


def password(number: str) -> str:
    """The one that the sandbox publishes."""
    return f"2580{number[-2:]}"


async def walk_in(house: House, number: str, to: str, *, walker: Walker | None = None) -> tuple[Walker, httpx.Response]:
    """A browser whose owner signed in by password, and the page that they wanted."""
    walker = walker or Walker(house.gateway)
    form = await walker.open(f"/sign-in?again&next={to}")
    wanted = await walker.send(form, number=number, password=password(number), by="password", deed="check")
    assert wanted.url.path == to, words_of(wanted)
    return walker, wanted


def words_of(page: httpx.Response) -> str:
    """What stands on a page, without its frame."""
    return re.sub(r"(<[^>]+>|\s)+", " ", page.text.partition("<main")[2])


async def text(house: House, number: str, *words: str) -> str:
    """The answer to the last of these texts."""
    said = ""
    for each in words:
        said = (await house.sms.answer(number, each, message_id=next(_messages))).text
    return said


@asynccontextmanager
async def calling(house: House, number: str) -> AsyncIterator[Call]:
    """A call in English, that stands at the main menu."""
    hall = house.hall
    routes = ivr_routes(
        hall.graph,
        hall.doorkeeper,
        hall.conversations,
        trusted_token=_TOKEN,
        public_url="",
        texts=make_call_texts(hall),
    )
    async with served(Starlette(routes=routes)) as address:
        async with Call(f"{address}/ivr?token={_TOKEN}", number, call_id=f"w-{next(_messages)}") as call:
            await call.dial()
            await call.press("2")
            yield call
        assert call.error is None


async def texts_to(house: House, number: str) -> list[str]:
    """What waits to be sent, or was."""
    async with read(house.hall.engine) as connection:
        asked = select(outbound_sms.c.text).where(outbound_sms.c.recipient == number).order_by(outbound_sms.c.id)
        return list((await connection.execute(asked)).scalars())


async def let_rest(house: House, *deeds: str, zh: str, en: str) -> str:
    """The operator lets these deeds rest until further notice; the notice's id."""
    begins = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    wanted = {"deeds": list(deeds), "beginsAt": begins, "reasonZh": zh, "reasonEn": en}
    return str((await _at_the_desk(house, _REST, "restDeeds", wanted))["id"])


async def let_go_on(house: House, notice_id: str) -> None:
    """They go on at once."""
    await _at_the_desk(house, _END, "endRest", {"noticeId": notice_id})


async def _at_the_desk(house: House, document: Operation, field: str, wanted: dict[str, Any]) -> dict[str, Any]:
    colleague = Caller(Channel.DESK, assurance=2, since=datetime.now(UTC), staff=Staff("0001", Role.OPERATIONS))
    key = {"idempotencyKey": f"at-the-desk-{next(_messages)}"}
    outcome = await house.hall.graph.run(document, {"input": key | wanted}, colleague)
    assert outcome.data is not None, outcome
    assert outcome.data[field]["__typename"] in {"ServiceNotice", "DeedsGoOn"}, outcome
    answer: dict[str, Any] = outcome.data[field]
    return answer
