"""A worker that tells of bills until somebody kills it: ``python doomed_teller.py <database> <alert id>``."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.rendering import Language
from gateway.database import open_database, write
from gateway.texts import alert_wording
from graphql_schema.client import Caller, Operation, Outcome
from notifications.alerts import ALERTS
from notifications.outbox import AlertOutbox, Wording
from notifications.sms_queue import SqlSmsQueue

MONEY = {"amount": "128.40", "currency": "CNY"}
BILL = {"id": "B10", "periodStart": "2026-10-01", "dueOn": "2026-11-25", "total": MONEY, "remaining": MONEY}
LINE = {"number": "13800138001", "maskedNumber": "138****8001", "kind": "MOBILE"}


class SlowGraph:
    """Takes a moment to answer, in which it can be killed."""

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        await asyncio.sleep(0.02)
        return Outcome({"me": {"line": LINE, "bills": {"edges": [{"node": BILL}]}}})

    def subscribe(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> AsyncIterator[Outcome]:
        raise NotImplementedError


class Nobody:
    """Wakes nobody."""

    async def announce(self, subscriber: str) -> None:
        return

    def listen(self, subscriber: str) -> AsyncIterator[None]:
        raise NotImplementedError


async def _chinese(_: AsyncConnection, __: str) -> Language:
    return "zh"


async def tell(database: str, alert_id: int) -> None:
    """Says "ready", then tells of the bill as a worker does."""
    transaction = partial(write, open_database(database))
    render = alert_wording(None, signatures={"zh": "一厅", "en": "OneHall"}).render  # type: ignore[arg-type]
    wording, kinds = Wording(render=render, language_of=_chinese), {kind.name: kind for kind in ALERTS}
    outbox = AlertOutbox(transaction, SlowGraph(), SqlSmsQueue(transaction), Nobody(), kinds=kinds, wording=wording)
    print("ready", flush=True)
    await outbox.say(alert_id)
    print("said", flush=True)
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(tell(sys.argv[1], int(sys.argv[2])))
