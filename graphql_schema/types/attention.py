"""What needs the customer's attention now?"""

from datetime import date
from decimal import Decimal
from enum import Enum

import strawberry

from graphql_schema.types.bucket import UsageType
from graphql_schema.types.money import Money
from graphql_schema.types.word import word


@strawberry.enum
class AttentionCode(Enum):
    """Why a customer should look, most urgent first."""

    LINE_SUSPENDED = "line_suspended"
    LINE_OUTGOING_BARRED = "line_outgoing_barred"
    BILL_OVERDUE = "bill_overdue"
    BALANCE_LOW = "balance_low"
    ALLOWANCE_GONE = "allowance_gone"
    THROTTLED = "throttled"
    ALLOWANCE_LOW = "allowance_low"
    BILL_DUE = "bill_due"
    CONTRACT_ENDING = "contract_ending"


@word
class Attention:
    """One thing to look at, as a code with its facts; the channels word it."""

    code: AttentionCode
    amount: Money | None = None
    on: date | None = None
    usage_type: UsageType | None = None
    share_used: Decimal | None = None
