"""How is a collection listed, filtered, paged and cut to fields?"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final, Generic, TypeVar, overload

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.portfolio import Portfolio
from sandbox.bss.tmf.problem import bad_request, not_found
from sandbox.bss.tmf.wire import Json, render_body
from sandbox.bss.world import World

T = TypeVar("T")
Filters = Mapping[str, frozenset[str]]
Owner = Callable[[World, str], Sequence[Portfolio]]

DEFAULT_LIMIT: Final = 100
GREATEST_LIMIT: Final = 1000
SORT: Final = "sort"
COMPARISONS: Final = ("gt", "gte", "lt", "lte")
"""TMF630: ``usageDate.gte=2026-10-01``."""
_PAGING: Final = ("fields", "offset", "limit")


@dataclass(frozen=True, slots=True)
class Collection(Generic[T]):
    """One TMF resource. ``select`` narrows by filters as far as it cheaply can; what remains is matched one by one: by
    ``quick`` where a value is at hand, else on the rendered item. ``properties`` are the names that a filter may begin
    with. ``find`` is for things that can be asked for by id but are not (or no longer) listed.

    ``ordered`` names the properties by which ``select`` itself compares (``usageDate.gte=…``) and sorts (``sort``),
    and tells how a text is read for it (raising ValueError); what else ``select`` has matched is in ``matched``.
    """

    path: str
    properties: frozenset[str]
    select: Callable[[World, Filters], Sequence[T]]
    render: Callable[[World, T], Json]
    quick: Mapping[str, Callable[[T], str]] = field(default_factory=dict)
    find: Callable[[World, str], T | None] | None = None
    ordered: Mapping[str, Callable[[str], int]] = field(default_factory=dict)
    matched: frozenset[str] = frozenset()


def collection_routes(world: World, address: str, collection: Collection[Any]) -> list[Route]:
    """``GET /thing`` and ``GET /thing/{id}``."""

    async def list_them(request: Request) -> Response:
        return _list(world, collection, request.query_params)

    async def show_one(request: Request) -> Response:
        id_ = request.path_params["id"]
        item = _find(world, collection, id_)
        if item is None:
            raise not_found(collection.path.strip("/"), id_)
        fields = _fields(collection, request.query_params)
        return render_json(_cut(collection.render(world, item), fields))

    return [
        Route(address + collection.path, list_them, methods=["GET"]),
        Route(address + collection.path + "/{id}", show_one, methods=["GET"]),
    ]


def render_json(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(render_body(body), status_code=status, headers=headers, media_type="application/json")


def of_portfolios(
    items: Callable[[World, Portfolio], Sequence[T]],
    owners: Mapping[str, Owner],
    count: Callable[[World, Portfolio], int] | None = None,
) -> Callable[[World, Filters], Sequence[T]]:
    """A ``select`` over what portfolios hold. A filter in ``owners`` tells whose things are meant, so that only those
    are looked at; without one all are, lazily, counted by ``count`` where counting is cheaper than making."""

    def select(world: World, filters: Filters) -> Sequence[T]:
        for name, owner in owners.items():
            if name in filters:
                found = {portfolio.index: portfolio for value in filters[name] for portfolio in owner(world, value)}
                return [item for index in sorted(found) for item in items(world, found[index])]
        return AllPortfolios(world, items, count or (lambda w, p: len(items(w, p))))

    return select


def owner_by_id(world: World, id_: str) -> Sequence[Portfolio]:
    """Every id names its portfolio."""
    portfolio = world.find_portfolio(id_)
    return [portfolio] if portfolio else []


class AllPortfolios(Sequence[T]):
    """What all portfolios hold, one after the other, made only where it is looked at."""

    def __init__(
        self,
        world: World,
        items: Callable[[World, Portfolio], Sequence[T]],
        count: Callable[[World, Portfolio], int],
    ) -> None:
        self._world = world
        self._items = items
        self._ends = list(accumulate(count(world, world.portfolio(index)) for index in range(world.size)))

    def __len__(self) -> int:
        return self._ends[-1]

    def __iter__(self) -> Iterator[T]:
        for index in range(self._world.size):
            yield from self._items(self._world, self._world.portfolio(index))

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        start, stop, _ = at.indices(len(self))
        found: list[T] = []
        while start < stop:
            index = bisect_right(self._ends, start)
            first = self._ends[index - 1] if index else 0
            held = self._items(self._world, self._world.portfolio(index))[start - first : stop - first]
            if not held:
                break
            found += held
            start += len(held)
        return found


def _list(world: World, collection: Collection[Any], query: QueryParams) -> Response:
    filters = _filters(collection, query)
    offset, limit = _whole(query, "offset", 0, least=0), _whole(query, "limit", DEFAULT_LIMIT, least=1)
    fields = _fields(collection, query)
    found = _match(world, collection, collection.select(world, filters), filters)
    page = [collection.render(world, item) for item in found[offset : offset + min(limit, GREATEST_LIMIT)]]
    headers = {"X-Result-Count": str(len(page)), "X-Total-Count": str(len(found))}
    status = 200 if len(page) == len(found) else 206
    return render_json([_cut(item, fields) for item in page], status=status, headers=headers)


def _find(world: World, collection: Collection[T], id_: str) -> T | None:
    if collection.find is not None:
        return collection.find(world, id_)
    by_id = {"id": frozenset([id_])}
    return next(iter(_match(world, collection, collection.select(world, by_id), by_id)), None)


def _filters(collection: Collection[Any], query: QueryParams) -> Filters:
    filters: dict[str, frozenset[str]] = {}
    for name, value in query.multi_items():
        if name in _PAGING:
            continue
        if collection.ordered and _orders(collection, name, value):
            filters[name] = frozenset([value])
            continue
        if name.partition(".")[0] not in collection.properties:
            raise bad_request("unknownFilter", f"{collection.path} has no property {name} to filter by.")
        filters[name] = filters.get(name, frozenset()) | frozenset(value.split(","))
    return filters


def _orders(collection: Collection[Any], name: str, value: str) -> bool:
    """Whether this is a comparison or a sort that the collection knows. Raises Problem 400 for nonsense in one."""
    if name == SORT:
        if value.removeprefix("-") not in collection.ordered:
            raise bad_request("badSort", f"{collection.path} can be sorted by {', '.join(collection.ordered)}.")
        return True
    stem, _, comparison = name.rpartition(".")
    if comparison not in COMPARISONS or stem not in collection.ordered:
        return False
    try:
        collection.ordered[stem](value)
    except (ValueError, OverflowError):
        raise bad_request("badFilter", f"{name} can't be {value}.") from None
    return True


def _whole(query: QueryParams, name: str, default: int, *, least: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
        raise bad_request("badPaging", f"{name} must be a whole number of at least {least}.")
    return int(text)


def _fields(collection: Collection[Any], query: QueryParams) -> frozenset[str] | None:
    text = query.get("fields")
    if text is None:
        return None
    wanted = frozenset(text.split(",")) - {"", "none"}
    if unknown := {name for name in wanted if name not in collection.properties}:
        raise bad_request("unknownField", f"{collection.path} has no property {', '.join(sorted(unknown))}.")
    return wanted | {"id", "href"}


def _cut(item: Json, fields: frozenset[str] | None) -> Json:
    """What was asked for, and of which type it is: an extension's property means nothing without."""
    if fields is None:
        return item
    return {name: value for name, value in item.items() if name in fields or name.startswith("@")}


