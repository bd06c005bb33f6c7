"""Which line is told of a new bill, and how is it told once?"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from graphql_schema.ports import Lines
from graphql_schema.types.bill import BillCategory
from graphql_schema.types.bill_event import BillEvent
from graphql_schema.types.line import FamilyRole, Line, LineKind, Payer
from notifications.alert_tables import alert
from notifications.journal import Transaction, insert_new, now_us, to_us

BILL_ISSUED = "bill_issued"
ASKING_FOR_MONEY = frozenset({BillCategory.NORMAL, BillCategory.LAST})
"""What a month cost. A duplicate, an interim bill or a credit note would be a second notice of the same money."""


class BillNotices:
    """The monthly notice (domain page §4): one alert row for a bill, however often the BSS tells of it."""

    def __init__(self, transaction: Transaction, lines: Lines) -> None:
        self._transaction = transaction
        self._lines = lines

    async def raise_issued(self, event: BillEvent, *, at: datetime) -> int | None:
        """Stores that the bill is to be told; the alert's id, None where nobody is told. ``at`` is business time.

        One that was given up (its BSS was silent for hours) is tried anew when the BSS tells of it again.

        Raises BssFault, and DatabaseFault of who gave the transaction: nothing stands then.
        """
        if event.category not in ASKING_FOR_MONEY:
            return None
        line = choose_told_line(await self._lines.fetch_lines_of_account(event.account_id))
        if line is None:
            return None
        now, topic = now_us(), f"{BILL_ISSUED}:{event.id}"
        row = {
            "topic": topic,
            "step": 0,
            "name": BILL_ISSUED,
            "line_id": line.id,
            "facts": {"billId": event.id, "asOfUs": to_us(at)},
            "state": "due",
            "attempts": 0,
            "free_at_us": now,
            "created_at_us": now,
        }
        async with self._transaction() as connection:
            await insert_new(connection, alert, [row])
            again = {"state": "due", "attempts": 0, "free_at_us": now, "ended_at_us": None}
            given_up = (alert.c.topic == topic, alert.c.state == "dead")
            await connection.execute(update(alert).where(*given_up).values(again))
            kept = select(alert.c.id).where(alert.c.topic == topic, alert.c.step == 0)
            return int((await connection.execute(kept)).scalar_one())


def choose_told_line(lines: Iterable[Line]) -> Line | None:
    """The line of an account that pays: a mobile one before any other, a family's main one first, then by number.

    None where another pays for all of them (an organization): whoever pays has no line of its own here.
    """
    paying = [line for line in lines if line.payer is Payer.SELF]
    ranked = sorted(
        paying,
        key=lambda line: (line.kind is not LineKind.MOBILE, line.family_role is not FamilyRole.MAIN, line.number),
    )
    return ranked[0] if ranked else None


def read_issued_bill(facts: Mapping[str, Any], me: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The alert's facts with those of its bill; None while the list of bills does not hold it yet."""
    nodes = [edge["node"] for edge in me["bills"]["edges"]]
    bill = next((node for node in nodes if node["id"] == facts["billId"]), None)
    if bill is None:
        return None
    return {
        **facts,
        "amount": str(bill["total"]["amount"]),
        "currency": bill["total"]["currency"],
        "remaining": str(bill["remaining"]["amount"]),
        "paid": Decimal(bill["remaining"]["amount"]) <= 0,
        "dueOn": bill["dueOn"],
        "periodStart": bill["periodStart"],
    }
