"""TMF677 usage consumption: how much of each allowance is used?"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.bss.bucket import BucketState
from sandbox.bss.catalogue import OFFERING
from sandbox.bss.month import Month, render_instant
from sandbox.bss.portfolio import Line, Portfolio
from sandbox.bss.tmf.body import read_object, wanted_text
from sandbox.bss.tmf.collection import Collection, Filters, collection_routes, render_json
from sandbox.bss.tmf.inventory import product_reference
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import ACCOUNT, BALANCE, CONSUMPTION, UNITS, Json, period, quantity, reference
from sandbox.bss.world import World

_KEPT: Final = 500
_WISHES: Final = frozenset({"queryUsageConsumptionDate", "partyAccount", "relatedParty", "searchCriteria"})


def consumption_routes(world: World) -> list[Route]:
    """TMF677. Queries are named by line and instant, so any can be asked for again; the last 500 are listed."""
    asked: deque[str] = deque(maxlen=_KEPT)

    async def query(request: Request) -> Response:
        wire = await read_object(request, _WISHES)
        line_id = wanted_text(wire, "searchCriteria", "product", 0, "id")
        id_ = f"Q{line_id[1:]}-{world.clock.stamp_ms()}"
        answer = _answer(world, id_)
        if answer is None:
            raise bad_request("unknownProduct", f"There is no line {line_id}.")
        asked.append(id_)
        return render_json(answer, status=201)

    def select(_world: World, _filters: Filters) -> Sequence[str]:
        return list(dict.fromkeys(asked))

    queries: Collection[str] = Collection(
        path="/queryUsageConsumption",
        properties=frozenset({
            "id", "href", "queryUsageConsumptionDate", "searchCriteria", "usageConsumption", "partyAccount",
            "relatedParty",
        }),
        select=select,
        find=lambda world, id_: id_ if _answer(world, id_) else None,
        render=lambda world, id_: _answer(world, id_) or {},
        quick={"id": lambda id_: id_},
    )  # fmt: skip
    path = f"{CONSUMPTION}/queryUsageConsumption"
    return [Route(path, query, methods=["POST"]), *collection_routes(world, CONSUMPTION, queries)]


def _answer(world: World, id_: str) -> Json | None:
    """The answer to the query of this id (``Q<line>-<instant>``), as it was at its instant."""
    line_id, _, instant = f"L{id_[1:]}".rpartition("-")
    portfolio = world.find_portfolio(line_id)
    line = portfolio.line(line_id) if portfolio else None
    if portfolio is None or line is None or not (instant.isascii() and instant.isdigit()):
        return None
    at_ms = int(instant)
    if not world.first_month.start_ms <= at_ms <= world.clock.now_ms():
        return None
    return _render_query(id_, portfolio, line, world.buckets(portfolio, line, at_ms), at_ms)


def _render_query(id_: str, portfolio: Portfolio, line: Line, states: list[BucketState], at_ms: int) -> Json:
    month = Month.of(at_ms)
    account = reference(
        f"{ACCOUNT}/billingAccount", portfolio.account.id, "BillingAccount", name=f"{portfolio.customer.name}的账户"
    )
    return {
        "id": id_,
        "href": f"{CONSUMPTION}/queryUsageConsumption/{id_}",
        "queryUsageConsumptionDate": render_instant(at_ms),
        "searchCriteria": {"product": [product_reference(line.id)]},
        "usageConsumption": [
            {
                "id": f"{id_}-1",
                "name": line.number,
                "state": "done",
                "creationDate": render_instant(at_ms),
                "lastUpdate": render_instant(at_ms),
                "validPeriod": period(month.start_ms, month.end_ms),
                "partyAccount": [account],
                "product": [product_reference(line.id, line.number)],
                "bucketRefOrValue": [render_allowance(state, portfolio, line) for state in states],
            }
        ],
    }


def render_allowance(state: BucketState, portfolio: Portfolio, line: Line) -> Json:
    """A bucket as one line sees it → TMF677 BucketRefOrValue."""
    bucket = state.bucket
    scope = "dedicated" if bucket.app else "general"
    wire = {
        "id": bucket.id,
        "href": f"{BALANCE}/bucket/{bucket.id}",
        "name": bucket.zh,
        "description": bucket.en,
        "usageType": bucket.kind,
        "isShared": bucket.shared,
        "remainingValueName": f"{scope}:{bucket.origin}",
        "status": "suspended" if state.is_throttled else "active",
        "validFor": period(bucket.month.start_ms, bucket.month.end_ms),
        "product": [product_reference(bucket.package_id, _package_name(portfolio, bucket.package_id))],
        "bucketCounter": _counters(state, portfolio, line),
    }
    if state.remaining is not None:
        wire["remainingValue"] = quantity(state.remaining, UNITS[bucket.kind])
    return wire


def _package_name(portfolio: Portfolio, package_id: str) -> str:
    packages = (package for line in portfolio.lines for package in line.packages)
    return next(OFFERING[package.offering_id].zh for package in packages if package.id == package_id)


def _counters(state: BucketState, portfolio: Portfolio, line: Line) -> list[Json]:
    bucket = state.bucket
    units = UNITS[bucket.kind]

    def counter(name: str, amount: int, level: str = "global") -> Json:
        kind = "used" if name == "used" else "limit"
        return {"valueName": name, "counterType": kind, "level": level, "value": quantity(amount, units)}

    counters = [counter("used", state.used)]
    for member in portfolio.lines if bucket.shared else (line,):
        if bucket.serves(member):
            used = counter("used", state.used_by.get(member.id, 0), "user")
            counters.append({**used, "user": {**product_reference(member.id, member.number), "role": "line"}})
    if bucket.total is not None:
        counters.append(counter("total", bucket.total))
    if bucket.throttle_after is not None:
        counters.append(counter("throttleAfter", bucket.throttle_after))
    return counters
