"""Do help and links work the whole way, from the channels' operations to the texts, over a migrated database?"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from gateway.database import read
from gateway.migrations import upgrade_database
from gateway.settings import load_settings
from gateway.wiring import ROOT, Hall, open_hall
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, Operation, load_operations
from graphql_schema.door import Admitted, CodeSent, CodeWish, PasswordEvidence, Purpose
from graphql_schema.types.line import mask_number
from sandbox.app import create_app
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio
OWNER, HELPER, PASSWORD = "13800138001", "13800138006", "258001"
WEB, SMS = (load_operations(ROOT / "channels" / name) for name in ("web_hall", "sms"))
BALANCE = Operation("Pay", "query Pay { me { balance { available { amount } } } }")
USAGE = Operation("Use", "query Use { me { buckets { id } } }")
_KEYS = count()


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    settings = load_settings(data_folder=tmp_path, open_documents=True)
    await asyncio.to_thread(upgrade_database, settings.database)
    world = World.open(subscribers=12, now_ms=int(datetime.now(UTC).timestamp() * 1000))
    async with open_hall(settings, bss_transport=httpx.ASGITransport(create_app(world))) as hall:
        yield hall
    world.store.close()


async def _come_in(hall: Hall, number: str) -> Admitted:
    line = await hall.identity.lines.find_line(number)
    assert line is not None
    assert await hall.doorkeeper.set_password(number, PASSWORD, line_id=line.id) is None
    admitted = await hall.doorkeeper.admit(PasswordEvidence(number, PASSWORD, "198.51.100.7"), Channel.WEB)
    assert isinstance(admitted, Admitted)
    return admitted


async def _do(hall: Hall, operation: Operation, caller: Caller, **given: Any) -> Mapping[str, Any]:
    """The one answer of a deed's operation."""
    named = given or {}
    if "$input" in operation.text:
        named = {"input": {"idempotencyKey": f"key-{next(_KEYS):08}", **given}}
    outcome = await hall.graph.run(operation, named, caller)
    assert outcome.data is not None, outcome.errors
    await hall.identity.errands.finish(within_seconds=5)
    return dict(next(iter(outcome.data.values())))


async def _texts(hall: Hall, number: str) -> list[str]:
    async with read(hall.engine) as connection:
        asked = text("SELECT text FROM outbound_sms WHERE recipient = :number ORDER BY id")
        return list((await connection.execute(asked, {"number": number})).scalars())


async def test_a_child_asks_a_parent_replies_yes_and_the_child_sees_what_was_allowed(hall: Hall) -> None:
    child, parent = await _come_in(hall, HELPER), await _come_in(hall, OWNER)
    asked = await _do(hall, WEB["ask_to_help"], child.caller, number=OWNER, scopes=["line", "usage"], days=30)
    assert asked["__typename"] == "HelpAsked"
    assert any(mask_number(HELPER) in said for said in await _texts(hall, OWNER))
    by_text = Caller(Channel.SMS, parent.caller.subscriber, OWNER, 1, datetime.now(UTC))
    answer = await _do(hall, SMS["answer_help"], by_text, key="sms-12345678", accept=True)
    assert answer["__typename"] == "Helper"
    assert any(mask_number(OWNER) in said for said in await _texts(hall, HELPER))
    acting = await hall.identity.switch.switch(child.token or "", parent.caller.subscriber or "", Channel.WEB)
    assert isinstance(acting, Admitted)
    used = await hall.graph.run(USAGE, {}, acting.caller)
    assert used.errors == ()
    refused = await hall.graph.run(BALANCE, {}, acting.caller)
    assert [error.code for error in refused.errors] == ["field_not_declared"]
    passed_on = await _do(hall, WEB["grant_help"], acting.caller, number="13800138007", scopes=["line"], days=1)
    assert passed_on["__typename"] == "NotYours"


async def test_a_code_that_its_owner_told_links_a_line_through_the_web_operation(hall: Hall) -> None:
    me = await _come_in(hall, OWNER)
    wish = CodeWish(HELPER, Purpose.LINK_LINE, Channel.WEB, "198.51.100.7", "a browser's secret", mask_number(OWNER))
    sent = await hall.doorkeeper.send_code(wish)
    assert isinstance(sent, CodeSent)
    await hall.doorkeeper.settle()
    (said,) = await _texts(hall, HELPER)
    code = re.findall(r"(?<!\d)\d{6}(?!\d)", said)[0]
    now = datetime.now(UTC)
    sure = replace(me.caller, assurance=3, since=now, proofs={Factor.CODE: now, Factor.PASSWORD: now})
    linked = await _do(hall, WEB["link_line"], sure, number=HELPER, code=code, challenge=sent.challenge)
    assert linked["__typename"] == "OwnLine", linked
    seen = await hall.graph.run(WEB["lines"], {}, me.caller)
    assert (mask_number(HELPER), "LINKED", True) in [
        (line["maskedNumber"], line["relation"], line["canOpen"]) for line in (seen.data or {})["me"]["ownLines"]
    ]
