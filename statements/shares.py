"""Which links show a bill to whoever has them, and until when?"""

import base64
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import BadArgument, NotFound, SignInRequired, TooMany
from graphql_schema.types.bill_share import BillShare
from statements.needs import Seal, Transaction, View, insert_new
from statements.tables import bill_share, from_us, is_row_id, to_us

MOST_LIVING = 10
DAYS_LEAST, DAYS_MOST = 1, 30
TOLD_AS_LAPSED = timedelta(days=30)
"""For so long after its end a link says that it is over; then it is as unknown as one that never was."""

_CLAIMS = MOST_LIVING + 1


@dataclass(frozen=True, slots=True)
class OpenedShare:
    """What a living link shows: this bill of the account that this line sees."""

    line_id: str
    bill_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LapsedShare:
    """A link that once showed something."""


class SqlBillShares:
    """The ``BillShares`` of graphql_schema.money_ports over SQL, and the links when they are opened."""

    def __init__(  # noqa: PLR0913  what a link rests on
        self,
        transaction: Transaction,
        view: View,
        *,
        seal: Seal,
        secret: bytes,
        public_url: str,
        now: Callable[[], datetime],
    ) -> None:
        """``secret`` makes the tokens (the same deed's always the same), ``public_url`` is the address that people
        type."""
        self._transaction, self._view, self._seal, self._now = transaction, view, seal, now
        self._secret, self._public_url = hmac.digest(secret, b"bill-share", "sha256"), public_url.rstrip("/")

    async def fetch_shares(self, caller: Caller) -> Sequence[BillShare]:
        """Living ones of the caller's line, newest first; without their links."""
        mine = (bill_share.c.line_id == _line_of(caller), _lives(to_us(self._now())))
        asked = select(bill_share).where(*mine).order_by(bill_share.c.made_at_us.desc(), bill_share.c.id)
        async with self._view() as connection:
            rows = (await connection.execute(asked)).all()
        return [self._tell(row) for row in rows]

    async def open_share(self, deed: Deed, account_id: str, bill_id: str, *, days: int) -> BillShare:
        """A link for so many days; the same deed answers the same link. Raises TooMany, BadArgument.

        Whose bill it is was judged by who asked, and is again each time that the link is opened.
        """
        if not DAYS_LEAST <= days <= DAYS_MOST:
            raise BadArgument(name="days", least=DAYS_LEAST, most=DAYS_MOST)
        token, now = self._make_token(deed), self._now()
        row = self._make(deed, token, json.dumps({"bill": bill_id}), days)
        async with self._transaction() as connection:
            await _free_lapsed(connection, row["line_id"], to_us(now))
            for _ in range(_CLAIMS):
                made = select(bill_share).where(bill_share.c.deed == deed.id)
                standing = (await connection.execute(made)).one_or_none()
                if standing is not None:
                    return self._tell(standing, url=f"{self._public_url}/shared/{token}", bill_id=bill_id)
                row["slot"] = await _find_slot(connection, row["line_id"])
                await insert_new(connection, bill_share, row)
        raise TooMany(most=MOST_LIVING)

    async def end_share(self, deed: Deed, share_id: str) -> None:
        """It shows nothing any more; ended twice it is ended. Raises NotFound."""
        if not is_row_id(share_id):
            raise NotFound
        table, now_us = bill_share, to_us(self._now())
        mine = (table.c.id == share_id, table.c.line_id == _line_of(deed.caller))
        async with self._transaction() as connection:
            if (await connection.execute(select(table.c.id).where(*mine))).one_or_none() is None:
                raise NotFound
            ended = {"ended_at_us": now_us, "slot": None, "shown": ""}
            await connection.execute(update(table).where(*mine, table.c.ended_at_us.is_(None)).values(ended))

    async def open_link(self, token: str, *, visits: int = 1) -> OpenedShare | LapsedShare | None:
        """What the link shows, and counts the visit (none with ``visits`` 0); None for one that nobody made."""
        table, now_us = bill_share, to_us(self._now())
        mine = table.c.token_digest == _digest(token)
        async with self._view() as connection:  # whoever guesses keeps no writer waiting
            if (await connection.execute(select(table.c.id).where(mine))).one_or_none() is None:
                return None
        async with self._transaction() as connection:
            counted = update(table).where(mine, _lives(now_us)).values(opened=table.c.opened + visits).returning(table)
            row = (await connection.execute(counted)).one_or_none()
        if row is None:
            return LapsedShare()
        return OpenedShare(row.line_id, self._read_bill(row), from_us(row.expires_at_us))

    async def forget_old(self) -> int:
        """Deletes links that ended long ago; how many."""
        old_us = to_us(self._now() - TOLD_AS_LAPSED)
        over = or_(bill_share.c.expires_at_us < old_us, bill_share.c.ended_at_us < old_us)
        async with self._transaction() as connection:
            return (await connection.execute(delete(bill_share).where(over))).rowcount

    def _make_token(self, deed: Deed) -> str:
        """256 bits that nobody can guess without the house's secret, and that a deed tried again makes again."""
        return base64.urlsafe_b64encode(hmac.digest(self._secret, deed.id.encode(), "sha256")).decode().rstrip("=")

    def _make(self, deed: Deed, token: str, shown: str, days: int) -> dict[str, Any]:
        now = self._now()
        return {
            "id": secrets.token_hex(16),
            "deed": deed.id,
            "line_id": _line_of(deed.caller),
            "token_digest": _digest(token),
            "shown": self._seal.close(shown),
            "made_at_us": to_us(now),
            "expires_at_us": to_us(now + timedelta(days=days)),
            "opened": 0,
        }

    def _tell(self, row: Row[Any], *, url: str | None = None, bill_id: str | None = None) -> BillShare:
        return BillShare(
            id=row.id,
            bill_id=bill_id or self._read_bill(row),
            url=url,
            made_at=from_us(row.made_at_us),
            expires_at=from_us(row.expires_at_us),
            opened=row.opened,
        )

    def _read_bill(self, row: Row[Any]) -> str:
        return str(json.loads(self._seal.open(row.shown))["bill"])


async def forget_shares_of(connection: AsyncConnection, line_id: str) -> None:
    """The line ended, or somebody else holds it now: the links were its former holder's."""
    await connection.execute(delete(bill_share).where(bill_share.c.line_id == line_id))


def _lives(now_us: int) -> ColumnElement[bool]:
    return and_(bill_share.c.expires_at_us > now_us, bill_share.c.ended_at_us.is_(None))


async def _free_lapsed(connection: AsyncConnection, line_id: str, now_us: int) -> None:
    lapsed = (bill_share.c.line_id == line_id, bill_share.c.expires_at_us <= now_us)
    await connection.execute(update(bill_share).where(*lapsed).values(slot=None))


async def _find_slot(connection: AsyncConnection, line_id: str) -> int:
    """A place that is free. Raises TooMany."""
    asked = select(bill_share.c.slot).where(bill_share.c.line_id == line_id)
    taken = (await connection.execute(asked)).scalars().all()
    free = next((slot for slot in range(1, MOST_LIVING + 1) if slot not in taken), None)
    if free is None:
        raise TooMany(most=MOST_LIVING)
    return free


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _line_of(caller: Caller) -> str:
    if caller.subscriber is None:
        raise SignInRequired
    return caller.subscriber
