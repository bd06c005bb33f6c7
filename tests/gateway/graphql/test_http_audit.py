"""What does an independent judge (npm graphql-http) say of our GraphQL over HTTP?"""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette

from tests.judges import NODE, NODE_FOLDER

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("application", [True], indirect=True, ids=["open documents"])]


@pytest.fixture
async def address(application: Starlette) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/graphql"
    server.should_exit = True
    await running


@pytest.mark.usefixtures("node_modules")
async def test_every_rule_of_graphql_over_http_is_kept(address: str) -> None:
    judged = json.loads(await run(NODE, "audit.mjs", address))
    assert len(judged) >= 60
    broken = [
        f"{rule['id']} {rule['status']}: {rule['name']} ({rule['reason'][:200]})"
        for rule in judged
        if rule["status"] != "ok"
    ]
    assert not broken, f"{len(judged) - len(broken)}/{len(judged)}\n" + "\n".join(broken)


async def run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=NODE_FOLDER, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    printed, complained = await process.communicate()
    if process.returncode:
        raise ChildProcessError(f"{command[0]}: {complained.decode()[-200:]}")
    return printed.decode()