def _match(world: World, collection: Collection[T], items: Sequence[T], filters: Filters) -> Sequence[T]:
    left = {name: wanted for name, wanted in filters.items() if not _is_done(collection, name)}
    for name, wanted in left.items():
        quick = collection.quick.get(name)
        if quick is not None:
            items = [item for item in items if quick(item) in wanted]
    slow = [(name.split("."), wanted) for name, wanted in left.items() if name not in collection.quick]
    if not slow:
        return items
    return [
        item
        for item in items
        if (wire := collection.render(world, item)) and all(_values(wire, path) & wanted for path, wanted in slow)
    ]


def _is_done(collection: Collection[Any], name: str) -> bool:
    """Whether ``select`` has seen to it."""
    if name in collection.matched:
        return True
    stem, _, comparison = name.rpartition(".")
    return name == SORT or (stem in collection.ordered and comparison in COMPARISONS)


def _values(wire: object, path: list[str]) -> frozenset[str]:
    """The values at a path, through any arrays, as a filter writes them."""
    if isinstance(wire, list):
        return frozenset().union(*(_values(item, path) for item in wire))
    if not path:
        return frozenset([str(wire).lower() if isinstance(wire, bool) else str(wire)])
    if isinstance(wire, dict) and path[0] in wire:
        return _values(wire[path[0]], path[1:])
    return frozenset()
