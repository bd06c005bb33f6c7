"""What does a resolver have at hand?"""

from dataclasses import dataclass

from graphql_schema.client import Caller
from graphql_schema.ports import Ports


@dataclass(frozen=True, slots=True)
class Context:
    """The caller and the ports of one execution."""

    caller: Caller
    ports: Ports
