"""Which level opens which field?"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
)

from graphql_schema.client import Caller, Channel
from graphql_schema.context import Context
from graphql_schema.problems import FieldNotDeclared, Problem, SignInRequired, StepUpRequired

INHERITED: Final = -1
"""Opens with the field that led to it."""

SIGNED_IN: Final = 1
"""What ``me`` itself needs."""

ACCESS: Mapping[str, int] = {
    # One line a field, or ``Type.*`` for all fields of a type that have no line of their own.
    # Levels are those of the domain page §5: 1 the line itself over a trusted link, 2 code or service password.
    "Query.me": 1,
    "Subscription.usageChanged": 1,
    "Subscription.inboxMessageAdded": 1,
    "Me.line": 1,
    "Me.account": 1,
    "Me.balance": 1,
    "Me.buckets": 1,
    "Me.pace": 1,
    "Me.currentCharges": 1,
    "Me.bills": 1,
    "Me.bill": 2,
    "Me.packages": 1,
    "Me.attention": 1,
    "Me.inbox": 1,
    "Line.*": INHERITED,
    "Line.number": 2,
    "CurrentCharges.*": INHERITED,
    "CurrentCharges.subjects": 2,
    "Dated.*": INHERITED,
    "Account.*": INHERITED,
    "Attention.*": INHERITED,
    "Balance.*": INHERITED,
    "Bill.*": INHERITED,
    "BillConnection.*": INHERITED,
    "BillEdge.*": INHERITED,
    "Bucket.*": INHERITED,
    "InboxMessage.*": INHERITED,
    "ItemizedBill.*": INHERITED,
    "LocalizedText.*": INHERITED,
    "Money.*": INHERITED,
    "Pace.*": INHERITED,
    "Package.*": INHERITED,
    "PageInfo.*": INHERITED,
    "Payment.*": INHERITED,
    "RatedLine.*": INHERITED,
    "SubBalance.*": INHERITED,
    "Subject.*": INHERITED,
}

_ROOTS = ("Query", "Mutation", "Subscription")


def level_of(coordinate: str, access: Mapping[str, int] = ACCESS) -> int:
    """The level that opens a field (``Me.bill``), or INHERITED. Raises LookupError where the table has no line."""
    type_name, _, _ = coordinate.partition(".")
    level = access.get(coordinate, access.get(f"{type_name}.*"))
    if level is None:
        raise LookupError(f"{coordinate} has no access rule: add a line to graphql_schema/access.py")
    return level


def find_refusal(caller: Caller, coordinate: str, level: int) -> Problem | None:
    """Why this caller may not see this field, or None.

    A system caller with declared fields sees, of the fields that have a level of their own, exactly those (its
    declaration is its permission); anyone else needs the field's level.
    """
    if caller.fields is not None and coordinate not in caller.fields and not coordinate.startswith(_ROOTS):
        return FieldNotDeclared(field=coordinate)
    if caller.subscriber is None:
        return SignInRequired()
    if caller.assurance >= level or (caller.channel is Channel.SYSTEM and caller.fields is not None):
        return None
    return StepUpRequired(needed=level, have=caller.assurance) if caller.assurance else SignInRequired()


def guard(schema: GraphQLSchema, access: Mapping[str, int] = ACCESS) -> None:
    """Wraps, once at start, the resolver of every field that has a level of its own.

    A field that is stricter than ``me`` becomes nullable, so that its refusal does not take its parent along. Raises
    LookupError for a field without a rule and for a rule without a field.
    """
    unused = set(access)
    for coordinate, field in walk_fields(schema):
        level = level_of(coordinate, access)
        unused -= {coordinate, coordinate.partition(".")[0] + ".*"}
        if level != INHERITED:
            _guard_field(field, coordinate, level)
    if unused:
        raise LookupError(f"access rules for fields that do not exist: {', '.join(sorted(unused))}")


def walk_fields(schema: GraphQLSchema) -> list[tuple[str, GraphQLField]]:
    """Every field of every type of ours, as (``Type.field``, field)."""
    return [
        (f"{name}.{field_name}", field)
        for name, kind in schema.type_map.items()
        if not name.startswith("__") and isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        for field_name, field in kind.fields.items()
    ]


def _guard_field(field: GraphQLField, coordinate: str, level: int) -> None:
    if coordinate.startswith("Subscription."):
        field.subscribe = _guarded(field.subscribe, coordinate, level)
        return
    field.resolve = _guarded(field.resolve, coordinate, level)
    if level > SIGNED_IN and isinstance(field.type, GraphQLNonNull):
        field.type = field.type.of_type


def _guarded(resolve: Callable[..., Any] | None, coordinate: str, level: int) -> Callable[..., Any]:
    if resolve is None:
        raise LookupError(f"{coordinate} has no resolver to guard")

    def resolve_if_allowed(source: Any, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any:  # noqa: ANN401
        refusal = find_refusal(info.context.caller, coordinate, level)
        if refusal is not None:
            raise refusal
        return resolve(source, info, **arguments)

    return resolve_if_allowed
