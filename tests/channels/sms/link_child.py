"""A link to the SMSC in a process of its own, for tests that kill it."""

import asyncio
import json
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from channels.sms import answering
from channels.sms.link import SmsLink
from channels.sms.sending import Pace
from gateway.database import open_database, write
from notifications.sms_queue import SqlSmsQueue


class SlowHall:
    """Comes to an answer, or is still at it when it is killed."""

    def __init__(self, *, answers: bool) -> None:
        self._answers = answers

    async def answer(self, sender: str, text: str, *, message_id: int) -> answering.Reply:
        await asyncio.sleep(0 if self._answers else 3600)
        return answering.Reply(f"answer to {text}")

    def apologize(self, sender_text: str) -> str:
        return "sorry"


async def main(url: str, port: int, *, answers: bool) -> None:
    answering.LEASE_SECONDS = 1.5  # the next process need not wait long
    link = SmsLink(
        host="127.0.0.1",
        port=port,
        system_id="onehall",
        password="onehall",
        queue=SqlSmsQueue(partial(write, open_database(url))),
        hall=SlowHall(answers=answers),
        pace=Pace(poll_seconds=0.05, reconnect_seconds=0.05),
    )
    await link.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
