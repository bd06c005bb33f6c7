"""`python -m tests.crash.process`: each line that comes in is a deed for a process of its own, which may die of it.

A new interpreter would import for a second before each deed. This one has imported everything, does nothing else, and
forks; what is killed is a process with a database, sockets and threads of its own.
"""

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from graphql_schema.ports import BssFault
from graphql_schema.problems import Problem
from tests.crash.house import DeedOfHouse, open_house


def find_deeds() -> dict[str, DeedOfHouse]:
    """What the modules ``*_deeds`` beside this one bring, by name: each in a mapping that is called ``…_DEEDS``."""
    deeds: dict[str, DeedOfHouse] = {}
    for path in sorted(Path(__file__).parent.glob("*_deeds.py")):
        brought = vars(import_module(f"tests.crash.{path.stem}"))
        for name in (name for name in brought if name.endswith("_DEEDS")):
            assert not deeds.keys() & brought[name].keys(), f"{path.name}: call them by names of their own"
            deeds |= brought[name]
    return deeds


def main() -> None:
    deeds = find_deeds()
    gc.freeze()  # a child that looks for garbage among what it inherited copies every page of it
    for line in sys.stdin:
        print(json.dumps(_perform(json.loads(line), deeds)), flush=True)


def _perform(job: Mapping[str, Any], deeds: Mapping[str, DeedOfHouse]) -> dict[str, Any]:
    """What a child answered, or that it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(job, deeds, writing)
    os.close(writing)
    with os.fdopen(reading) as answers:
        said = answers.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"killed": os.WTERMSIG(status) == signal.SIGKILL}
    return json.loads(said)  # type: ignore[no-any-return]


def _live(job: Mapping[str, Any], deeds: Mapping[str, DeedOfHouse], writing: int) -> None:
    gc.disable()
    try:
        said = json.dumps({"killed": False, **asyncio.run(_do(job, deeds[job["do"]]))})
    except BaseException as error:  # noqa: BLE001  the test shall see it
        said = json.dumps({"killed": False, "broken": repr(error)})
    with os.fdopen(writing, "w") as answers:
        answers.write(said)
    os._exit(0)


async def _do(job: Mapping[str, Any], deed: DeedOfHouse) -> dict[str, Any]:
    async with open_house(job) as house:
        try:
            return {"answer": await deed(house)}
        except Problem as problem:
            return {"refused": problem.code}
        except BssFault as fault:
            return {"fault": fault.code}


if __name__ == "__main__":
    main()
