"""How does what a call was told reach the caller's handset as a text?"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from hashlib import sha256

import structlog

from channels.ivr.texting import TEXTED
from channels.rendering import Language
from channels.sms.asking import Asking
from channels.sms.composing import compose_answer
from channels.sms.deeds import TELLING_SECRETS
from channels.sms.hall import load_hall_grammar
from channels.sms.wording import Wording
from gateway.database import DatabaseFault, write
from gateway.identity.doorkeeper import real_now
from gateway.texts import signatures_of
from gateway.wiring import Hall
from graphql_schema.client import Caller
from notifications.sms_queue import Lane, SqlSmsQueue, Transaction

log = structlog.get_logger(__name__)

COMMANDS: Mapping[str, str] = {answer: answer for answer in TEXTED} | {
    "last_bill": "bill",
    "bill_subjects": "bill_detail",
}
"""Which command of the SMS hall says the same as each answer of a call."""
LIFETIME_SECONDS = 6 * 3600.0
"""Like that of an answer to a text: it was asked for just now."""


def make_call_texts(hall: Hall) -> "CallTexts":
    """Over the hall's graph and queue, signed as its other texts are."""
    settings = hall.settings
    asking = Asking(
        hall.graph,
        hall.doorkeeper,
        Wording(signatures_of(settings.sms_signature)),
        load_hall_grammar(),
        public_url=settings.public_url,
        by_digit=False,
    )
    return CallTexts(asking, hall.sms_queue, partial(write, hall.engine), now=real_now)


class CallTexts:
    """Sends an answer (the IVR's Texts) in the words of the SMS hall, through its queue.

    The facts are asked for as the caller, at the level that the call has reached: a text tells no more than was heard.
    """

    def __init__(
        self, asking: Asking, queue: SqlSmsQueue, transaction: Transaction, *, now: Callable[[], datetime]
    ) -> None:
        self._asking, self._queue, self._transaction, self._now = asking, queue, transaction, now

    async def text(self, answer: str, caller: Caller, *, language: Language, key: str) -> bool:
        """Queues it for the caller's own number, once for a key, of which only a digest is kept: it names the call.

        False where the graph says no, or where it can't be stored.
        """
        said = await compose_answer(self._asking, COMMANDS[answer], caller, language, now=self._now())
        if said is None or caller.number is None:
            return False
        try:
            async with self._transaction() as connection:
                await self._queue.enqueue(
                    connection,
                    key=f"call:{sha256(key.encode()).hexdigest()}",
                    recipient=caller.number,
                    text=said,
                    lane=Lane.SECRET_ANSWER if answer in TELLING_SECRETS else Lane.ANSWER,
                    lifetime_seconds=LIFETIME_SECONDS,
                )
        except DatabaseFault as fault:
            log.warning("call_text_not_stored", error=type(fault).__name__)
            return False
        return True
