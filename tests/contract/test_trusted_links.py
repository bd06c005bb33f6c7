"""Does a sender's number show a line over the links that the operator named, and over no other?"""

import asyncio
from pathlib import Path

import httpx
import pytest

from gateway.migrations import upgrade_database
from gateway.settings import load_settings
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, LinkEvidence
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from tests.contract.conftest import BORN_MS, House, assembled

pytestmark = pytest.mark.anyio

ORDINARY, MASKED = "13800138001", "138****8001"
CHANNELS = {"sms": Channel.SMS, "ivr": Channel.IVR}


async def find_trusted(house: House) -> set[str]:
    """The links over which the number is its line at level 1; over any other it has to be a visitor."""
    trusted = set()
    for link, channel in CHANNELS.items():
        admitted = await house.hall.doorkeeper.admit(LinkEvidence(ORDINARY, link), channel)
        assert isinstance(admitted, Admitted)
        if admitted.caller.assurance == 1 and admitted.caller.subscriber:
            trusted.add(link)
        else:
            assert admitted == Admitted(Caller(channel))
    return trusted


@pytest.mark.parametrize(
    ("setting", "trusted"),
    [(None, {"sms", "ivr"}), ("sms, ivr", {"sms", "ivr"}), ("ivr", {"ivr"}), ("sms", {"sms"}), ("", set())],
)
async def test_the_setting_says_which_links_prove_a_line(
    valkey: str, tmp_path: Path, setting: str | None, trusted: set[str]
) -> None:
    chosen = {} if setting is None else {"trusted_links": setting}
    settings = load_settings(data_folder=tmp_path, redis_url=valkey, **chosen)
    await asyncio.to_thread(upgrade_database, settings.database)
    world = World.open(subscribers=20, now_ms=BORN_MS)
    sandbox = httpx.ASGITransport(create_sandbox(world), raise_app_exceptions=False)
    try:
        async with assembled(settings, "http://bss.example", sandbox) as house:
            assert await find_trusted(house) == trusted
            said = (await house.sms.answer(ORDINARY, "YE", message_id=1)).text
            assert (MASKED in said) == ("sms" in trusted)
    finally:
        world.store.close()
