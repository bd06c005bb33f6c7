"""How does an alert that is due become words, once, through any fault?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller, Channel, Graph, Operation
from graphql_schema.ports import WakeUps
from notifications.alert_tables import alert, inbox_message
from notifications.journal import Transaction, from_us, insert_new, now_us
from notifications.sms_queue import Lane, SqlSmsQueue

log = structlog.get_logger(__name__)

Language = Literal["zh", "en"]
LEASE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 300
GIVEN_UP_AFTER_ATTEMPTS = 50
SMS_LIFETIME_SECONDS = 12 * 3600


class Withdrawn(Enum):
    """There is nothing to tell."""

    WITHDRAWN = "withdrawn"


WITHDRAWN = Withdrawn.WITHDRAWN


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One folder below alerts/: its operation, and the fields that its system caller may see.

    ``complete`` adds what the operation answered (``me``) to the facts that were kept when the alert was raised; None
    says that it is not known there yet, and the alert waits; WITHDRAWN that there is no reason for it (any more): it is
    gone, and may be raised again.
    """

    name: str
    operation: Operation
    fields: frozenset[str]
    complete: Callable[[Mapping[str, Any], Mapping[str, Any]], "Mapping[str, Any] | Withdrawn | None"] = (
        lambda facts, _: facts
    )


@dataclass(frozen=True, slots=True)
class Wording:
    """Renders ``<alert>/sms.<language>.txt`` with facts, and knows which language a number prefers (asked over the
    connection of the transaction at hand)."""

    render: Callable[[str, Language, Mapping[str, Any]], str]
    language_of: Callable[[AsyncConnection, str], Awaitable[Language]]


class AlertOutbox:
    """Alert rows with a lease: whoever claims one says it, and the sweep offers again what nobody finished."""

    def __init__(  # noqa: PLR0913  what an alert meets on its way
        self,
        transaction: Transaction,
        graph: Graph,
        queue: SqlSmsQueue,
        wake_ups: WakeUps,
        *,
        kinds: Mapping[str, AlertKind],
        wording: Wording,
    ) -> None:
        self._transaction = transaction
        self._graph = graph
        self._queue = queue
        self._wake_ups = wake_ups
        self._kinds = kinds
        self._wording = wording

    async def fetch_due(self, *, limit: int = 500) -> Sequence[int]:
        """The ids of alerts that nobody has under lease."""
        query = select(alert.c.id).where(alert.c.state == "due", alert.c.free_at_us <= now_us())
        async with self._transaction() as connection:
            return (await connection.execute(query.order_by(alert.c.id).limit(limit))).scalars().all()

    async def say(self, alert_id: int) -> bool:
        """Claims an alert and says it. False if another has it, it was said, or its facts can't be had yet.

        The SMS, the inbox message and the mark are one commit: killed before it, nothing was said; after it, all was.
        """
        claimed = await self._claim(alert_id)
        if claimed is None:
            return False
        try:
            said = await self._say_claimed(claimed)
        except Exception as fault:
            log.error("alert_not_said", alert=claimed.name, error=type(fault).__name__, attempt=claimed.attempts)
            await self._postpone(alert_id, claimed.attempts)
            raise
        if said:
            await self._wake_ups.announce(claimed.line_id)
        return said

    async def _say_claimed(self, claimed: Any) -> bool:  # noqa: ANN401  a row of the alert table
        kind = self._kinds[claimed.name]
        caller = Caller(channel=Channel.SYSTEM, subscriber=claimed.line_id, assurance=3, fields=kind.fields)
        outcome = await self._graph.run(kind.operation, {}, caller)
        me = None if outcome.data is None or outcome.errors else outcome.data["me"]
        facts = None if me is None else kind.complete(claimed.facts, me)
        if me is None or facts is None:
            code = outcome.errors[0].code if outcome.errors else "no_data"
            log.warning("alert_postponed", alert=kind.name, code=code, attempt=claimed.attempts)
            await self._postpone(claimed.id, claimed.attempts)
            return False
        if facts is WITHDRAWN:
            await self._withdraw(claimed)
            return False
        async with self._transaction() as connection:
            if not await self._mark_said(connection, claimed.id, claimed.attempts):
                return False
            await self._send(connection, claimed, facts, me)
        return True

    async def _claim(self, alert_id: int) -> Any:  # noqa: ANN401  a row of the alert table
        now = now_us()
        async with self._transaction() as connection:
            claimed: CursorResult[Any] = await connection.execute(
                update(alert)
                .where(alert.c.id == alert_id, alert.c.state == "due", alert.c.free_at_us <= now)
                .values(attempts=alert.c.attempts + 1, free_at_us=now + LEASE_SECONDS * 1_000_000)
            )
            if not claimed.rowcount:
                return None
            return (await connection.execute(select(alert).where(alert.c.id == alert_id))).one()

    async def _postpone(self, alert_id: int, attempt: int) -> None:
        pause_seconds = min(LONGEST_PAUSE_SECONDS, 2**attempt)
        values: dict[str, Any] = {"free_at_us": now_us() + pause_seconds * 1_000_000}
        if attempt >= GIVEN_UP_AFTER_ATTEMPTS:
            log.error("alert_given_up", attempts=attempt)
            values |= {"state": "dead", "ended_at_us": now_us()}
        async with self._transaction() as connection:
            await connection.execute(
                update(alert).where(alert.c.id == alert_id, alert.c.attempts == attempt).values(values)
            )

    async def _withdraw(self, claimed: Any) -> None:  # noqa: ANN401  a row of the alert table
        """Unless it was raised once more since it was claimed: then it is asked again."""
        mine = (alert.c.id == claimed.id) & (alert.c.attempts == claimed.attempts) & (alert.c.state == "due")
        as_it_was = mine & (alert.c.created_at_us == claimed.created_at_us)
        async with self._transaction() as connection:
            gone: CursorResult[Any] = await connection.execute(delete(alert).where(as_it_was))
        if not gone.rowcount:
            await self._postpone(claimed.id, claimed.attempts)

    async def _mark_said(self, connection: AsyncConnection, alert_id: int, attempt: int) -> bool:
        mine = (alert.c.id == alert_id) & (alert.c.attempts == attempt) & (alert.c.state == "due")
        said: CursorResult[Any] = await connection.execute(
            update(alert).where(mine).values(state="said", ended_at_us=now_us())
        )
        return bool(said.rowcount)

    async def _send(
        self,
        connection: AsyncConnection,
        claimed: Any,  # noqa: ANN401  a row of the alert table
        facts: Mapping[str, Any],
        me: Mapping[str, Any],
    ) -> None:
        message = {
            "alert_id": claimed.id,
            "line_id": claimed.line_id,
            "name": claimed.name,
            "facts": dict(facts),
            "raised_at_us": claimed.facts["asOfUs"],
        }
        await insert_new(connection, inbox_message, [message])
        if me["line"]["kind"] != "MOBILE":
            return
        language = await self._wording.language_of(connection, me["line"]["number"])
        known = {**facts, "asOf": from_us(claimed.facts["asOfUs"]), "me": me}
        await self._queue.enqueue(
            connection,
            key=f"alert:{claimed.id}",
            recipient=me["line"]["number"],
            text=self._wording.render(f"{claimed.name}/sms", language, known),
            lane=Lane.ALERT,
            lifetime_seconds=SMS_LIFETIME_SECONDS,
        )
