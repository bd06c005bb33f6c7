"""Which alerts are there? One folder each: alert.graphql and a template for each medium."""

from pathlib import Path

from graphql_schema.client import Operation
from notifications.outbox import AlertKind

FOLDER = Path(__file__).parent

ALERTS = (
    AlertKind(
        name="usage_threshold",
        operation=Operation.load(FOLDER / "usage_threshold" / "alert.graphql"),
        fields=frozenset({"Query.me", "Me.line", "Line.number", "Line.maskedNumber", "Line.kind"}),
    ),
)
