"""How is the graph assembled?"""

from decimal import Decimal
from functools import cache
from inspect import getdoc

import strawberry
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from graphql_schema.guard import guard
from graphql_schema.mutations.bill_share import BillShareDeeds
from graphql_schema.mutations.change import ChangeDeeds
from graphql_schema.mutations.charge_brake import ChargeBrakeDeeds
from graphql_schema.mutations.consent import ConsentDeeds
from graphql_schema.mutations.deed_switch import DeedSwitchDeeds
from graphql_schema.mutations.dispute import DisputeDeeds
from graphql_schema.mutations.help import HelpDeeds
from graphql_schema.mutations.invoice import InvoiceDeeds
from graphql_schema.mutations.loyalty_desk import LoyaltyDeskDeeds
from graphql_schema.mutations.once import answer_refusals, remember_deeds
from graphql_schema.mutations.own_line import OwnLineDeeds
from graphql_schema.mutations.own_money import OwnMoneyDeeds
from graphql_schema.mutations.passkey import PasskeyDeeds
from graphql_schema.mutations.password import PasswordDeeds
from graphql_schema.mutations.personal_data import PersonalDataDeeds
from graphql_schema.mutations.promise import PromiseDeeds
from graphql_schema.mutations.recharge import RechargeDeeds
from graphql_schema.mutations.record_export import RecordExportDeeds
from graphql_schema.mutations.record_switch import RecordSwitchDeeds
from graphql_schema.mutations.reward import RewardDeeds
from graphql_schema.mutations.session import SessionDeeds
from graphql_schema.mutations.staff import StaffDeeds
from graphql_schema.queries.catalogue import CatalogueQuestion
from graphql_schema.queries.contact import ContactQuestion
from graphql_schema.queries.cursor import CURSOR, Cursor
from graphql_schema.queries.me import MyLine
from graphql_schema.queries.staff import StaffQuestion
from graphql_schema.subscriptions.call_records_read import CallRecordsRead
from graphql_schema.subscriptions.inbox_message_added import InboxMessageAdded
from graphql_schema.subscriptions.usage_changed import UsageChanged
from graphql_schema.types.scalar import LONG, Long

Query = merge_types("Query", (MyLine, CatalogueQuestion, ContactQuestion, StaffQuestion))
Query.__doc__ = "Every question."
Mutation = merge_types(
    "Mutation",
    (
        SessionDeeds,
        PasswordDeeds,
        PasskeyDeeds,
        OwnLineDeeds,
        HelpDeeds,
        ConsentDeeds,
        PersonalDataDeeds,
        RecordSwitchDeeds,
        RecordExportDeeds,
        PromiseDeeds,
        StaffDeeds,
        DisputeDeeds,
        InvoiceDeeds,
        BillShareDeeds,
        ChargeBrakeDeeds,
        ChangeDeeds,
        RechargeDeeds,
        OwnMoneyDeeds,
        RewardDeeds,
        DeedSwitchDeeds,
        LoyaltyDeskDeeds,
    ),
)
Mutation.__doc__ = "Every deed; each with an idempotency key that makes it happen once."
Subscription = merge_types("Subscription", (UsageChanged, InboxMessageAdded, CallRecordsRead))
Subscription.__doc__ = "Everything that the graph tells by itself."

DECIMAL = strawberry.scalar(
    name="Decimal",
    description='An exact number as a string in plain notation: "86.50".',
    serialize=lambda value: format(value, "f"),
    parse_value=Decimal,
)


@cache
def build_schema() -> strawberry.Schema:
    """The whole graph, every field guarded by its access rule: built once a process, since nobody changes it.

    Raises LookupError for a field without a rule.
    """
    config = StrawberryConfig(scalar_map={Long: LONG, Decimal: DECIMAL, Cursor: CURSOR}, disable_field_suggestions=True)
    schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, config=config)
    remember_deeds(executable(schema))
    guard(executable(schema))
    answer_refusals(executable(schema))
    _describe(executable(schema))
    return schema


def executable(schema: strawberry.Schema) -> GraphQLSchema:
    """The same schema as graphql-core executes it."""
    return schema._schema  # noqa: SLF001  strawberry has no public name for it


def _describe(schema: GraphQLSchema) -> None:
    """Says in the schema what our docstrings say: a word's, and a resolver's."""
    for kind in schema.type_map.values():
        defined = kind.extensions.get("strawberry-definition")
        origin = getattr(defined, "origin", None) or getattr(defined, "wrapped_cls", None)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLEnumType) and origin is not None:
            kind.description = getdoc(origin)
        for field in getattr(kind, "fields", {}).values():
            resolver = getattr(field.extensions.get("strawberry-definition"), "base_resolver", None)
            if resolver is not None:
                field.description = getdoc(resolver.wrapped_func)
