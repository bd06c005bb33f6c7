"""Does the in-process transport, which knows no timeout, fail like a socket does?"""

import asyncio
import time
from dataclasses import replace

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.ports import BssFault
from tests.faults.conftest import IMPATIENT

pytestmark = pytest.mark.anyio


async def hang(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(30)


async def crash(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("a bug in the sandbox")


@pytest.mark.parametrize(("app", "code"), [(hang, "account_timeout"), (crash, "account_unavailable")])
async def test_an_app_that_hangs_or_crashes_is_a_fault(app: object, code: str) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]
    limits = replace(IMPATIENT, attempts=1)
    client = TmfClient("http://bss.example", snapshots=MemorySnapshots(), transport=transport, limits=limits)
    began = time.monotonic()
    with pytest.raises(BssFault, match=code):
        await TmfAccounts(client).fetch_account("A1")
    assert time.monotonic() - began < 1
    await client.aclose()
