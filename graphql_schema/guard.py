"""May this caller have this field now? The rules of access.py, put in front of every resolver."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
)

from graphql_schema.access import ACCESS, ANYONE, INHERITED, LINE, Rule, rule_of
from graphql_schema.assurance import find_ways
from graphql_schema.client import Caller, Channel
from graphql_schema.context import Context
from graphql_schema.problems import FieldNotDeclared, Problem, Rests, RoleRequired, SignInRequired, StepUpRequired

_READING_ROOTS = ("Query", "Subscription")


def find_refusal(caller: Caller, coordinate: str, rule: Rule, now: datetime) -> Problem | None:
    """Why this caller may not have this field now, or None.

    A caller with declared fields gets, of the fields that have a rule of their own, exactly those and what is open to
    anyone; for a system caller the declaration is the permission, anyone else needs the field's level too. Staff get
    what their role opens and nothing of a subscriber's; a subscriber gets nothing of the staff's.
    """
    if rule.roles or caller.staff is not None:
        return _find_staff_refusal(caller, coordinate, rule)
    if not _is_declared(caller, coordinate, rule):
        return FieldNotDeclared(field=coordinate)
    if caller.subscriber is None:
        return SignInRequired() if rule.level else None
    if caller.channel is Channel.SYSTEM and caller.fields is not None:
        return None
    return _find_step(caller, rule, now)


def _find_staff_refusal(caller: Caller, coordinate: str, rule: Rule) -> Problem | None:
    if caller.staff is None:
        return RoleRequired(field=coordinate, roles=()) if caller.subscriber else SignInRequired()
    proved = caller.assurance >= rule.level
    if proved and (caller.staff.role in rule.roles or (rule.level == 0 and not rule.roles)):
        return None
    return RoleRequired(field=coordinate, roles=sorted(rule.roles))


def _is_declared(caller: Caller, coordinate: str, rule: Rule) -> bool:
    if caller.fields is None or coordinate in caller.fields or rule is ANYONE:
        return True
    # Whoever is limited may still begin to ask; a subscription is a field of its own for clients and helpers, and one
    # that tells more than ``me`` itself is so for the house's own callers too.
    begins = coordinate.startswith(_READING_ROOTS) and rule.level <= LINE.level
    return coordinate == "Query.me" or (caller.channel is Channel.SYSTEM and begins)


def _find_step(caller: Caller, rule: Rule, now: datetime) -> Problem | None:
    fresh = rule.fresh_within is None or (caller.since is not None and now - caller.since <= rule.fresh_within)
    if caller.assurance < rule.level or not fresh:
        if not caller.assurance:
            return SignInRequired()
        return StepUpRequired(
            needed=rule.level,
            have=caller.assurance,
            fresh_within_seconds=int(rule.fresh_within.total_seconds()) if rule.fresh_within else None,
            ways=find_ways(caller.proofs, rule.level, rule.fresh_within, now),
        )
    if rule.rests and caller.rests_until is not None and now < caller.rests_until:
        return Rests(until=caller.rests_until)
    return None


def guard(schema: GraphQLSchema, access: Mapping[str, Rule | None] = ACCESS) -> None:
    """Wraps, once at start, the resolver of every field that has a level of its own.

    A field that is stricter than ``me``, or a deed, becomes nullable, so that its refusal or a fault does not take its
    parent along. Raises
    LookupError for a field without a rule and for a rule without a field.
    """
    unused = set(access)
    for coordinate, field in walk_fields(schema):
        rule = rule_of(coordinate, access)
        unused -= {coordinate, coordinate.partition(".")[0] + ".*"}
        if rule is not INHERITED:
            _guard_field(field, coordinate, rule)
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


def _guard_field(field: GraphQLField, coordinate: str, rule: Rule) -> None:
    if coordinate.startswith("Subscription."):
        field.subscribe = _guarded(field.subscribe, coordinate, rule)
        return
    field.resolve = _guarded(field.resolve, coordinate, rule)
    optional = rule.level > LINE.level or rule.roles or coordinate.startswith("Mutation.")
    if optional and isinstance(field.type, GraphQLNonNull):
        field.type = field.type.of_type


def _guarded(resolve: Callable[..., Any] | None, coordinate: str, rule: Rule) -> Callable[..., Any]:
    if resolve is None:
        raise LookupError(f"{coordinate} has no resolver to guard")

    def resolve_if_allowed(source: Any, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any:  # noqa: ANN401
        refusal = find_refusal(info.context.caller, coordinate, rule, datetime.now(UTC))
        if refusal is not None:
            raise refusal
        return resolve(source, info, **arguments)

    return resolve_if_allowed
