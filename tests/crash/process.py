"""`python -m tests.crash.process`: each line that comes in is a deed for a process of its own, which may die of it.

A new interpreter would import for a second before each deed. This one has imported everything, does nothing else, and
forks; what is killed is a process with a database, sockets and threads of its own.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from graphql_schema.ports import BssFault
from graphql_schema.problems import Problem
from tests.crash.change_deeds import CHANGE_DEEDS
from tests.crash.house import DeedOfHouse, open_house

try:  # the room of money brings its own
    from tests.crash.money_deeds import MONEY_DEEDS
except ModuleNotFoundError:
    MONEY_DEEDS: Mapping[str, DeedOfHouse] = {}  # type: ignore[no-redef]

DEEDS: Mapping[str, DeedOfHouse] = {**CHANGE_DEEDS, **MONEY_DEEDS}


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(_perform(json.loads(line))), flush=True)


def _perform(job: Mapping[str, Any]) -> dict[str, Any]:
    """What a child answered, or that it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(job, writing)
    os.close(writing)
    with os.fdopen(reading) as answers:
        said = answers.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"killed": os.WTERMSIG(status) == signal.SIGKILL}
    return json.loads(said)  # type: ignore[no-any-return]


def _live(job: Mapping[str, Any], writing: int) -> None:
    try:
        said = json.dumps({"killed": False, **asyncio.run(_do(job))})
    except BaseException as error:  # noqa: BLE001  the test shall see it
        said = json.dumps({"killed": False, "broken": repr(error)})
    with os.fdopen(writing, "w") as answers:
        answers.write(said)
    os._exit(0)


async def _do(job: Mapping[str, Any]) -> dict[str, Any]:
    async with open_house(job) as house:
        try:
            return {"answer": await DEEDS[job["do"]](house)}
        except Problem as problem:
            return {"refused": problem.code}
        except BssFault as fault:
            return {"fault": fault.code}


if __name__ == "__main__":
    main()
