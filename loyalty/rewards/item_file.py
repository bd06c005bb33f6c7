"""What does a file say that a mall begins with, and where is it wrong?"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from graphql_schema.types.reward import RewardKind
from loyalty.rewards.items import BOUNDS, LENGTHS, Mistake, WantedItem, find_mistakes


class BadItemsError(ValueError):
    """A file of items that is refused as a whole: ``line`` and what is wrong there."""

    def __init__(self, line: int, mistake: Mistake) -> None:
        super().__init__(f"line {line}: {mistake.name} {mistake.rule}")
        self.line, self.mistake = line, mistake


def parse_items(text: str) -> tuple[WantedItem, ...]:
    """The items of a TOML text (``[[item]]`` tables with the fields of WantedItem). Raises BadItemsError for the first
    that is wrong, and for a code that comes twice."""
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line ([0-9]+)", str(error))
        raise BadItemsError(int(at[1]) if at else 1, Mistake("toml", str(error))) from error
    tables = read.get("item", [])
    if set(read) - {"item"} or not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise BadItemsError(1, Mistake("item", "tables are all that there may be: [[item]]"))
    items = dict[str, WantedItem]()
    for order, table in enumerate(tables):
        item = _read_item(table, items)
        if isinstance(item, Mistake):
            raise BadItemsError(_find_line(text, order, item.name), item)
        items[item.code] = item
    return tuple(items.values())


_TYPES: Final[Mapping[str, type]] = {
    **dict.fromkeys((name for name, _, _ in BOUNDS), int),
    **dict.fromkeys((name for name, _ in LENGTHS), str),
    **dict.fromkeys(("code", "kind", "offering_id", "batch", "goods"), str),
    **dict.fromkeys(("starts_at", "ends_at"), datetime),
    "is_on": bool,
}


def _read_item(table: Mapping[str, Any], earlier: Mapping[str, WantedItem]) -> WantedItem | Mistake:
    item = _parse_item(table)
    if isinstance(item, Mistake):
        return item
    if item.code in earlier:
        return Mistake("code", "comes twice")
    return next(find_mistakes(item), item)


def _parse_item(table: Mapping[str, Any]) -> WantedItem | Mistake:
    for name, value in table.items():
        wanted = _TYPES.get(name)
        if wanted is None:
            return Mistake(name, "is no field of an item")
        if type(value) is not wanted:
            return Mistake(name, f"must be {wanted.__name__}")
        if isinstance(value, datetime) and value.tzinfo is None:
            return Mistake(name, "must say its offset from UTC")
    for each in fields(WantedItem)[:5]:
        if each.name not in table:
            return Mistake(each.name, "is missing")
    if table["kind"] not in {kind.value for kind in RewardKind}:
        return Mistake("kind", "is none of " + ", ".join(kind.value for kind in RewardKind))
    return WantedItem(**{**table, "kind": RewardKind(table["kind"])})


def _find_line(text: str, order: int, name: str) -> int:
    """The line of a field of the item that comes at that place (from 0), or of its header."""
    lines = text.splitlines()
    headers = [at for at, line in enumerate(lines) if re.match(r"\s*\[\[\s*item\s*\]\]", line)]
    if order >= len(headers):
        return 1
    end = headers[order + 1] if order + 1 < len(headers) else len(lines)
    named = (at for at in range(headers[order], end) if re.match(rf"\s*{re.escape(name)}\s*=", lines[at]))
    return next(named, headers[order]) + 1
