"""How does identity tell a line's owner that something happened?"""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection


class Notices(Protocol):
    """Tells the owner of a number by SMS. Facts are masked numbers, names and counts, never a secret."""

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        """Queues the message in the caller's transaction: it goes out if and only if that is committed.

        ``notice`` names a template of the SMS hall (channels/sms/notices/<notice>.<language>.txt): password_changed,
        password_reset, password_voided, passkey_made (name), new_device (device), help_asked (helper, scopes, days),
        help_granted (owner, scopes, days), help_ended (owner, helper), line_linked (other), link_made (other),
        export_ready, records_ready, promise_kept (name, price, until), erasure_asked (days), sessions_ended (count).
        ``key`` makes it once: the same key again sends nothing.
        """
        ...
