"""Does an alert ask for no more than it declares?"""

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, parse, visit

from graphql_schema.schema import build_schema, executable
from notifications.alerts import ALERTS
from notifications.outbox import AlertKind

SCHEMA = executable(build_schema())


class Selected(Visitor):
    """The coordinates (``Type.field``) of every field in a document."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.coordinates: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self.info.get_parent_type()
        assert parent is not None
        self.coordinates.add(f"{parent.name}.{node.name.value}")


@pytest.mark.parametrize("kind", ALERTS, ids=lambda kind: kind.name)
def test_an_alert_selects_exactly_the_fields_that_it_declares(kind: AlertKind) -> None:
    """The graph itself refuses an undeclared field only where that has a level of its own."""
    info = TypeInfo(SCHEMA)
    selected = Selected(info)
    visit(parse(kind.operation.text), TypeInfoVisitor(info, selected))
    assert selected.coordinates == kind.fields
