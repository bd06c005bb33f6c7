"""What do independent clients (npm openid-client and oauth4webapi) say of our authorization server?"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.judges import NODE, NODE_FOLDER

from .stage import Stage, build_app, set_stage

pytestmark = pytest.mark.anyio
SCRIPTS = {"oauth_openid_client.mjs": 50, "oauth_oauth4webapi.mjs": 40}
"""Each script and how many checks it has at least."""


@pytest.fixture
def database_url(furnished_sqlite_url: str) -> str:
    """One database is enough here: the neighbours ask both."""
    return furnished_sqlite_url


@pytest.fixture
async def standing(engine: AsyncEngine) -> AsyncIterator[Stage]:
    """The server behind a real socket of this machine, which its own address names."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        stage = await set_stage(engine, f"http://127.0.0.1:{listener.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(build_app(stage), log_level="error", lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield stage
        server.should_exit = True
        await running
    await stage.keeper.finish()


@pytest.mark.usefixtures("node_modules")
@pytest.mark.parametrize("script", SCRIPTS)
async def test_an_independent_client_gets_what_it_may_and_nothing_else(script: str, standing: Stage) -> None:
    judged = await run(script, {"issuer": standing.server.issuer, "secrets": standing.secrets})
    failed = [f"{check['name']}: {check['reason']}" for check in judged if not check["ok"]]
    assert not failed, f"{len(failed)} of {len(judged)}\n" + "\n".join(failed)
    assert len({check["name"] for check in judged}) >= SCRIPTS[script]


async def run(script: str, setting: dict[str, Any]) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        NODE,
        script,
        json.dumps(setting),
        cwd=NODE_FOLDER,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()[-2000:]
    judged: list[dict[str, Any]] = json.loads(printed)
    return judged
