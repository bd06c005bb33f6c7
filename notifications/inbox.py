"""What has the house told a line?"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from graphql_schema.types.bucket import UsageType
from graphql_schema.types.inbox import InboxMessage, InboxTopic
from graphql_schema.types.money import Money
from graphql_schema.types.scalar import Long
from notifications.alert_tables import inbox_message
from notifications.journal import Transaction, from_us


class SqlInbox:
    """The inbox as rows: the truth behind the page and the subscription, whose cursor is a message's id."""

    def __init__(self, reading: Transaction) -> None:
        """``reading`` need not be a write: every open page and subscription asks, and must wait for no writer."""
        self._reading = reading

    async def fetch_messages(self, line_id: str, *, after: int, limit: int) -> Sequence[InboxMessage]:
        """The newest messages whose number in the inbox is above ``after``, newest first."""
        query = (
            select(inbox_message)
            .where(inbox_message.c.line_id == line_id, inbox_message.c.id > after)
            .order_by(inbox_message.c.id.desc())
            .limit(limit)
        )
        async with self._reading() as connection:
            rows = (await connection.execute(query)).all()
        return [_to_message(row) for row in rows]


def _to_message(row: Any) -> InboxMessage:  # noqa: ANN401  a row of inbox_message
    facts: Mapping[str, Any] = row.facts
    return InboxMessage(
        id=str(row.id),
        topic=InboxTopic(row.name),
        raised_at=from_us(row.raised_at_us),
        usage_type=UsageType(facts["usageType"]) if "usageType" in facts else None,
        percent=facts.get("percent"),
        used=Long(facts["used"]) if "used" in facts else None,
        total=Long(facts["total"]) if "total" in facts else None,
        bill_id=facts.get("billId"),
        amount=Money(amount=Decimal(facts["amount"]), currency=facts["currency"]) if "amount" in facts else None,
        due_on=_to_day(facts.get("dueOn")),
        period_start=_to_day(facts.get("periodStart")),
    )


def _to_day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
