"""How is a line's owner told by SMS that something happened to its security?"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.rendering import Language, mask_number
from channels.sms.wording import render_notice
from gateway.conversations import SqlConversations
from gateway.texts import language_of
from notifications.sms_queue import Lane, SqlSmsQueue

LIFETIME_SECONDS = 24 * 3600.0
_MOBILE = re.compile(r"1[0-9]{10}")
"""The only numbers of lines that texts reach: fixed ones begin with 0, accounts of broadband and IPTV hold letters."""


class SmsNotices:
    """Queues a notice (identity's Notices) in the lane of alerts: it concerns whoever may have been robbed."""

    def __init__(
        self,
        queue: SqlSmsQueue,
        conversations: SqlConversations,
        *,
        signatures: Mapping[Language, str],
        hall_number: str,
        now: Callable[[], datetime],
    ) -> None:
        self._queue, self._conversations, self._signatures = queue, conversations, signatures
        self._hall_number, self._now = hall_number, now

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        """Queues the text within the caller's transaction, once by its key, in the language that the number chose; none
        for a number that takes no texts."""
        if not _MOBILE.fullmatch(number):
            return
        language = await language_of(self._conversations, connection, number)
        known = {"number": mask_number(number), "at": self._now(), "hall_number": self._hall_number, **facts}
        await self._queue.enqueue(
            connection,
            key=f"notice:{notice}:{key}",
            recipient=number,
            text=render_notice(notice, language, known, signatures=self._signatures),
            lane=Lane.ALERT,
            lifetime_seconds=LIFETIME_SECONDS,
        )
