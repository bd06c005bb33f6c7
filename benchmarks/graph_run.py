"""What does one home page cost in the graph: ours, against strawberry's stock ``schema.execute``, in one run?"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the fake ports live with the tests

from gateway.graph import HallGraph  # noqa: E402
from graphql_schema.client import Caller, Channel, load_operations  # noqa: E402
from graphql_schema.context import Context, Facts  # noqa: E402
from graphql_schema.schema import build_schema  # noqa: E402
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss, make_bucket, make_usage  # noqa: E402

RUNS = 300
ROUNDS = 5
CALLER = Caller(Channel.APP, subscriber=LINE_ID, number=NUMBER, assurance=2)
HOME = load_operations(ROOT / "channels" / "app")["home"]


async def main() -> None:
    bss = FakeBss(usage=make_usage(*(make_bucket(id=f"K{number}") for number in range(4))))
    ports = bss.ports()
    hall = HallGraph(ports, [HOME], deadline_seconds=5, open_documents=False)
    stock = build_schema()

    async def ours() -> dict[str, Any]:
        outcome = await hall.run(HOME, {}, CALLER)
        assert outcome.data is not None
        assert not outcome.errors
        return outcome.data

    async def stocks() -> dict[str, Any]:
        context = Context(CALLER, Facts(CALLER, ports, answer_within_seconds=5))
        result = await stock.execute(HOME.text, context_value=context)
        assert result.data is not None
        assert not result.errors
        return result.data

    async def calls_alone() -> None:
        facts = Facts(CALLER, ports, answer_within_seconds=5)
        asked = (
            facts.line(),
            facts.account(),
            facts.bills(),
            facts.balance(),
            facts.usage(),
            facts.packages(),
            facts.current_charges(),
        )
        await asyncio.gather(*asked)

    answer = await ours()
    assert answer == await stocks(), "both must give the same answer"
    best = {"stock": [], "ours": [], "calls": []}  # type: dict[str, list[float]]
    for _ in range(ROUNDS):  # by turns, so that a busy machine is busy for all three
        best["stock"].append(await cpu_microseconds(stocks, RUNS // 10))
        best["ours"].append(await cpu_microseconds(ours, RUNS))
        best["calls"].append(await cpu_microseconds(calls_alone, RUNS))
    stock_us, ours_us, calls_us = (min(best[name]) for name in ("stock", "ours", "calls"))
    print(f"home: {count_leaves(answer)} values, {len(json.dumps(answer))} bytes, {sum(bss.calls.values())} calls made")
    print(f"stock schema.execute  {stock_us:7.0f} µs CPU")
    print(f"HallGraph.run         {ours_us:7.0f} µs CPU   {stock_us / ours_us:.1f} × less")
    print(f"  of it the seven facts {calls_us:7.0f} µs CPU")


async def cpu_microseconds(run: Callable[[], Awaitable[object]], times: int) -> float:
    """CPU time of this process for one run, on average."""
    began = time.process_time()
    for _ in range(times):
        await run()
    return (time.process_time() - began) / times * 1e6


def count_leaves(value: Any) -> int:  # noqa: ANN401  any JSON value
    """How many scalar values an answer holds."""
    if isinstance(value, dict):
        return sum(count_leaves(item) for item in value.values())
    return sum(count_leaves(item) for item in value) if isinstance(value, list) else 1


if __name__ == "__main__":
    asyncio.run(main())
