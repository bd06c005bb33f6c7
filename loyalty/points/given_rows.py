"""How do many rows reach one statement as one parameter?"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, FromClause, String, bindparam, cast, column, func, select

TYPES: Final = {str: String, int: BigInteger}
_ROWS: Final = "given_rows"


def given(dialect: str, shape: Mapping[str, type]) -> FromClause:
    """A table to select from: text and whole numbers, by name. Its rows are one parameter of the statement, whatever
    their number (see render_rows), so that it is made and planned once."""
    written = bindparam(_ROWS, type_=String)
    if dialect == "postgresql":
        columns = [column(name, TYPES[kind]()) for name, kind in shape.items()]
        told = func.json_to_recordset(cast(written, JSON))
        return told.table_valued(*columns).render_derived(name="given", with_types=True)
    each = func.json_each(written).table_valued("value")
    read = [
        func.json_extract(each.c.value, f"$.{name}", type_=TYPES[kind]()).label(name) for name, kind in shape.items()
    ]
    return select(*read).subquery("given")


def render_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The parameters with which a statement over ``given`` is executed."""
    return {_ROWS: json.dumps(rows, ensure_ascii=False, separators=(",", ":"))}
