"""What does an independent judge (npm graphql-http) say of our GraphQL over HTTP?"""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

import pytest
import uvicorn
from starlette.applications import Starlette

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("application", [True], indirect=True, ids=["open documents"])]

AUDIT = Path(__file__).parents[2] / "node" / "graphql_http"
NODE_LEAST = 20


@pytest.fixture
async def judge() -> None:
    """The judge, installed from its lock."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        go_without(f"there is no Node: install Node {NODE_LEAST} or newer with npm")
    version = await run("node", "--version")
    if int(version.lstrip("v").split(".")[0]) < NODE_LEAST:
        go_without(f"Node {version.strip()} is too old: install Node {NODE_LEAST} or newer")
    if not (AUDIT / "node_modules" / "graphql-http").is_dir():
        try:
            await run("npm", "ci", "--ignore-scripts")
        except ChildProcessError as error:
            go_without(f"the judge can't be installed ({error}): run `npm ci` in {AUDIT.name} where a registry is")


@pytest.fixture
async def address(application: Starlette) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/graphql"
    server.should_exit = True
    await running


@pytest.mark.usefixtures("judge")
async def test_every_rule_of_graphql_over_http_is_kept(address: str) -> None:
    judged = json.loads(await run("node", "audit.mjs", address))
    assert len(judged) >= 60
    broken = [
        f"{rule['id']} {rule['status']}: {rule['name']} ({rule['reason'][:200]})"
        for rule in judged
        if rule["status"] != "ok"
    ]
    assert not broken, f"{len(judged) - len(broken)}/{len(judged)}\n" + "\n".join(broken)


async def run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=AUDIT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    printed, complained = await process.communicate()
    if process.returncode:
        raise ChildProcessError(f"{command[0]}: {complained.decode()[-200:]}")
    return printed.decode()


def go_without(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs it: {reason}")
    pytest.skip(reason)
