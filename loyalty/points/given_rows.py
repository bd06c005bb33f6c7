"""How do many rows reach one statement as one parameter?"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, FromClause, String, cast, column, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

TYPES = {str: String, int: BigInteger}


def given(connection: AsyncConnection, shape: Mapping[str, type], rows: Sequence[Mapping[str, Any]]) -> FromClause:
    """The rows as a table to select from: text and whole numbers, by name. One parameter, whatever their number, so
    that the statement stays the same and is planned once."""
    written = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    columns = [column(name, TYPES[kind]()) for name, kind in shape.items()]
    if connection.dialect.name == "postgresql":
        told = func.json_to_recordset(cast(literal(written), JSON))
        return told.table_valued(*columns).render_derived(name="given", with_types=True)
    each = func.json_each(written).table_valued("value")
    read = [
        func.json_extract(each.c.value, f"$.{name}", type_=TYPES[kind]()).label(name) for name, kind in shape.items()
    ]
    return select(*read).subquery("given")
