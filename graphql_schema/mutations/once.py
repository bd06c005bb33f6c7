"""How does a deed happen once, and how does it say no?"""

import json
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from inspect import isawaitable
from typing import Any, Final, cast

from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema, GraphQLUnionType, get_named_type
from pydantic import TypeAdapter

from graphql_schema.context import Context
from graphql_schema.identity_ports import BegunDeed, Deed, KeptAnswer
from graphql_schema.ports import BssFault
from graphql_schema.problems import BadArgument, DeedOff, Problem, StepUpRequired

Resolver = Callable[..., Any]
KEY_CHARACTERS = range(8, 129)
JUDGED_BY_ACTION: Final = frozenset({"prepareChange", "confirmChange"})
"""Deeds of which some must never rest: their resolvers ask ``check_rest`` when they know what is wanted."""


@dataclass(slots=True)
class UnderWay:
    """The deed that a resolver does now, and what the audit trail shall note of it: a masked fact, never a secret."""

    deed: Deed
    note: str = ""


_UNDER_WAY: ContextVar[UnderWay] = ContextVar("deed_under_way")


def under_way() -> UnderWay:
    """The deed at hand, for its resolver."""
    return _UNDER_WAY.get()


def remember_deeds(schema: GraphQLSchema) -> None:
    """Makes every mutation idempotent by the ``idempotencyKey`` of its input: unique per caller and deed, kept at
    least 72 h;
    the same key with another input is refused, and the same at once has one effect. To be done before the guard."""
    for name, field in _deeds(schema):
        field.resolve = _once(name, field, _resolver_of(field))


def answer_refusals(schema: GraphQLSchema) -> None:
    """Makes every refusal of a mutation a member of its union, and notes it. To be done after the guard."""
    for name, field in _deeds(schema):
        field.resolve = _answering(name, _resolver_of(field))


def _deeds(schema: GraphQLSchema) -> list[tuple[str, GraphQLField]]:
    return list(schema.mutation_type.fields.items()) if schema.mutation_type else []


def _once(name: str, field: GraphQLField, resolve: Resolver) -> Resolver:
    async def resolve_once(source: Any, info: GraphQLResolveInfo[Context], **arguments: Any) -> object:  # noqa: ANN401
        context, given = info.context, dict(arguments["input"])
        key = given.pop("idempotencyKey")
        if len(key) not in KEY_CHARACTERS or not key.isprintable():
            raise BadArgument(name="idempotencyKey", least=KEY_CHARACTERS.start, most=KEY_CHARACTERS.stop - 1)
        body = json.dumps(given, sort_keys=True, default=str).encode()
        begun = await context.identity.deeds.begin(context.caller, name, key, body)
        if isinstance(begun, KeptAnswer):
            return _restore(field, begun)

        async def resolve_unless_resting() -> object:
            if name not in JUDGED_BY_ACTION:
                await check_rest(context, name)
            return await resolve(source, info, **arguments)

        return await _perform(context, begun, resolve_unless_resting)

    return resolve_once


async def check_rest(context: Context, name: str) -> None:
    """Raises DeedOff while the operator lets the deed rest, in every channel alike."""
    resting = await context.facts.ports.switches.find_resting(name)
    if resting is not None:
        raise DeedOff(until=resting.ends_at, reason=resting.reason)


async def _perform(context: Context, begun: BegunDeed, resolve: Callable[[], Awaitable[object]]) -> object:
    deeds, now_doing, outcome = context.identity.deeds, UnderWay(begun.deed), "done"
    _UNDER_WAY.set(now_doing)
    try:
        answer = await resolve()
    except (StepUpRequired, DeedOff):  # no answer to keep: whoever proves more, or comes later, has the same key
        await (deeds.leave if begun.taken_over else deeds.give_up)(begun.deed)
        raise
    except Problem as problem:
        answer, outcome = problem.as_word(), problem.code
    except BaseException as fault:
        if isinstance(fault, BssFault) and not fault.outcome_unknown:  # the ports promise that nothing was done
            await deeds.give_up(begun.deed)
        else:
            await deeds.leave(begun.deed)
        raise
    await deeds.finish(begun.deed, _keep(answer), outcome=outcome, note=now_doing.note)
    return answer


def _answering(name: str, resolve: Resolver) -> Resolver:
    async def resolve_or_refuse(source: Any, info: GraphQLResolveInfo[Context], **arguments: Any) -> object:  # noqa: ANN401
        try:
            answer = resolve(source, info, **arguments)
            return await answer if isawaitable(answer) else answer
        except Problem as problem:
            word = problem.as_word()
            await info.context.identity.trail.note_refusal(info.context.caller, name, problem.code)
            return word

    return resolve_or_refuse


def _keep(answer: object) -> KeptAnswer:
    kind: type[Any] = type(answer)
    return KeptAnswer(word=kind.__name__, text=_adapter(kind).dump_json(answer).decode())  # type: ignore[arg-type]


def _restore(field: GraphQLField, kept: KeptAnswer) -> object:
    """The answer that was given then. Its word stands in the union of the field, so that no name can call up another
    class."""
    union = cast("GraphQLUnionType", get_named_type(field.type))
    kinds = {member.name: member.extensions["strawberry-definition"].origin for member in union.types}
    return _adapter(kinds[kept.word]).validate_json(kept.text)


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _resolver_of(field: GraphQLField) -> Resolver:
    if field.resolve is None:
        raise LookupError("a mutation without a resolver")
    return field.resolve
