"""Which alerts are there? One folder each: alert.graphql and a template for each medium."""

from pathlib import Path

from graphql_schema.client import Operation
from notifications.bill_notices import BILL_ISSUED, read_issued_bill
from notifications.outbox import AlertKind
from notifications.spending import read_spending
from notifications.spending_looks import SPENDING_UNUSUAL

FOLDER = Path(__file__).parent
LINE_TOLD = frozenset({"Query.me", "Me.line", "Line.number", "Line.maskedNumber", "Line.kind"})
"""To whom a text goes: what each alert asks."""

ALERTS = (
    AlertKind(
        name="usage_threshold",
        operation=Operation.load(FOLDER / "usage_threshold" / "alert.graphql"),
        fields=LINE_TOLD,
    ),
    AlertKind(
        name=BILL_ISSUED,
        operation=Operation.load(FOLDER / BILL_ISSUED / "alert.graphql"),
        fields=LINE_TOLD
        | {
            *("Me.bills", "BillConnection.edges", "BillEdge.node", "Money.amount", "Money.currency"),
            *(f"Bill.{name}" for name in ("id", "periodStart", "dueOn", "total", "remaining")),
        },
        complete=read_issued_bill,
    ),
    AlertKind(
        name=SPENDING_UNUSUAL,
        operation=Operation.load(FOLDER / SPENDING_UNUSUAL / "alert.graphql"),
        fields=LINE_TOLD
        | {
            *("Me.chargeBrake", "Money.amount", "Money.currency"),
            *(f"ChargeBrake.{name}" for name in ("offered", "spent", "mean", "asOf", "stale")),
        },
        complete=read_spending,
    ),
)
