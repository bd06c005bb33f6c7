"""Which bill was issued just now?"""

from dataclasses import dataclass

from graphql_schema.types.bill import BillCategory


@dataclass(frozen=True, slots=True)
class BillEvent:
    """A new bill, as a BSS's event tells it (TMF678 customerBillCreateEvent). It is no part of the graph.

    It names the bill and whose it is; what it asks for is read from the bill itself.
    """

    id: str
    account_id: str
    category: BillCategory
